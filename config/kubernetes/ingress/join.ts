import { isDeepStrictEqual } from "node:util";
import type { Resource } from "../resource.ts";
import type { Joiner, Piece } from "../translator.ts";
import { joinCanaries } from "./join-canaries.ts";
import { joinCertificates } from "./join-certificates.ts";
import { joinRoutes } from "./join-routes.ts";
import { joinServices } from "./join-services.ts";
import type { Pieces } from "./pieces.ts";

/** What Ingresses do to each other: of what two of them claim the older has it; canaries take their part of the main ones' requests. */
export const ingressJoiner: Joiner = {
  kind: "networking.k8s.io/Ingress",
  join(given) {
    const pieces: Pieces = new Map(given);
    for (const pass of [joinRoutes, joinCanaries, joinServices, joinCertificates]) pass(pieces);
    const changed = [...pieces].filter(([resource, piece]) => given.get(resource) !== piece);
    return new Map(changed.map(([resource, piece]) => [resource, settled(resource, piece)]));
  },
};

/** What Ingresses came to the last time. */
const before = new WeakMap<Resource, Piece>();

/** A piece that came out as it did before stays the same object, so that nothing is made anew of it. */
function settled(resource: Resource, piece: Piece): Piece {
  const last = before.get(resource);
  if (last !== undefined && isDeepStrictEqual(last, piece)) return last;
  before.set(resource, piece);
  return piece;
}
