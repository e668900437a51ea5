import { expect } from "bun:test";
import type { ResponseTarget } from "#src/core/codec.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import type { SseFrame } from "#src/core/sse.ts";

/** Which pieces each kind of block may have. */
const PIECES: Readonly<Record<string, readonly string[]>> = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  tool_use: ["input_json_delta"],
  server_tool_use: ["input_json_delta"],
};

/** Throws unless the frames are one whole stream of Claude's: one open block, indices without gaps, each end once and nothing after. */
export function checkGrammar(frames: readonly SseFrame[], target: Pick<ResponseTarget, "model">): void {
  const events = frames.map(dataOf).filter(({ type }) => type !== "ping");
  expect(events[0]?.type).toBe("message_start");
  if (target.model !== undefined) expect(events[0]?.message).toMatchObject({ model: target.model });
  expect(events.at(-2)?.type).toBe("message_delta");
  expect(events.at(-1)?.type).toBe("message_stop");
  let open: JsonObject | undefined;
  let next = 0;
  for (const event of events.slice(1, -2)) {
    expect(event.index).toBe(next);
    if (event.type === "content_block_start") {
      expect(open).toBeUndefined();
      open = event.content_block as JsonObject;
    } else if (event.type === "content_block_delta") {
      expect(PIECES[open?.type as string]).toContain((event.delta as JsonObject).type as string);
    } else {
      expect(event.type).toBe("content_block_stop");
      expect(open).toBeDefined();
      open = undefined;
      next++;
    }
  }
  expect(open).toBeUndefined();
}

function dataOf(frame: SseFrame): JsonObject {
  if (!("data" in frame)) throw new Error("a comment in the stream");
  const data: unknown = JSON.parse(frame.data);
  if (!isObject(data)) throw new Error("data that is no object");
  expect(frame.event).toBe(data.type as string);
  return data;
}
