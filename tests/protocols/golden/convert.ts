/** A golden case on its way from a client of one protocol to a provider of another and back, as the gateway takes it. */
import { fold } from "#src/core/chat-fold.ts";
import type { ChatRequest } from "#src/core/chat.ts";
import type { ResponseTarget } from "#src/core/codec.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { ClientProtocol, Encoded, Loss } from "#src/core/protocol.ts";
import { formatSse } from "#src/core/sse.ts";
import { codecFor } from "#src/protocols/index.ts";
import { sseEvents } from "#tests/contracts/codec.ts";
import type { Answer } from "#tests/support/upstream/script.ts";
import type { ErrorAnswer, GoldenCase } from "./case.ts";
import { VENDORS } from "./provider.ts";

/** A client's protocol and a provider's. */
export interface Pair {
  readonly client: ClientProtocol;
  readonly upstream: ClientProtocol;
}

/** A stream as the client gets it. */
export interface Streamed {
  readonly text: string;
  readonly losses: readonly Loss[];
}

function asked(protocol: ClientProtocol, body: JsonObject): ChatRequest {
  return codecFor(protocol).request.decode(body, { model: "asked", stream: false });
}

/** What goes to the provider of a client's request. */
export function requestOf(body: JsonObject, { client, upstream }: Pair): Encoded<JsonObject> {
  return codecFor(upstream).request.encode(asked(client, body), { model: VENDORS[upstream].model, dialect: {} });
}

const HELLO: Readonly<Record<ClientProtocol, JsonObject>> = {
  "openai-chat": { model: "asked", messages: [{ role: "user", content: "Hi" }] },
  "openai-responses": { model: "asked", input: "Hi" },
  "anthropic-messages": { model: "asked", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] },
  gemini: { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
};

function targetOf({ requests }: GoldenCase, client: ClientProtocol): ResponseTarget {
  return {
    request: asked(client, requests?.[client] ?? HELLO[client]),
    includeUsage: true,
    now: () => 1_760_000_000_000,
    id: () => "fresh",
  };
}

/** The whole answer as the client gets it. */
export function answerOf(golden: GoldenCase, answer: Answer, { client, upstream }: Pair): Encoded<JsonObject> {
  const response = fold(codecFor(upstream).response.decode(VENDORS[upstream].whole(answer)));
  return codecFor(client).response.encode(response, targetOf(golden, client));
}

/** The bytes of the stream a provider sends; a case's failure stands in place of its end. */
export function streamBytes({ failures }: GoldenCase, answer: Answer, upstream: ClientProtocol): Uint8Array {
  const vendor = VENDORS[upstream];
  const all = vendor.frames(answer);
  const sent = failures === undefined ? all : [...all.slice(0, -vendor.ending), failures[upstream]];
  return new TextEncoder().encode(sent.join(""));
}

/** The stream as the client gets it, when the provider's comes in pieces of these sizes in turn. */
export function streamOf(golden: GoldenCase, bytes: Uint8Array, pair: Pair, sizes: readonly number[]): Streamed {
  const decoder = codecFor(pair.upstream).stream.decoder();
  const encoder = codecFor(pair.client).stream.encoder(targetOf(golden, pair.client));
  const events = sseEvents(bytes, sizes);
  const frames = [...events.flatMap((event) => decoder.step(event)), ...decoder.end()].flatMap((event) =>
    encoder.step(event),
  );
  return { text: [...frames, ...encoder.end()].map(formatSse).join(""), losses: encoder.losses };
}

/** An error as a client gets it. */
export interface ClientError {
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly body: JsonObject;
}

/** A provider's error as the client gets it. */
export function errorOf({ status, headers, body }: ErrorAnswer, { client, upstream }: Pair): ClientError {
  const fault = codecFor(upstream).error.decode(status, new Headers({ ...headers }), body);
  const { retryAfter } = fault;
  return { status: fault.status, retryAfter, body: codecFor(client).error.encode(fault, "req_golden") };
}
