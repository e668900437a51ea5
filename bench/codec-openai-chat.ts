/**
 * What a stream costs in the codec alone: canonical events decoded from Chat Completions chunks, encoded again, and both ends of a
 * conversion with the SSE framing. One iteration is one event. Run: `bun bench/codec-openai-chat.ts`.
 */
import { bench, do_not_optimize, run } from "mitata";
import type { ResponseTarget } from "#src/core/codec.ts";
import { createSseDecoder, formatSse } from "#src/core/sse.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";

const target: ResponseTarget = { includeUsage: true, now: () => 0, id: () => "x" };
const data = JSON.stringify({
  id: "chatcmpl-A1b2",
  object: "chat.completion.chunk",
  created: 1_760_000_000,
  model: "gpt-5",
  service_tier: "default",
  system_fingerprint: "fp_44709d6fcb",
  choices: [{ index: 0, delta: { content: " token" }, logprobs: null, finish_reason: null }],
  usage: null,
});
const bytes = new TextEncoder().encode(`data: ${data}\n\n`);

const decoder = openaiChat.stream.decoder();
bench("decode a text chunk", () => do_not_optimize(decoder.step({ event: "", data })));

const encoder = openaiChat.stream.encoder(target);
encoder.step({ type: "start", id: "a", model: "m" });
bench("encode a text event", () => do_not_optimize(encoder.step({ type: "text", block: 0, text: " token" })));

const sse = createSseDecoder({ maxEventBytes: 1 << 20 });
const reader = openaiChat.stream.decoder();
const writer = openaiChat.stream.encoder(target);
const utf8 = new TextEncoder();
bench("bytes to bytes through the canonical form", () => {
  for (const event of sse.push(bytes)) {
    for (const step of reader.step(event)) {
      for (const frame of writer.step(step)) do_not_optimize(utf8.encode(formatSse(frame)));
    }
  }
});

await run();
