// oxlint-disable oxc/no-map-spread -- test data must not be changed in place
import { constant, constantFrom, dictionary, integer, oneof, record, string } from "fast-check";
import type { ChatRequest, ChatResponse, ContentPart, Rest } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { openaiResponses } from "#src/protocols/openai-responses/index.ts";
import { codecContract } from "#tests/contracts/codec.ts";
import { between, sealedReasoning, words, type Abilities } from "#tests/support/chat-arbitraries.ts";
import { answer, json } from "./fixtures.ts";
import { checkGrammar } from "./grammar.ts";

const own = (fields: JsonObject): { rest: Rest } => ({ rest: { protocol: "openai-responses", fields } });

const abilities: Abilities = {
  instructions: ["system", "developer"],
  instructionsAnywhere: true,
  media: constantFrom(
    { type: "media", kind: "image", source: { type: "url", url: "https://example.com/a.png" }, detail: "high" },
    { type: "media", kind: "image", source: { type: "base64", mediaType: "image/webp", data: "aGk=" } },
    { type: "media", kind: "image", source: { type: "file", id: "file-2" } },
    { type: "media", kind: "audio", source: { type: "base64", mediaType: "audio/mpeg", data: "aGk=" } },
    {
      type: "media",
      kind: "document",
      source: { type: "base64", mediaType: "application/pdf", data: "aGk=" },
      filename: "a.pdf",
    },
    { type: "media", kind: "document", source: { type: "url", url: "https://example.com/a.pdf" } },
    { type: "media", kind: "document", source: { type: "file", id: "file-1" } },
  ),
  resultMedia: true,
  resultErrors: false,
  resultsTogether: false,
  cacheControl: false,
  refusals: true,
  customTools: true,
  candidates: 1,
  options: {
    temperature: between(0, 2),
    topP: between(0, 1),
    logprobs: constant(true),
    topLogprobs: integer({ min: 0, max: 20 }),
    user: words,
    store: constantFrom(true, false),
    metadata: dictionary(string({ unit: constantFrom("a", "b", "c"), minLength: 1 }), words, { noNullPrototype: true }),
    serviceTier: constantFrom("auto", "default", "flex", "priority"),
    verbosity: constantFrom("low", "medium", "high"),
    responseFormat: oneof(
      constant({ type: "text" as const }),
      constant({ type: "json" as const }),
      record({
        type: constant("json-schema" as const),
        schema: constant({ type: "object", additionalProperties: false }),
        name: words,
        strict: constant(true),
      }),
    ),
  },
  reasoning: oneof(
    record({ effort: constantFrom("none" as const, "minimal" as const, "high" as const, "max" as const) }),
    record({ effort: constant("low" as const), display: constantFrom("summarized" as const, "detailed" as const) }),
    record({ display: constant("concise" as const) }),
  ),
  choices: (name) => [{ type: "allowed", mode: "required", names: [name] }],
  finishes: [
    { unified: "stop", raw: "completed" },
    { unified: "length", raw: "max_output_tokens" },
    { unified: "content-filter", raw: "content_filter" },
  ],
  called: { unified: "tool-calls", raw: "completed" },
  interleaved: true,
  reasoned: sealedReasoning("openai-responses"),
  generated: constant({
    type: "media",
    kind: "image",
    source: { type: "base64", mediaType: "image/webp", data: "aGk=" },
  }),
};

/** What the encoder says of what was left unsaid: nothing is stored, a tool's schema is not strict, all reasoning comes back encrypted. */
function readable(request: ChatRequest): ChatRequest {
  if (request.rest !== undefined) return request;
  const included = request.reasoning !== undefined && request.store !== true;
  const tools = request.tools?.map((tool) => (tool.type === "function" ? { strict: false, ...tool } : tool));
  return {
    ...request,
    store: request.store ?? false,
    ...(tools === undefined ? {} : { tools }),
    ...(included ? own({ include: null }) : {}),
  };
}

/** The answer's id is one of OpenAI's; each reasoning and each image is an item, and has an id. */
function tellable(response: ChatResponse): ChatResponse {
  return {
    ...response,
    id: `resp_${response.id}`,
    choices: response.choices.map((choice) => {
      let index = -1;
      let said = false;
      const content = choice.content.map((part): ContentPart => {
        const says = part.type === "text" || part.type === "refusal";
        if (!says || !said) index++;
        said = says;
        if (part.type === "reasoning") return { ...part, ...own({ id: `rs_fresh_${index}` }) };
        return part.type === "media" ? { ...part, ...own({ id: `ig_fresh_${index}` }) } : part;
      });
      return { ...choice, content };
    }),
  };
}

const citation = {
  type: "url_citation",
  start_index: 8,
  end_index: 13,
  title: "Paris",
  url: "https://example.com/paris",
};

const canonical: ChatRequest = {
  model: "gpt-4.1",
  stream: true,
  messages: [
    { role: "system", content: [{ type: "text", text: "Be brief." }] },
    { role: "developer", content: [{ type: "text", text: "Answer in English." }] },
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        {
          type: "media",
          kind: "image",
          source: { type: "base64", mediaType: "image/png", data: "aGk=" },
          detail: "low",
        },
        { type: "media", kind: "image", source: { type: "file", id: "file-2" }, detail: "auto" },
        {
          type: "media",
          kind: "document",
          source: { type: "base64", mediaType: "application/pdf", data: "JVBERg==" },
          filename: "a.pdf",
        },
        { type: "media", kind: "document", source: { type: "url", url: "https://example.com/b.pdf" } },
        { type: "media", kind: "audio", source: { type: "base64", mediaType: "audio/wav", data: "UklGRg==" } },
      ],
    },
    {
      role: "assistant",
      content: [
        {
          type: "reasoning",
          text: "Hm.",
          signature: "gAAAAAB=",
          sealedBy: "openai-responses",
          ...own({ id: "rs_1" }),
        },
        { type: "reasoning", text: "", redacted: "c2ln", sealedBy: "gemini" },
        {
          type: "text",
          text: "Looking.",
          citations: [
            {
              protocol: "openai-responses",
              value: citation,
              url: citation.url,
              title: "Paris",
              span: { start: 8, end: 13 },
            },
          ],
        },
        { type: "refusal", text: "Not that." },
        {
          type: "native",
          protocol: "openai-responses",
          value: {
            id: "ws_1",
            type: "web_search_call",
            status: "completed",
            action: { type: "search", query: "cat" },
          },
        },
        { type: "tool-call", id: "call_a", name: "look", input: '{"x":1}', kind: "function" },
        { type: "tool-call", id: "call_b", name: "run", input: "ls", kind: "custom" },
      ],
    },
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: "call_a",
          content: [
            { type: "text", text: "a cat" },
            { type: "media", kind: "image", source: { type: "url", url: "https://example.com/cat.png" } },
          ],
        },
      ],
    },
    {
      role: "tool",
      content: [{ type: "tool-result", toolCallId: "call_b", content: [{ type: "text", text: "file.txt" }] }],
    },
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: "call_earlier",
          content: [],
          ...own({ custom_tool_call_output: null }),
        },
      ],
    },
    {
      role: "assistant",
      content: [{ type: "native", protocol: "openai-responses", value: { type: "item_reference", id: "msg_0" } }],
    },
    { role: "user", content: [{ type: "text", text: "And now?" }] },
  ],
  tools: [
    {
      type: "function",
      name: "look",
      description: "Looks.",
      inputSchema: {
        type: "object",
        properties: { x: { type: "number" } },
        required: ["x"],
        additionalProperties: false,
      },
      strict: true,
    },
    {
      type: "function",
      name: "wait",
      inputSchema: { type: "object", properties: {} },
      ...own({ strict: null }),
    },
    {
      type: "custom",
      name: "run",
      format: { type: "grammar", grammar: { syntax: "lark", definition: "start: /.+/" } },
    },
    {
      type: "native",
      protocol: "openai-responses",
      name: "web_search",
      value: { type: "web_search", search_context_size: "low" },
    },
    {
      type: "native",
      protocol: "openai-responses",
      name: "docs",
      value: { type: "mcp", server_label: "docs", server_url: "https://example.com/mcp" },
    },
  ],
  toolChoice: { type: "allowed", mode: "auto", names: ["look"] },
  parallelToolCalls: false,
  maxOutputTokens: 100,
  temperature: 0.5,
  topP: 0.9,
  logprobs: true,
  topLogprobs: 2,
  store: false,
  metadata: { team: "a" },
  user: "u-1",
  serviceTier: "flex",
  reasoning: { effort: "high", display: "summarized" },
  verbosity: "low",
  responseFormat: {
    type: "json-schema",
    name: "animal",
    schema: { type: "object", additionalProperties: false },
    strict: true,
  },
  ...own({
    include: ["reasoning.encrypted_content", "web_search_call.action.sources"],
    max_tool_calls: 3,
    truncation: "auto",
    previous_response_id: "resp_0",
    prompt_cache_key: "k",
    stream_options: { include_obfuscation: false },
  }),
};

/** Reasoning that only its own vendor can read is not sent to this one. */
function withoutForeignReasoning(request: ChatRequest): ChatRequest {
  const isForeign = (part: ContentPart): boolean => part.type === "reasoning" && part.sealedBy === "gemini";
  return {
    ...request,
    messages: request.messages.map((message) => ({
      ...message,
      content: message.content.filter((part) => !isForeign(part)),
    })),
  };
}

codecContract("openai-responses", openaiResponses, {
  requests: [{ name: "everything", wire: json("request.json"), canonical }],
  answers: ["text", "reasoning-tools", "refusal", "built-in"].map(answer),
  dialect: {},
  abilities,
  checkGrammar,
  tellable,
  readable: (request) => withoutForeignReasoning(readable(request)),
});
