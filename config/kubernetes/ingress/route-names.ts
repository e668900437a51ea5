import { createHash } from "node:crypto";
import type { ResourceMetadata } from "../resource.ts";

/** The longest name of a route. */
const LONGEST = 200;

/** Names for the routes of an Ingress: `NAMESPACE/NAME/HOST PATH` without the blank; a second one of the same ends with `#2`. */
export class RouteNames {
  readonly #prefix: string;
  readonly #given = new Map<string, number>();

  constructor({ namespace, name }: Pick<ResourceMetadata, "namespace" | "name">) {
    this.#prefix = `${namespace}/${name}/`;
  }

  next(host: string, path: string): string {
    const name = this.plain(host, path);
    const times = (this.#given.get(name) ?? 0) + 1;
    this.#given.set(name, times);
    return times === 1 ? name : `${name}#${times}`;
  }

  /** Long ones are cut, and end with a digest of what they were. */
  plain(host: string, path: string): string {
    const name = `${this.#prefix}${host}${path}`;
    if (name.length <= LONGEST - 5) return name;
    const digest = createHash("sha256").update(name).digest("hex").slice(0, 10);
    return `${name.slice(0, LONGEST - 5 - digest.length - 1)}~${digest}`;
  }
}
