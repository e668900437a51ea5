import { isDeepStrictEqual } from "node:util";
import type { Resource } from "../resource.ts";
import type { Joiner, Piece } from "../translator.ts";
import { Board } from "./board.ts";
import { joinCanaries } from "./join-canaries.ts";
import { joinCertificates } from "./join-certificates.ts";
import { joinRoutes } from "./join-routes.ts";
import { joinServices } from "./join-services.ts";
import { Pieces } from "./pieces.ts";

/** What Ingresses do to each other: of what two of them claim the older has it; canaries take their part of the main ones' requests. */
export function createIngressJoiner(): Joiner {
  const board = new Board();
  let last: ReadonlyMap<Resource, Piece> = new Map();
  return {
    kind: "networking.k8s.io/Ingress",
    join(given) {
      board.update(given);
      const pieces = new Pieces(given);
      for (const pass of [joinRoutes, joinCanaries, joinServices, joinCertificates]) pass(pieces, board);
      last = new Map(Array.from(pieces.changed, ([resource, piece]) => [resource, settled(piece, last.get(resource))]));
      return last;
    },
  };
}

/** A piece that came out as it did before stays the same object, so that nothing is made anew of it. */
function settled(piece: Piece, before: Piece | undefined): Piece {
  return before !== undefined && isDeepStrictEqual(before, piece) ? before : piece;
}
