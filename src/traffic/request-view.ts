import type { Conditions } from "./route-group.ts";
import type { RouteInput } from "./route-input.ts";

/** A request while it is looked up: its query is taken apart once, and only when a route asks for it. */
export class RequestView {
  readonly input: RouteInput;
  #query: URLSearchParams | undefined;

  constructor(input: RouteInput) {
    this.input = input;
  }

  passes(conditions: Conditions): boolean {
    const { methods } = conditions;
    return (methods === undefined || methods.has(this.input.method)) && this.passesBesidesMethod(conditions);
  }

  passesBesidesMethod(conditions: Conditions): boolean {
    const { listeners, path, headers } = conditions;
    const { input } = this;
    if (listeners !== undefined && (input.listener === undefined || !listeners.has(input.listener))) return false;
    if (path !== undefined && !path.test(input.path)) return false;
    for (const { read, test } of headers) if (!test(read(input))) return false;
    if (conditions.query.length === 0) return true;
    const query = (this.#query ??= new URLSearchParams(this.input.search));
    return conditions.query.every(({ name, test }) => test(query.get(name)));
  }
}
