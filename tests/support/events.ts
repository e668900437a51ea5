import { createParser } from "eventsource-parser";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** One event of a stream as an independent parser reads it; `json` is empty for data that is no JSON object. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  readonly json: JsonObject;
}

/** The events of a streamed answer, each as soon as it is there. */
export async function* eventsOf(response: Response): AsyncGenerator<StreamEvent> {
  const ready: StreamEvent[] = [];
  const parser = createParser({
    onEvent: ({ event = "", data }) => ready.push({ event, data, json: objectOf(data) }),
  });
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    yield* ready.splice(0);
  }
}

function objectOf(data: string): JsonObject {
  try {
    const value = JSON.parse(data) as Json;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
