import type { Conditions } from "./route-group.ts";

/** What a request is matched by. */
export interface RouteInput {
  /** As `normalizeHost` makes it. */
  readonly host: string;
  /** As `normalizePath` makes it, percent-encoded. */
  readonly path: string;
  readonly method: string;
  readonly headers: Headers;
  /** Query with its `?`, or empty. */
  readonly search: string;
}

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
    if (conditions.path !== undefined && !conditions.path.test(this.input.path)) return false;
    for (const { name, test } of conditions.headers) if (!test(this.input.headers.get(name))) return false;
    if (conditions.query.length === 0) return true;
    const query = (this.#query ??= new URLSearchParams(this.input.search));
    return conditions.query.every(({ name, test }) => test(query.get(name)));
  }
}
