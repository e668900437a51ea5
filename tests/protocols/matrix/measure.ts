/**
 * What becomes of a thing between two protocols, found by converting it. Nothing is declared: what is neither told as lost nor seen at the
 * other end is an error here.
 */
import { fold } from "#src/core/chat-fold.ts";
import type { ChatRequest, ChatResponse } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { ClientProtocol, Loss } from "#src/core/protocol.ts";
import { codecFor } from "#src/protocols/index.ts";
import type { AnswerProbe, RequestProbe } from "./probe.ts";

/** `unsaid`: the side that speaks first has no word for it. `silent`: gone, and nobody was told. */
export interface Verdict {
  readonly kind: "carried" | "approximated" | "lost" | "unsaid" | "silent";
  /** How it is said in other words, as the codec tells it. */
  readonly detail?: string;
}

/** The models whose rules apply at the providers. */
export const MODELS: Readonly<Record<ClientProtocol, string>> = {
  "openai-chat": "gpt-5.1",
  "openai-responses": "gpt-5.1",
  "anthropic-messages": "claude-opus-4-6",
  gemini: "gemini-3-flash-preview",
};

const UNSAID: Verdict = { kind: "unsaid" };

function plain(model: string): ChatRequest {
  const messages = [{ role: "user", content: [{ type: "text", text: "Hi" }] }] as const;
  return { model, stream: false, maxOutputTokens: 1000, messages };
}

function verdict(losses: readonly Loss[], isSeen: boolean): Verdict {
  const details = [...new Set(losses.flatMap(({ detail }) => detail ?? []))].join("; ");
  const detail = details === "" ? {} : { detail: details };
  if (losses.some(({ kind }) => kind === "dropped")) return { kind: "lost", ...detail };
  if (losses.length > 0) return { kind: "approximated", ...detail };
  return { kind: isSeen ? "carried" : "silent" };
}

function copy(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

function same(one: unknown, other: unknown): boolean {
  return Bun.deepEquals(one, other);
}

function sent(
  request: ChatRequest,
  to: ClientProtocol,
): { readonly read: ChatRequest; readonly losses: readonly Loss[] } {
  const codec = codecFor(to);
  const model = MODELS[to];
  const { value, losses } = codec.request.encode(request, { model, dialect: {} });
  return { read: codec.request.decode(copy(value), { model, stream: false }), losses };
}

/** Those that a plain request does not have as well. */
function beyond(losses: readonly Loss[], usual: readonly Loss[]): readonly Loss[] {
  return losses.filter(({ field }) => !usual.some((loss) => loss.field === field));
}

/** What becomes of a client's request at a provider. */
export function ofRequest(probe: RequestProbe, client: ClientProtocol, upstream: ClientProtocol): Verdict {
  const added = typeof probe.request === "function" ? probe.request(client) : probe.request;
  if (added === undefined) return UNSAID;
  const wanted = { ...plain(MODELS[client]), ...added };
  const asked = sent(wanted, client);
  if (asked.losses.length > 0 || !same(probe.see(asked.read), probe.see(wanted))) return UNSAID;
  const usual = sent(sent(plain(MODELS[client]), client).read, upstream).losses;
  const { read, losses } = sent(asked.read, upstream);
  return verdict(beyond(losses, usual), same(probe.see(read), probe.see(wanted)));
}

function answered(
  answer: ChatResponse,
  by: ClientProtocol,
): { readonly read: ChatResponse; readonly losses: readonly Loss[] } {
  const codec = codecFor(by);
  const { value, losses } = codec.response.encode(answer, { includeUsage: true, now: () => 0, id: () => "fresh" });
  return { read: fold(codec.response.decode(copy(value))), losses };
}

/** What becomes of a provider's answer at a client. */
export function ofAnswer(probe: AnswerProbe, client: ClientProtocol, upstream: ClientProtocol): Verdict {
  const added = typeof probe.answer === "function" ? probe.answer(upstream) : probe.answer;
  if (added === undefined) return UNSAID;
  const wanted: ChatResponse = { id: "a", model: "m", created: 1, choices: [], ...added };
  const given = answered(wanted, upstream);
  if (given.losses.length > 0 || !same(probe.see(given.read), probe.see(wanted))) return UNSAID;
  const { read, losses } = answered(given.read, client);
  return verdict(losses, same(probe.see(read), probe.see(wanted)));
}
