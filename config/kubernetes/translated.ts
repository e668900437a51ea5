import type { Resource } from "./resource.ts";
import type { Piece } from "./translator.ts";

/** An object and what it comes to. */
export interface Translated {
  readonly resource: Resource;
  readonly piece: Piece;
  /** The place of its kind among all: the smaller goes first. */
  readonly rank: number;
}

/** What became of one object: what it came to before, and what it comes to now. */
export interface PieceChange {
  readonly before: Translated | undefined;
  readonly after: Translated | undefined;
}
