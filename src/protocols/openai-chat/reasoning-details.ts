/**
 * `reasoning_details`, OpenRouter's array that carries reasoning with its seals (openrouter.ai/docs, "Reasoning Tokens"): entries of type
 * `reasoning.text` {text, signature}, `reasoning.summary` {summary} and `reasoning.encrypted` {data}, each with `format`, `id` and
 * `index`. In a stream, entries of one index are pieces of one block.
 */
import type { ReasoningPart, Rest } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import { readSeal, wrapSeal, type Seal } from "../seal.ts";
import { PROTOCOL, type ReasoningDetail } from "./wire.ts";

/** The format of Claude's seals: the one assumed when none is named. */
const CLAUDE = "anthropic-claude-v1";
/** The format of seals that no other is said of: OpenRouter's word, whose seals then tell themselves whose they are (seal.ts). */
const UNKNOWN = "unknown";

/** Whose seals a format's are. Another format stays in `rest`, and the seal is taken for this protocol's own. */
const OWNERS: ReadonlyMap<Json | undefined, ProtocolName> = new Map<Json | undefined, ProtocolName>([
  [CLAUDE, "anthropic-messages"],
  ["google-gemini-v1", "gemini"],
  ["openai-responses-v1", "openai-responses"],
]);
const FORMATS: ReadonlyMap<ProtocolName, Json> = new Map([...OWNERS].map(([format, owner]) => [owner, format as Json]));

/** What one entry says, in the canonical form's words. */
export interface DetailPiece {
  readonly text: string;
  readonly signature?: string;
  readonly redacted?: string;
  readonly sealedBy?: ProtocolName;
  readonly rest?: Rest;
}

const KNOWN = new Set(["text", "summary", "data", "signature", "index"]);
const IMPLIED: ReadonlySet<Json> = new Set<Json>(["reasoning.text", "reasoning.encrypted"]);

/** Reads one entry. */
export function decodeDetail(detail: ReasoningDetail): DetailPiece {
  const text = typeof detail.text === "string" ? detail.text : typeof detail.summary === "string" ? detail.summary : "";
  const signature = sealIn(detail.signature, detail.format);
  const redacted = sealIn(detail.data, detail.format);
  const sealedBy = (redacted ?? signature)?.sealedBy;
  const rest = restOfDetail(detail as JsonObject, sealedBy !== undefined);
  return {
    text,
    ...(signature === undefined ? {} : { signature: signature.value }),
    ...(redacted === undefined ? {} : { redacted: redacted.value }),
    ...(sealedBy === undefined ? {} : { sealedBy }),
    ...(rest === undefined ? {} : { rest }),
  };
}

function sealIn(seal: string | null | undefined, format: string | null | undefined): Seal | undefined {
  if (typeof seal !== "string" || seal === "") return undefined;
  if (format === UNKNOWN) return readSeal(PROTOCOL, seal);
  return { sealedBy: OWNERS.get(format ?? CLAUDE) ?? PROTOCOL, value: seal };
}

/** What is left of an entry. The format of a seal is said by its owner; without a seal, only Claude's goes without saying. */
function restOfDetail(detail: JsonObject, sealed: boolean): Rest | undefined {
  let fields: JsonObject | undefined;
  for (const key of Object.keys(detail)) {
    const value = detail[key] as Json;
    if (value === null || KNOWN.has(key)) continue;
    if ((key === "type" && IMPLIED.has(value)) || (key === "format" && isImplied(value, sealed))) continue;
    (fields ??= {})[key] = value;
  }
  return fields === undefined ? undefined : { protocol: PROTOCOL, fields };
}

function isImplied(format: Json, sealed: boolean): boolean {
  return format === CLAUDE || (sealed && (format === UNKNOWN || OWNERS.has(format)));
}

/** An entry for a piece of reasoning, the `index`th block of its message. */
export function encodeDetail(piece: DetailPiece, index: number): JsonObject {
  const own = piece.rest?.protocol === PROTOCOL ? piece.rest.fields : undefined;
  const { sealedBy = "anthropic-messages" } = piece;
  const format = FORMATS.get(sealedBy);
  const seal = (value: string): string => (format === undefined ? wrapSeal(PROTOCOL, sealedBy, value) : value);
  const type = piece.redacted === undefined ? "reasoning.text" : "reasoning.encrypted";
  const detail: JsonObject = { type, ...own };
  if (piece.redacted !== undefined) detail.data = seal(piece.redacted);
  else if (detail.type === "reasoning.summary") detail.summary = piece.text;
  else if (piece.text !== "" || piece.signature === undefined) detail.text = piece.text;
  if (piece.signature !== undefined) detail.signature = seal(piece.signature);
  detail.format ??= format ?? UNKNOWN;
  detail.index = index;
  return detail;
}

/** The entries of a whole message as parts: pieces of one block, as a client gathers them from a stream, are joined. */
function decodeDetails(details: readonly Json[]): ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  let last: number | undefined;
  for (const detail of details) {
    if (!isObject(detail)) continue;
    const piece = decodeDetail(detail);
    const before = parts.at(-1);
    const index = typeof detail.index === "number" ? detail.index : undefined;
    if (before !== undefined && index !== undefined && index === last && joins(before, piece)) {
      parts[parts.length - 1] = { ...before, ...piece, text: before.text + piece.text };
    } else {
      parts.push({ type: "reasoning", ...piece });
    }
    last = index;
  }
  return parts;
}

/** Whether `piece` goes on with `part`, rather than being another block whose index was given twice. */
function joins(part: ReasoningPart, piece: DetailPiece): boolean {
  return part.signature === undefined && part.redacted === undefined && piece.redacted === undefined;
}

/** What an assistant's message says it thought. */
export function decodeReasoning(message: JsonObject): ReasoningPart[] {
  const plain = plainReasoning(message);
  const details = Array.isArray(message.reasoning_details) ? decodeDetails(message.reasoning_details) : [];
  if (plain === "" || details.some((part) => part.text !== "")) return details;
  return [{ type: "reasoning", text: plain }, ...details];
}

/** The reasoning in the field that a vendor has for it as text. */
export function plainReasoning(message: {
  readonly reasoning_content?: unknown;
  readonly reasoning?: unknown;
}): string {
  const { reasoning_content: content, reasoning } = message;
  if (typeof content === "string" && content !== "") return content;
  return typeof reasoning === "string" ? reasoning : "";
}
