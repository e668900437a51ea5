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
  const given = new Map<Resource, Piece>();
  /** Those that came out as others than were given. */
  const changed = new Map<Resource, Piece>();
  return {
    kind: "networking.k8s.io/Ingress",
    join({ gone, come }) {
      const touched = board.update(gone, come);
      for (const resource of gone.keys()) given.delete(resource);
      for (const [resource, piece] of come) given.set(resource, piece);
      const pieces = new Pieces(given);
      for (const pass of [joinRoutes, joinCanaries, joinServices, joinCertificates]) pass(pieces, board, touched);
      const joined = touched.map((resource): [Resource, Piece] => {
        const piece = pieces.changed.get(resource);
        const before = changed.get(resource);
        if (piece === undefined) {
          changed.delete(resource);
          return [resource, pieces.get(resource)];
        }
        const kept = settled(piece, before);
        changed.set(resource, kept);
        return [resource, kept];
      });
      for (const resource of gone.keys()) if (!come.has(resource)) changed.delete(resource);
      return new Map(joined);
    },
  };
}

/** A piece that came out as it did before stays the same object, so that nothing is made anew of it. */
function settled(piece: Piece, before: Piece | undefined): Piece {
  return before !== undefined && isDeepStrictEqual(before, piece) ? before : piece;
}
