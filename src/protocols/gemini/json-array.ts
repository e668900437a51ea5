import type { Stepper } from "../../core/codec.ts";
import type { SseFrame } from "../../core/sse.ts";

/** Frames as `streamGenerateContent` writes them without `alt=sse`: one JSON array, its elements as they come. Keep-alives are left out. */
export function createJsonArray(): Stepper<SseFrame, string> {
  let begun = false;
  return {
    step(frame) {
      if ("comment" in frame) return [];
      const text = `${begun ? ",\n" : "["}${frame.data}`;
      begun = true;
      return [text];
    },
    end: () => [begun ? "]" : "[]"],
  };
}
