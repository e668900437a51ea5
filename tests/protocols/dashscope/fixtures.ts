import type { JsonObject } from "#src/core/json.ts";

/**
 * Answers in the shape of help.aliyun.com/zh/model-studio/qwen-api-reference ("DashScope", response object and streamed response): events
 * have an id, a name and a comment with the status; an answer that goes on has the word "null" as its reason.
 */
function sse(events: readonly JsonObject[]): string {
  return events
    .map((event, index) => `id:${index + 1}\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify(event)}\n\n`)
    .join("");
}

function chunk(message: JsonObject, output: number, reason = "null", more: JsonObject = {}): JsonObject {
  return {
    output: { choices: [{ message: { role: "assistant", ...message }, index: 0, finish_reason: reason }], ...more },
    usage: {
      total_tokens: 283 + output,
      input_tokens: 283,
      output_tokens: output,
      prompt_tokens_details: { cached_tokens: 64 },
    },
    request_id: "dd51401b",
  };
}

function whole(message: JsonObject, output: number, reason: string, more: JsonObject = {}): JsonObject {
  return chunk(message, output, reason, more);
}

/** The same answer, streamed and whole. */
export interface Answer {
  readonly name: string;
  readonly sse: string;
  readonly whole: JsonObject;
}

const SEARCH = {
  search_info: { search_results: [{ index: 1, title: "Bern", url: "https://example.com/bern", site_name: "example" }] },
};

export const ANSWERS: readonly Answer[] = [
  {
    name: "thinking and text",
    sse: sse([
      chunk({ content: "", reasoning_content: "Two " }, 1),
      chunk({ content: "", reasoning_content: "cities." }, 3),
      chunk({ content: "Grüße, ", reasoning_content: "" }, 5),
      chunk({ content: "Welt 😀", reasoning_content: "" }, 8),
      chunk({ content: "", reasoning_content: "" }, 8, "stop"),
    ]),
    whole: whole({ content: "Grüße, Welt 😀", reasoning_content: "Two cities." }, 8, "stop"),
  },
  {
    name: "parallel tools",
    sse: sse([
      chunk(
        {
          content: "",
          tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: "" } }],
        },
        4,
      ),
      chunk(
        { content: "", tool_calls: [{ index: 0, id: "", type: "function", function: { arguments: '{"city": ' } }] },
        8,
      ),
      chunk(
        { content: "", tool_calls: [{ index: 0, id: "", type: "function", function: { arguments: '"Bern"}' } }] },
        12,
      ),
      chunk(
        {
          content: "",
          tool_calls: [{ index: 1, id: "call_2", type: "function", function: { name: "now", arguments: "{}" } }],
        },
        16,
      ),
      chunk({ content: "" }, 16, "tool_calls"),
    ]),
    whole: whole(
      {
        content: "",
        tool_calls: [
          { index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: '{"city": "Bern"}' } },
          { index: 1, id: "call_2", type: "function", function: { name: "now", arguments: "{}" } },
        ],
      },
      16,
      "tool_calls",
    ),
  },
  {
    name: "lists of content and sources",
    sse: sse([
      chunk({ content: [{ text: "It " }] }, 1, "null", SEARCH),
      chunk({ content: [{ text: "rains." }] }, 2, "null", SEARCH),
      chunk({ content: [] }, 2, "length", SEARCH),
    ]),
    whole: whole({ content: [{ text: "It rains." }] }, 2, "length", SEARCH),
  },
];
