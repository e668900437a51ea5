import type { JsonObject } from "#src/core/json.ts";
import { anthropicError, geminiError, openaiError } from "#tests/support/upstream/vendor-error.ts";
import { anthropicFrame } from "#tests/support/upstream/anthropic-answer.ts";
import { responsesFrame } from "#tests/support/upstream/openai-responses-answer.ts";
import type { ErrorAnswer, GoldenCase } from "../case.ts";

const told = (name: string, message: string, status: number): { name: string; message: string; status: number } => ({
  name,
  message,
  status,
});

/** What goes wrong at a provider; `overloaded` has a status of each vendor's own. */
const KINDS = [
  told("bad request", "messages: at least one message is required", 400),
  told("bad key", "The API key is not valid.", 401),
  told("forbidden", "Your country is not supported.", 403),
  told("unknown model", "The model `nope` does not exist.", 404),
  told("rate limit", "Rate limit reached. Try again in 7s.", 429),
  told("internal", "Something broke.", 500),
];

function errors(
  overloaded: ReturnType<typeof told>,
  bodyOf: (error: { readonly status: number; readonly message: string }) => JsonObject,
): readonly ErrorAnswer[] {
  return [...KINDS, overloaded].map(({ name, status, message }) => {
    const body = bodyOf({ status, message });
    return status === 429 ? { name, status, body, headers: { "retry-after": "7" } } : { name, status, body };
  });
}

const openai = errors(told("overloaded", "The engine is overloaded.", 503), (error) =>
  openaiError(error, error.status === 400 ? "messages" : null),
);

/** Ends of streams, and of everything else. */
export const failures: readonly GoldenCase[] = [
  {
    name: "errors",
    errors: {
      "openai-chat": openai,
      "openai-responses": openai,
      "anthropic-messages": errors(told("overloaded", "Overloaded", 529), anthropicError),
      // Gemini tells in its body when to come back.
      gemini: errors(told("overloaded", "The model is overloaded.", 503), (error) =>
        geminiError(error, error.status === 429 ? 7 : undefined),
      ).map(({ name, status, body }) => ({ name, status, body })),
    },
  },
  {
    name: "stream-error",
    answer: { parts: [{ type: "text", text: "Half an" }] },
    failures: {
      "openai-chat": `data: ${JSON.stringify(openaiError({ status: 500, message: "Something broke." }))}\n\n`,
      "openai-responses": responsesFrame("error", {
        code: "server_error",
        message: "Something broke.",
        param: null,
        sequence_number: 6,
      }),
      "anthropic-messages": anthropicFrame("error", { error: { type: "overloaded_error", message: "Overloaded" } }),
      gemini: `data: ${JSON.stringify(geminiError({ status: 503, message: "The model is overloaded." }))}\r\n\r\n`,
    },
  },
  { name: "stream-cut", answer: { parts: [{ type: "text", text: "Half an" }] }, failures: each("") },
];

function each(frame: string): NonNullable<GoldenCase["failures"]> {
  return { "openai-chat": frame, "openai-responses": frame, "anthropic-messages": frame, gemini: frame };
}
