import type { Resource } from "./resource.ts";
import type { PieceChange, Translated } from "./translated.ts";
import type { Joiner, Piece } from "./translator.ts";

/** What a joiner makes of the pieces of its kind. */
export class JoinedPieces {
  readonly #joiner: Joiner;
  readonly #joined = new Map<Resource, Translated>();

  constructor(joiner: Joiner) {
    this.#joiner = joiner;
  }

  /** What changes come to: those of joined pieces, and of others that a changed one works on. */
  update(changes: readonly PieceChange[]): readonly PieceChange[] {
    const gone = new Map<Resource, Piece>();
    const come = new Map<Resource, Translated>();
    for (const { before, after } of changes) {
      if (before !== undefined) gone.set(before.resource, before.piece);
      if (after !== undefined) come.set(after.resource, after);
    }
    const given = new Map(Array.from(come, ([resource, { piece }]) => [resource, piece]));
    const pieces = this.#joiner.join({ gone, come: given });
    const own = changes.map(({ before, after }): PieceChange => {
      const was = before === undefined ? undefined : this.#joined.get(before.resource);
      return { before: was, after: after && withPiece(after, pieces.get(after.resource)) };
    });
    const others = Array.from(pieces, ([resource, piece]): PieceChange | undefined => {
      const before = this.#joined.get(resource);
      if (come.has(resource) || before === undefined || before.piece === piece) return undefined;
      return { before, after: withPiece(before, piece) };
    });
    const all = [...own, ...others.filter((one) => one !== undefined)];
    for (const { before } of all) if (before !== undefined) this.#joined.delete(before.resource);
    for (const { after } of all) if (after !== undefined) this.#joined.set(after.resource, after);
    return all;
  }
}

function withPiece(translated: Translated, piece: Piece | undefined): Translated {
  return piece === undefined || piece === translated.piece ? translated : { ...translated, piece };
}
