import type { GoldenCase } from "../case.ts";

const no = "I can't help with that.";

/** Answers that need no request of their own. */
export const answers: readonly GoldenCase[] = [
  {
    name: "cached-usage",
    answer: { parts: [{ type: "text", text: "Ja." }], usage: { input: 1000, output: 40, cached: 800, reasoning: 30 } },
    answers: {
      "anthropic-messages": {
        parts: [{ type: "text", text: "Ja." }],
        usage: { input: 1000, output: 40, cached: 800, written: 150 },
      },
    },
  },
  {
    name: "refusal",
    answer: { parts: [{ type: "refusal", text: no }] },
    answers: {
      "anthropic-messages": { parts: [{ type: "text", text: no }], finish: "refused" },
      gemini: { parts: [{ type: "text", text: "First," }], finish: "filtered" },
    },
  },
  { name: "content-filter", answer: { parts: [{ type: "text", text: "First," }], finish: "filtered" } },
  { name: "max-tokens", answer: { parts: [{ type: "text", text: "Once upon a" }], finish: "length" } },
];
