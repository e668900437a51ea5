import type { ChatEvent, FinishReason } from "../core/chat.ts";
import { fold } from "../core/chat-fold.ts";
import type { Clock } from "../core/clock.ts";
import type { ResponseTarget } from "../core/codec.ts";
import type { Header } from "../core/header-list.ts";
import type { LocalReply } from "../core/plugin.ts";
import type { ClientProtocol } from "../core/protocol.ts";
import { formatSse } from "../core/sse.ts";
import { type ApiCall, apiOf } from "../protocols/api-paths.ts";
import { codecFor } from "../protocols/index.ts";
import { type Inbound, readInbound } from "./ai/inbound.ts";
import { arrayOf, wantsArray } from "./ai/json-array-work.ts";
import { freshId } from "./ai/stored/stored-deps.ts";
import type { LiveExchange } from "./live-exchange.ts";

/** What a reply is told with. */
export interface ChatReplyOptions {
  readonly clock: Clock;
  /** The largest request body, in bytes. */
  readonly limit: number;
}

/** A plugin's words as a model's answer, in the client's protocol; undefined where no chat was asked for. */
export function chatReply(
  { body, headers, finish = "stop" }: LocalReply,
  exchange: LiveExchange,
  options: ChatReplyOptions,
): Promise<Response> | undefined {
  const call = apiOf(exchange.path);
  if (call?.api !== "chat" || call.protocol === undefined) return undefined;
  const words = typeof body === "string" ? body : new TextDecoder().decode(body);
  const { protocol } = call;
  return told(words, finish, { exchange, call, protocol, ...options }).then(({ text, contentType }) => {
    const bytes = new TextEncoder().encode(text);
    exchange.record.responseBytes = bytes.byteLength;
    return withHeaders(new Response(bytes, { headers: { "content-type": contentType } }), headers);
  });
}

/** The response with a reply's headers. */
export function withHeaders(response: Response, headers: readonly Header[]): Response {
  for (const [name, value] of headers) {
    if (name === "set-cookie") response.headers.append(name, value);
    else response.headers.set(name, value);
  }
  return response;
}

interface Chat extends ChatReplyOptions {
  readonly exchange: LiveExchange;
  readonly call: ApiCall;
  readonly protocol: ClientProtocol;
}

interface Told {
  readonly text: string;
  readonly contentType: string;
}

async function told(words: string, finish: FinishReason["unified"], chat: Chat): Promise<Told> {
  const { exchange, protocol, clock } = chat;
  const inbound = await asked(chat);
  const { record } = exchange;
  record.finish = { unified: finish, raw: finish };
  const target: ResponseTarget = {
    includeUsage: inbound?.includeUsage ?? false,
    ...requestOf(inbound),
    now: () => clock.now(),
    id: freshId,
  };
  const events = eventsOf(words, record.finish, inbound?.model ?? record.modelAsked);
  if (inbound?.stream !== true && record.stream !== true) {
    const { value } = codecFor(protocol).response.encode(fold(events), target);
    return { text: JSON.stringify(value), contentType: "application/json" };
  }
  const encoder = codecFor(protocol).stream.encoder(target);
  const frames = [...events.flatMap((event) => encoder.step(event)), ...encoder.end()];
  if (wantsArray(exchange, { protocol, stream: true }))
    return { text: arrayOf(frames), contentType: "application/json" };
  return { text: frames.map(formatSse).join(""), contentType: "text/event-stream" };
}

/** The request, if it can still be read: one that cannot gets the plainest answer. */
async function asked({ exchange, call, protocol, limit }: Chat): Promise<Inbound | undefined> {
  try {
    return await readInbound(exchange, protocol, call, limit);
  } catch {
    return undefined;
  }
}

function requestOf(inbound: Inbound | undefined): Pick<ResponseTarget, "request"> {
  try {
    return inbound === undefined ? {} : { request: inbound.chat };
  } catch {
    return {};
  }
}

function eventsOf(text: string, reason: FinishReason, model: string | undefined): readonly ChatEvent[] {
  return [
    { type: "start", ...(model === undefined ? {} : { model }) },
    { type: "text", block: 0, text },
    { type: "block-end", block: 0 },
    { type: "finish", reason },
    { type: "usage", usage: { inputTokens: 0, outputTokens: 0 } },
  ];
}
