import type { Resource } from "../resource.ts";
import type { Piece } from "../translator.ts";
import { isCanary } from "./canary.ts";
import { Claims } from "./claims.ts";
import { hostKeys } from "./host-keys.ts";
import { routeKeys } from "./route-keys.ts";
import { carriesSettings } from "./settled-services.ts";

/** What the pieces of all Ingresses claim, kept up to date by those that changed since the last time. */
export class Board {
  /** Routes of main Ingresses, with their listeners. */
  readonly places: Claims = new Claims();
  /** The same that lead to services, leaving listeners out of account. */
  readonly requests: Claims = new Claims();
  /** Hosts of certificates. */
  readonly hosts: Claims = new Claims();
  /** Names of services, by whoever has an entry for them. */
  readonly services: Claims = new Claims();
  readonly canaries: Set<Resource> = new Set();
  /** Those with settings for services. */
  readonly carriers: Set<Resource> = new Set();
  #seen: ReadonlyMap<Resource, Piece> = new Map();

  update(pieces: ReadonlyMap<Resource, Piece>): void {
    for (const [resource, piece] of this.#seen)
      if (pieces.get(resource) !== piece) this.#note(resource, piece, "remove");
    for (const [resource, piece] of pieces) if (this.#seen.get(resource) !== piece) this.#note(resource, piece, "add");
    this.#seen = pieces;
  }

  #note(resource: Resource, piece: Piece, how: "add" | "remove"): void {
    const { routes = [], services = [], certificates = [] } = piece;
    if (routes.length > 0 && isCanary(resource)) note(this.canaries, resource, how);
    else {
      const serving = routes.filter((route) => route["http"] !== undefined);
      this.places[how](
        resource,
        routes.map((route) => routeKeys(route).withListeners),
      );
      this.requests[how](
        resource,
        serving.map((route) => routeKeys(route).requests),
      );
    }
    this.services[how](
      resource,
      services.map(({ name }) => String(name)),
    );
    this.hosts[how](resource, certificates.flatMap(hostKeys));
    if (services.some((service) => carriesSettings.has(service))) note(this.carriers, resource, how);
  }
}

function note(set: Set<Resource>, resource: Resource, how: "add" | "remove"): void {
  if (how === "add") set.add(resource);
  else set.delete(resource);
}
