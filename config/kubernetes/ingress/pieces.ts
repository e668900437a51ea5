import type { Resource } from "../resource.ts";
import type { Finding, Piece } from "../translator.ts";

/** The pieces of all Ingresses, with those changed that others work on. */
export class Pieces {
  readonly changed: Map<Resource, Piece> = new Map();
  readonly #given: ReadonlyMap<Resource, Piece>;

  constructor(given: ReadonlyMap<Resource, Piece>) {
    this.#given = given;
  }

  get(resource: Resource): Piece {
    return this.changed.get(resource) ?? this.#given.get(resource) ?? { findings: [] };
  }

  change(resource: Resource, change: Partial<Piece>): void {
    this.changed.set(resource, { ...this.get(resource), ...change });
  }

  warn(resource: Resource, field: string, message: string): void {
    const finding: Finding = { field, message, severity: "warning" };
    this.change(resource, { findings: [...this.get(resource).findings, finding] });
  }
}
