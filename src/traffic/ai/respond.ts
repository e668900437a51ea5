import type { ChatEvent, ChatResponse } from "../../core/chat.ts";
import type { ResponseTarget } from "../../core/codec.ts";
import type { Exchange } from "../../core/exchange.ts";
import type { ClientProtocol } from "../../core/protocol.ts";
import { formatSse } from "../../core/sse.ts";
import { codecFor } from "../../protocols/index.ts";
import { type AnswerFacts, readFacts } from "../../protocols/answer-facts.ts";
import { spliceMember } from "../../core/json-splice.ts";
import type { Answer, CallDeps } from "./call.ts";
import type { Inbound } from "./inbound.ts";
import { arrayOf, wantsArray } from "./json-array-work.ts";
import { noteFacts } from "./note-facts.ts";
import { relays } from "./outgoing.ts";
import { responseHeaders } from "./response-headers.ts";
import { freshId } from "./stored/stored-deps.ts";
import type { AnswerNote } from "./stored/note.ts";
import type { Turn } from "./stored/turn.ts";
import { streamed } from "./streamed.ts";

type Decoded = Extract<Answer, { kind: "decoded" }>;
type Untouched = Extract<Answer, { kind: "untouched" }>;

/** Turns a provider's answer into the client's. A promise only where something has to be noted first. */
export function respond(
  { clock, openStream }: CallDeps,
  exchange: Exchange,
  inbound: Inbound,
  answer: Answer,
  responseModel: "upstream" | "requested",
  turn?: Turn,
): Response | Promise<Response> {
  const { record } = exchange;
  record.modelUsed = answer.outgoing.model;
  record.firstTokenAt = clock.monotonic();
  const model = responseModel === "requested" ? inbound.model : undefined;
  if (answer.kind === "untouched" && turn === undefined) return untouched(exchange, inbound.protocol, answer, model);
  const plain: ResponseTarget = {
    ...(model === undefined ? {} : { model }),
    includeUsage: inbound.includeUsage,
    ...(relays(answer.outgoing, answer.target) ? {} : { request: inbound.chat }),
    now: () => clock.now(),
    id: freshId,
  };
  const target = turn?.responseTarget(answer, plain) ?? plain;
  const note = turn?.noteOf(answer);
  if (answer.kind === "stream") return streamed(openStream, exchange, inbound, answer, target, note);
  if (answer.kind === "untouched") {
    const give = (): Response => untouched(exchange, inbound.protocol, answer, target.model);
    return note === undefined ? give() : note.whole(answer.body).then(give);
  }
  answer.attempt.release();
  noteFacts(record, factsOf(answer.response));
  if (!inbound.stream) return asWhole(exchange, inbound, answer, target, note);
  return asStream(exchange, inbound, answer, target, note);
}

/** The client's own protocol: not a byte changed, unless the model's name is. */
function untouched(
  exchange: Exchange,
  protocol: ClientProtocol,
  answer: Untouched,
  model: string | undefined,
): Response {
  const { record } = exchange;
  answer.attempt.release();
  noteFacts(record, readFacts(protocol, answer.body));
  if (model !== undefined) {
    const member = protocol === "gemini" ? "modelVersion" : "model";
    const text = spliceMember(answer.text, member, JSON.stringify(model));
    return finished(exchange, answer, text, "application/json");
  }
  record.responseBytes = answer.size;
  return new Response(answer.text, { headers: responseHeaders(answer, "application/json", record.losses) });
}

function asWhole(
  exchange: Exchange,
  inbound: Inbound,
  answer: Decoded,
  target: ResponseTarget,
  note: AnswerNote | undefined,
): Response | Promise<Response> {
  const { value, losses } = codecFor(inbound.protocol).response.encode(answer.response, target);
  exchange.record.losses.push(...losses);
  const give = (): Response => finished(exchange, answer, JSON.stringify(value), "application/json");
  return note === undefined ? give() : note.whole(value).then(give);
}

/** A whole answer for a client that asked for a stream. */
async function asStream(
  exchange: Exchange,
  inbound: Inbound,
  answer: Decoded,
  target: ResponseTarget,
  note: AnswerNote | undefined,
): Promise<Response> {
  const encoder = codecFor(inbound.protocol).stream.encoder(target);
  const frames = [...answer.events.flatMap((event: ChatEvent) => encoder.step(event)), ...encoder.end()];
  exchange.record.losses.push(...encoder.losses);
  const array = wantsArray(exchange, inbound);
  const text = array ? arrayOf(frames) : frames.map(formatSse).join("");
  await note?.ended(frames);
  return finished(exchange, answer, text, array ? "application/json" : "text/event-stream");
}

/** The facts of a decoded answer, its first choice's finish reason among them. */
function factsOf({ usage, model, choices }: ChatResponse): AnswerFacts {
  const finish = choices[0]?.finish;
  return {
    ...(usage === undefined ? {} : { usage }),
    ...(model === undefined ? {} : { model }),
    ...(finish === undefined ? {} : { finish }),
  };
}

function finished(exchange: Exchange, answer: Answer, text: string, contentType: string): Response {
  // Characters, not bytes, would be wrong for every text that is not ASCII.
  const bytes = new TextEncoder().encode(text);
  exchange.record.responseBytes = bytes.byteLength;
  return new Response(bytes, { headers: responseHeaders(answer, contentType, exchange.record.losses) });
}
