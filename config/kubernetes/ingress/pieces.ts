import type { Resource } from "../resource.ts";
import type { Finding, Piece } from "../translator.ts";

/** The pieces of all Ingresses, the older first. A pass puts changed ones in the place of those before. */
export type Pieces = Map<Resource, Piece>;

/** A piece with one more thing to say. */
export function withFinding(piece: Piece, field: string, message: string, hint?: string): Piece {
  const finding: Finding = { field, message, severity: "warning", ...(hint === undefined ? {} : { hint }) };
  return { ...piece, findings: [...piece.findings, finding] };
}
