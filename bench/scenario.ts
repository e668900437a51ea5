/** The sizes of what is measured, shared by the upstream, the load client and the runner. */

/** Events of one paced stream, its terminator not counted, and the milliseconds between them. */
export const PACED_EVENTS = 80;
export const PACED_INTERVAL = 20;
/** Paced streams open at once. */
export const PACED_STREAMS = 64;
/** Bytes the flood offers to a reader that does not take them: 1 GiB. */
export const FLOOD_BYTES: number = 2 ** 30;

/** What a client can ask the fake upstream for, by the model's name. */
export const KINDS = ["json", "paced", "idle", "flood"] as const;

/** One of {@link KINDS}. */
export type Kind = (typeof KINDS)[number];

/** What clients and the fake upstream speak. */
export const WIRES = ["openai", "claude", "responses", "gemini"] as const;

/** One of {@link WIRES}. */
export type Wire = (typeof WIRES)[number];

/** Where a client of a wire asks; Gemini's names the model and the way of answering in the path. */
export function pathOf(wire: Wire, model: string, stream: boolean): string {
  if (wire === "gemini")
    return `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`;
  return { openai: "/v1/chat/completions", claude: "/v1/messages", responses: "/v1/responses" }[wire];
}

const PROMPT = "The quick brown fox jumps over the lazy dog. ".repeat(14);

/** What a client of a wire asks. */
export function bodyOf(wire: Wire, model: string, stream: boolean): object {
  const messages = [{ role: "user", content: PROMPT }];
  const streamed = stream ? { stream } : {};
  return {
    openai: { model, ...streamed, max_tokens: 1024, messages },
    claude: { model, ...streamed, max_tokens: 1024, messages },
    responses: { model, ...streamed, max_output_tokens: 1024, input: messages, store: false },
    gemini: { contents: [{ role: "user", parts: [{ text: PROMPT }] }], generationConfig: { maxOutputTokens: 1024 } },
  }[wire];
}
