import type { Joiner } from "../translator.ts";
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
    return new Map([...pieces].filter(([resource, piece]) => given.get(resource) !== piece));
  },
};
