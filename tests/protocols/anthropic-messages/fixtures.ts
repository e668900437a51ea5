import type { ChatEvent } from "#src/core/chat.ts";
import type { RequestTarget, ResponseTarget } from "#src/core/codec.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { SseEvent, SseFrame } from "#src/core/sse.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";

const folder = new URL("../../fixtures/anthropic-messages/", import.meta.url);

export async function readJson(name: string): Promise<JsonObject> {
  return (await Bun.file(new URL(name, folder)).json()) as JsonObject;
}

export async function readSse(name: string): Promise<SseEvent[]> {
  return parseSse(await Bun.file(new URL(name, folder)).text());
}

function parseSse(text: string): SseEvent[] {
  const events: SseEvent[] = [];
  for (const block of text.trim().split("\n\n")) {
    const [event = "", data = ""] = block.split("\n");
    events.push({ event: event.replace("event: ", ""), data: data.replace("data: ", "") });
  }
  return events;
}

export function decoded(events: readonly SseEvent[]): ChatEvent[] {
  const decoder = anthropicMessages.stream.decoder();
  return [...events.flatMap((event) => decoder.step(event)), ...decoder.end()];
}

/** An SSE event as the wire has it, from its data. */
export function sse(data: JsonObject): SseEvent {
  return { event: data.type as string, data: JSON.stringify(data) };
}

export const responseTarget: ResponseTarget = { includeUsage: true, now: () => 0, id: () => "made" };

export function requestTarget(model: string, maxOutputTokens?: number): RequestTarget {
  return { model, dialect: {}, ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }) };
}

export interface Encoding {
  readonly frames: SseFrame[];
  readonly losses: readonly string[];
}

export function encoded(events: readonly ChatEvent[], target: ResponseTarget = responseTarget): Encoding {
  const encoder = anthropicMessages.stream.encoder(target);
  const frames = [...events.flatMap((event) => encoder.step(event)), ...encoder.end()];
  return { frames, losses: encoder.losses.map((loss) => loss.field) };
}

/** The data of frames, parsed. */
export function dataOf(frames: readonly SseFrame[]): JsonObject[] {
  return frames.map((frame) => ("data" in frame ? (JSON.parse(frame.data) as JsonObject) : {}));
}
