/** `include`, by which a request asks for parts of the answer that are left out otherwise. */
import type { ChatRequest } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { optional, required } from "../fields.ts";
import { PROTOCOL } from "./wire.ts";

const LOGPROBS = "message.output_text.logprobs";
const ENCRYPTED = "reasoning.encrypted_content";

/** What a request's `include` says. */
export interface Included {
  readonly logprobs: boolean;
  /** What goes to `rest`: null for encrypted reasoning alone, which other protocols give unasked; undefined for nothing. */
  readonly rest: Json | undefined;
}

/** Reads `include`. */
export function decodeInclude(body: JsonObject): Included {
  const list = optional(body.include, "list", "include") ?? [];
  const words = list.map((word, index) => required(word, "string", `include[${index}]`));
  const others = words.filter((word) => word !== LOGPROBS);
  const only = others.length > 0 && others.every((word) => word === ENCRYPTED);
  return { logprobs: words.includes(LOGPROBS), rest: only ? null : others.length === 0 ? undefined : others };
}

/** Models that reason, and so have something to encrypt: for others OpenAI refuses to be asked. */
const REASONING = /(?:^|[/.])(?:o\d|gpt-(?:[5-9]|oss)|codex)(?![a-z0-9])(?!.*chat)/;

/** What to include; reasoning that is not stored comes encrypted, or it could not be gone on with. */
export function encodeInclude(request: ChatRequest, model: string, stored: boolean): string[] {
  const own = request.rest?.protocol === PROTOCOL ? request.rest.fields.include : undefined;
  const words = Array.isArray(own) ? own.filter((word) => typeof word === "string") : [];
  const reasons = request.reasoning !== undefined || REASONING.test(model);
  if (request.logprobs === true) words.push(LOGPROBS);
  if (own === null || (!stored && reasons)) words.push(ENCRYPTED);
  return [...new Set(words)];
}
