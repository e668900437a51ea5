import type { AnswerBody } from "#src/core/answer-body.ts";
import { collectFrom } from "#src/core/collect-bytes.ts";
import { isDeeperThan, type Json, MAX_DEPTH } from "#src/core/json.ts";
import type { HeaderView } from "#src/core/header-list.ts";
import { McpError } from "#src/core/mcp/messages.ts";
import { createSseDecoder, type SseEvent } from "#src/core/sse.ts";
import { LinkLost } from "./message-link.ts";

const utf8 = new TextDecoder();

/** What an answer's body is said to be. */
export type BodyKind = "json" | "events" | "other";

export function bodyKind(headers: HeaderView): BodyKind {
  const type = headers.get("content-type")?.toLowerCase() ?? "";
  if (type.startsWith("application/json")) return "json";
  return type.startsWith("text/event-stream") ? "events" : "other";
}

/** A body of JSON. Rejects with a {@link LinkLost}. */
export async function readJson(body: AnswerBody, limit: number): Promise<Json> {
  const whole = wholeJson(body, limit);
  return whole === undefined ? parseMessage(utf8.decode(await collect(body, limit))) : whole;
}

/** A body of JSON that has come whole; undefined when it must be waited for. Throws a {@link LinkLost}. */
export function wholeJson(body: AnswerBody, limit: number): Json | undefined {
  const bytes = body.takeWhole();
  if (bytes === undefined) return undefined;
  if (bytes.byteLength > limit) throw tooLarge(limit);
  return parseMessage(utf8.decode(bytes));
}

/** A message's text as JSON; throws a {@link LinkLost} when it is none, or is nested deeper than anything that means something. */
export function parseMessage(text: string): Json {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (cause) {
    throw garbage("it is no JSON", cause);
  }
  // Shorter ones cannot be too deep: each level takes two characters.
  if (text.length > 2 * MAX_DEPTH && isDeeperThan(MAX_DEPTH, json)) throw garbage("it is nested too deeply");
  return json;
}

function collect(body: AnswerBody, limit: number): Promise<Uint8Array> {
  const source = { read: () => readOf(body), cancel: () => body.cancel() };
  return collectFrom(source, { limit, over: () => tooLarge(limit) });
}

async function readOf(body: AnswerBody): Promise<Uint8Array | undefined> {
  try {
    return await body.read();
  } catch (cause) {
    throw broken(cause);
  }
}

/** How a stream of events is told of. */
export interface EventHandler {
  event(event: SseEvent): void;
  /** Bytes have come, whatever they are. */
  alive(): void;
}

/** Where a stream of events stands, for going on after a break. */
export interface StreamPosition {
  /** Empty when no event had one. */
  lastEventId: string;
  /** Milliseconds to wait before going on; undefined when the server did not say. */
  retry: number | undefined;
}

/**
 * Reads a stream of events as it comes. Resolves at its end; rejects with a {@link LinkLost} when it breaks, or with what `handler` throws.
 * `position` is kept up to date.
 */
export function readEvents(
  body: AnswerBody,
  limit: number,
  position: StreamPosition,
  handler: EventHandler,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const decoder = createSseDecoder({ maxEventBytes: limit });
  body.flow({
    chunk(bytes) {
      try {
        handler.alive();
        const events = decoder.push(bytes);
        if (decoder.lastEventId !== "") position.lastEventId = decoder.lastEventId;
        position.retry = decoder.retry ?? position.retry;
        for (const event of events) handler.event(event);
      } catch (error) {
        body.cancel();
        reject(error instanceof McpError ? error : garbage("an event cannot be read", error));
      }
    },
    end: resolve,
    fail: (error) => reject(broken(error)),
  });
  return promise;
}

function broken(cause: unknown): McpError {
  if (cause instanceof McpError) return cause;
  return new LinkLost("The upstream server's answer broke off.", { received: true, cause });
}

function garbage(how: string, cause?: unknown): LinkLost {
  return new LinkLost(`The upstream server's answer cannot be used: ${how}.`, { received: true, cause });
}

function tooLarge(limit: number): LinkLost {
  return garbage(`it is larger than ${limit} bytes`);
}
