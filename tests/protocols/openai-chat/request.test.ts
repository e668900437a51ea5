import { describe, expect, test } from "bun:test";
import type { ChatMessage, ChatRequest, ContentPart } from "#src/core/chat.ts";
import type { Codec } from "#src/core/codec.ts";
import { Fault } from "#src/core/fault.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import type { Dialect } from "#src/core/protocol.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";

const decode: Codec["request"]["decode"] = (wire) => openaiChat.request.decode(wire);
const encode: Codec["request"]["encode"] = (request, target) => openaiChat.request.encode(request, target);

const HI: JsonObject = { role: "user", content: "hi" };

function body(fields: JsonObject): JsonObject {
  return { model: "m", messages: [HI], ...fields };
}

function write(fields: Partial<ChatRequest>, dialect: Dialect = {}): { wire: JsonObject; lost: string[] } {
  const request: ChatRequest = { model: "m", stream: false, messages: [said("user", "hi")], ...fields };
  const { value, losses } = encode(request, { model: "m", dialect });
  return { wire: value, lost: losses.map(({ kind, field }) => `${kind} ${field}`) };
}

function said(role: ChatMessage["role"], text: string): ChatMessage {
  return { role, content: [{ type: "text", text }] };
}

function messagesOf(content: readonly ContentPart[], role: ChatMessage["role"], dialect: Dialect = {}): unknown {
  return write({ messages: [{ role, content }, said("user", "go on")] }, dialect);
}

describe("a request that is wrong is refused with its place", () => {
  const message = (fields: Json): JsonObject => body({ messages: [HI, fields] });
  const cases: readonly (readonly [param: string, request: JsonObject, says: string])[] = [
    ["model", { messages: [HI] }, "is required"],
    ["model", { model: 4, messages: [HI] }, "a string"],
    ["messages", { model: "m" }, "is required"],
    ["messages", { model: "m", messages: "hi" }, "a list"],
    ["messages", { model: "m", messages: [] }, "at least one"],
    ["messages[1]", message("hi"), "an object"],
    ["messages[1].role", message({ content: "x" }), "is required"],
    ["messages[1].role", message({ role: "robot", content: "x" }), "one of system, developer, user"],
    ["messages[1].content", message({ role: "user" }), "is required"],
    ["messages[1].content", message({ role: "user", content: 5 }), "a string or a list"],
    ["messages[1].content[0].type", message({ role: "user", content: [{}] }), "is required"],
    ["messages[1].content[0].text", message({ role: "user", content: [{ type: "text" }] }), "is required"],
    [
      "messages[1].content[0].image_url.url",
      message({ role: "user", content: [{ type: "image_url", image_url: {} }] }),
      "is required",
    ],
    ["messages[1].tool_call_id", message({ role: "tool", content: "x" }), "is required"],
    [
      "messages[1].tool_calls[0].function",
      message({ role: "assistant", tool_calls: [{ id: "a", type: "function" }] }),
      "is required",
    ],
    ["temperature", body({ temperature: "hot" }), "a number"],
    ["max_tokens", body({ max_tokens: 1.5 }), "a whole number"],
    ["stop[1]", body({ stop: ["a", 2] }), "a string"],
    ["metadata.team", body({ metadata: { team: 1 } }), "a string"],
    ["stream_options.include_usage", body({ stream_options: { include_usage: "yes" } }), "true or false"],
    ["tools[0].function.name", body({ tools: [{ type: "function", function: {} }] }), "is required"],
    ["tool_choice", body({ tool_choice: "sometimes" }), "named tool"],
    ["tool_choice.function.name", body({ tool_choice: { type: "function", function: {} } }), "is required"],
    ["response_format.json_schema", body({ response_format: { type: "json_schema" } }), "is required"],
  ];
  for (const [param, request, says] of cases) {
    test(`${param} ${says}`, () => {
      let thrown: unknown;
      try {
        decode(request);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(Fault);
      const fault = thrown as Fault;
      expect({ code: fault.code, status: fault.status, param: fault.param }).toEqual({
        code: "invalid_request",
        status: 400,
        param,
      });
      expect(fault.message).toContain(says);
      expect(fault.message).toStartWith(param);
    });
  }
});

describe("reading a request", () => {
  test("null means absent for optional fields", () => {
    const nulls = { temperature: null, stop: null, tools: null, tool_choice: null, response_format: null, user: null };
    expect(decode(body({ ...nulls, stream: null, reasoning_effort: null, metadata: null }))).toEqual({
      model: "m",
      stream: false,
      messages: [said("user", "hi")],
    });
  });

  test("max_completion_tokens wins over max_tokens, safety_identifier over user", () => {
    const request = decode(body({ max_tokens: 5, max_completion_tokens: 9, user: "a", safety_identifier: "b" }));
    expect(request.maxOutputTokens).toBe(9);
    expect(request.user).toBe("b");
  });

  test("the older functions, function_call and function messages", () => {
    const request = decode({
      model: "m",
      messages: [
        HI,
        { role: "assistant", content: null, function_call: { name: "look", arguments: '{"x":1}' } },
        { role: "function", name: "look", content: "a cat" },
      ],
      functions: [{ name: "look" }],
      function_call: { name: "look" },
    });
    expect(request.tools).toEqual([
      { type: "function", name: "look", inputSchema: { type: "object", properties: {} } },
    ]);
    expect(request.toolChoice).toEqual({ type: "tool", name: "look", kind: "function" });
    expect(request.messages.slice(1)).toEqual([
      {
        role: "assistant",
        content: [{ type: "tool-call", id: "call_look", name: "look", input: '{"x":1}', kind: "function" }],
      },
      {
        role: "tool",
        content: [{ type: "tool-result", toolCallId: "call_look", content: [{ type: "text", text: "a cat" }] }],
      },
    ]);
    expect(decode(body({ function_call: "none" })).toolChoice).toEqual({ type: "none" });
  });

  test("tool choices in every value", () => {
    const choice = (value: Json): unknown => decode(body({ tool_choice: value })).toolChoice;
    expect(["none", "auto", "required", "any"].map(choice)).toEqual([
      { type: "none" },
      { type: "auto" },
      { type: "required" },
      { type: "required" },
    ]);
    expect(choice({ type: "function", function: { name: "f" } })).toEqual({
      type: "tool",
      name: "f",
      kind: "function",
    });
    expect(choice({ type: "custom", custom: { name: "c" } })).toEqual({ type: "tool", name: "c", kind: "custom" });
    const allowed = (...tools: JsonObject[]): unknown =>
      choice({ type: "allowed_tools", allowed_tools: { mode: "required", tools } });
    const f = { type: "function", function: { name: "f" } };
    expect(allowed(f)).toEqual({ type: "allowed", mode: "required", names: ["f"] });
    expect(allowed(f, { type: "mcp", server_label: "s" })).toMatchObject({ type: "native" });
    expect(choice({ type: "surprise" })).toMatchObject({ type: "native" });
  });

  test("reasoning in every vendor's words", () => {
    const reasoning = (fields: JsonObject): unknown => decode(body(fields)).reasoning;
    expect(reasoning({ reasoning_effort: "minimal" })).toEqual({ effort: "minimal" });
    expect(reasoning({ thinking: { type: "enabled", budget_tokens: 2000 } })).toEqual({
      mode: "enabled",
      budgetTokens: 2000,
    });
    expect(reasoning({ reasoning: { max_tokens: 3000, exclude: true } })).toEqual({
      budgetTokens: 3000,
      display: "omitted",
    });
    expect(decode(body({ reasoning_effort: "default" }))).toMatchObject({
      rest: { protocol: "openai-chat", fields: { reasoning_effort: "default" } },
    });
  });

  test("seals of reasoning, gathered whole or in pieces, and as plain text", () => {
    const reasoning = (fields: JsonObject): unknown =>
      decode(body({ messages: [HI, { role: "assistant", content: "ok", ...fields }, HI] })).messages[1]?.content;
    const sealed = { type: "reasoning", text: "Hm.", signature: "s", sealedBy: "anthropic-messages" };
    const ok = { type: "text", text: "ok" };
    expect(reasoning({ reasoning_details: [{ type: "reasoning.text", text: "Hm.", signature: "s" }] })).toEqual([
      sealed,
      ok,
    ]);
    const pieces = [
      { type: "reasoning.text", text: "H", index: 0 },
      { type: "reasoning.text", text: "m.", index: 0 },
      { type: "reasoning.text", signature: "s", index: 0 },
      { type: "reasoning.text", text: "Next.", index: 1 },
    ];
    expect(reasoning({ reasoning_content: "Hm.Next.", reasoning_details: pieces })).toEqual([
      sealed,
      { type: "reasoning", text: "Next." },
      ok,
    ]);
    const sameIndex = [
      { type: "reasoning.text", text: "A", signature: "s1", index: 0 },
      { type: "reasoning.text", text: "B", signature: "s2", index: 0 },
      { type: "reasoning.encrypted", data: "r", index: 0 },
    ];
    expect(reasoning({ reasoning_details: sameIndex })).toEqual([
      { type: "reasoning", text: "A", signature: "s1", sealedBy: "anthropic-messages" },
      { type: "reasoning", text: "B", signature: "s2", sealedBy: "anthropic-messages" },
      { type: "reasoning", text: "", redacted: "r", sealedBy: "anthropic-messages" },
      ok,
    ]);
    expect(reasoning({ reasoning: "plain" })).toEqual([{ type: "reasoning", text: "plain" }, ok]);
    const openai = { type: "reasoning.encrypted", data: "x", id: "rs_1", format: "openai-responses-v1", index: 0 };
    expect(reasoning({ reasoning_details: [openai] })).toEqual([
      {
        type: "reasoning",
        text: "",
        redacted: "x",
        sealedBy: "openai-responses",
        rest: { protocol: "openai-chat", fields: { id: "rs_1" } },
      },
      ok,
    ]);
  });

  test("unknown fields ride along at every level, and a part of unknown type whole", () => {
    const wire: JsonObject = {
      model: "m",
      new_thing: { a: 1 },
      messages: [
        {
          role: "user",
          odd: true,
          content: [
            { type: "text", text: "x", prompt_cache_breakpoint: { mode: "explicit" } },
            { type: "image_url", image_url: { url: "https://example.com/", min_pixels: 4 } },
            { type: "hologram", hologram: { id: 1 } },
          ],
        },
        {
          role: "assistant",
          content: null,
          audio: { id: "audio_1" },
          tool_calls: [
            {
              id: "a",
              type: "function",
              function: { name: "f", arguments: "{}" },
              extra_content: { google: { thought_signature: "t" } },
            },
          ],
        },
        { role: "tool", tool_call_id: "a", content: "x" },
      ],
      tools: [{ type: "function", function: { name: "f", parameters: {}, annotations: 1 }, defer_loading: true }],
    };
    const { value, losses } = encode(decode(wire), { model: "m", dialect: {} });
    expect(value).toEqual(wire);
    expect(losses).toEqual([]);
  });

  test("a field named __proto__ harms nobody", () => {
    const wire = JSON.parse(
      '{"model":"m","messages":[{"role":"user","content":"x"}],"__proto__":{"evil":1},"a":1}',
    ) as JsonObject;
    const request = decode(wire);
    expect(request.rest?.fields).toEqual({ a: 1 });
    expect(request.rest?.fields.evil).toBeUndefined();
  });
});

describe("writing a request in a dialect", () => {
  test("the name of the output limit", () => {
    expect(write({ maxOutputTokens: 5 }).wire).toMatchObject({ max_completion_tokens: 5 });
    expect(write({ maxOutputTokens: 5 }, { maxTokensField: "max_tokens" }).wire).toMatchObject({ max_tokens: 5 });
  });

  test("usage is asked for in every stream where it can be", () => {
    expect(write({ stream: true }).wire).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(write({ stream: true }, { streamUsage: false }).wire).not.toHaveProperty("stream_options");
    expect(write({}).wire).not.toHaveProperty("stream");
  });

  test("developer becomes system where the word is unknown", () => {
    const messages = [said("developer", "x"), said("user", "y")];
    expect(write({ messages }, { developerRole: false }).wire.messages).toMatchObject([
      { role: "system" },
      { role: "user" },
    ]);
    expect(write({ messages }).wire.messages).toMatchObject([{ role: "developer" }, { role: "user" }]);
  });

  const schema = { type: "json-schema", schema: { type: "object" } } as const;
  const cases: readonly (readonly [name: string, Partial<ChatRequest>, Dialect, wire: JsonObject, lost: string[]])[] = [
    ["top_k unknown", { topK: 5 }, {}, {}, ["dropped top_k"]],
    ["top_k known", { topK: 5 }, { topK: true }, { top_k: 5 }, []],
    ["five stop words", { stop: ["a", "b", "c", "d", "e"] }, {}, { stop: ["a", "b", "c", "d"] }, ["approximated stop"]],
    [
      "no schemas",
      { responseFormat: schema },
      { jsonSchema: false },
      { response_format: { type: "json_object" } },
      ["approximated response_format"],
    ],
    [
      "a schema without a name",
      { responseFormat: schema },
      {},
      { response_format: { type: "json_schema", json_schema: { name: "response", schema: { type: "object" } } } },
      [],
    ],
    [
      "a budget as an effort",
      { reasoning: { mode: "enabled", budgetTokens: 10_000 } },
      {},
      { reasoning_effort: "medium" },
      ["approximated reasoning.budget_tokens"],
    ],
    [
      "a budget for OpenRouter",
      { reasoning: { mode: "enabled", budgetTokens: 10_000 } },
      { reasoningRequest: "openrouter" },
      { reasoning: { enabled: true, max_tokens: 10_000 } },
      [],
    ],
    ["effort", { reasoning: { effort: "xhigh" } }, {}, { reasoning_effort: "xhigh" }, []],
    ["adaptive with effort", { reasoning: { mode: "adaptive", effort: "low" } }, {}, { reasoning_effort: "low" }, []],
    ["thinking off", { reasoning: { mode: "disabled" } }, {}, {}, ["approximated reasoning.mode"]],
    [
      "thinking off, DeepSeek",
      { reasoning: { mode: "disabled" } },
      { reasoningRequest: "thinking" },
      { thinking: { type: "disabled" } },
      [],
    ],
    [
      "effort, DeepSeek",
      { reasoning: { effort: "high" } },
      { reasoningRequest: "thinking" },
      { thinking: { type: "enabled" }, reasoning_effort: "high" },
      [],
    ],
    ["no reasoning", { reasoning: { effort: "high" } }, { reasoningRequest: "none" }, {}, ["dropped reasoning"]],
    [
      "a choice of a tool whose kind the list tells",
      { tools: [{ type: "custom", name: "run" }], toolChoice: { type: "tool", name: "run" } },
      {},
      {
        tools: [{ type: "custom", custom: { name: "run" } }],
        tool_choice: { type: "custom", custom: { name: "run" } },
      },
      [],
    ],
    ["Anthropic's tier", { serviceTier: "standard_only" }, {}, { service_tier: "default" }, []],
    ["a choice without tools", { toolChoice: { type: "auto" }, parallelToolCalls: false }, {}, {}, []],
    [
      "another vendor's tool",
      { tools: [{ type: "native", protocol: "anthropic-messages", name: "bash", value: { type: "bash_20250124" } }] },
      {},
      {},
      ["dropped tools[0]"],
    ],
    [
      "a prefill",
      { messages: [said("user", "hi"), said("assistant", "Well,")] },
      {},
      {
        messages: [
          { role: "user", content: "hi" },
          { role: "assistant", content: "Well," },
        ],
      },
      ["approximated messages[1]"],
    ],
  ];
  for (const [name, request, dialect, wire, lost] of cases) {
    test(name, () => {
      const written = write(request, dialect);
      expect(written.lost).toEqual(lost);
      expect(written.wire).toEqual({ model: "m", messages: [{ role: "user", content: "hi" }], ...wire });
    });
  }

  test.each([
    ["xhigh", ["low", "medium", "high"], "high", ["approximated reasoning.effort"]],
    ["medium", ["none", "high"], "high", ["approximated reasoning.effort"]],
    ["medium", ["low", "high", "max"], "low", ["approximated reasoning.effort"]],
    ["minimal", ["none", "low"], "low", ["approximated reasoning.effort"]],
    ["none", ["low", "high"], undefined, ["approximated reasoning.effort"]],
    ["high", ["none"], undefined, ["approximated reasoning.effort"]],
    ["high", [], undefined, ["approximated reasoning.effort"]],
    ["none", ["none", "high"], "none", []],
    ["high", ["high", "low"], "high", []],
  ] as const)("effort %p where %j are known is %p", (effort, efforts, told, lost) => {
    const written = write({ reasoning: { effort } }, { efforts });
    expect([written.wire["reasoning_effort"], written.lost]).toEqual([told as "high", [...lost]]);
  });

  test("a provider that knows `none` is told so of thinking that is off, and others of the effort beside it", () => {
    const off = { reasoning: { mode: "disabled" } } as const;
    expect(write(off, { efforts: ["none", "high"] })).toMatchObject({ wire: { reasoning_effort: "none" }, lost: [] });
    expect(write(off, { efforts: ["high"] }).wire).not.toHaveProperty("reasoning_effort");
    const high = write({ reasoning: { effort: "high" } }, { reasoningRequest: "thinking", efforts: [] });
    expect(high.wire).toMatchObject({ thinking: { type: "enabled" } });
    expect(high.wire).not.toHaveProperty("reasoning_effort");
    expect(high.lost).toEqual(["approximated reasoning.effort"]);
  });

  test("reasoning goes back in the dialect's field, with its seals only where they are understood", () => {
    const content: ContentPart[] = [
      { type: "reasoning", text: "Hm.", signature: "s", sealedBy: "anthropic-messages" },
      { type: "text", text: "ok" },
    ];
    expect(messagesOf(content, "assistant")).toMatchObject({ lost: ["dropped messages[0].content.reasoning"] });
    expect(messagesOf(content, "assistant", { reasoningField: "reasoning_content" })).toMatchObject({
      wire: { messages: [{ role: "assistant", content: "ok", reasoning_content: "Hm." }, {}] },
      lost: [],
    });
    expect(messagesOf(content, "assistant", { reasoningDetails: true })).toMatchObject({
      wire: {
        messages: [
          {
            reasoning_details: [
              { type: "reasoning.text", text: "Hm.", signature: "s", format: "anthropic-claude-v1", index: 0 },
            ],
          },
          {},
        ],
      },
      lost: [],
    });
  });

  test("a cache mark is written only where it is understood", () => {
    const content: ContentPart[] = [{ type: "text", text: "x", cacheControl: { type: "ephemeral" } }];
    expect(messagesOf(content, "user")).toMatchObject({
      wire: { messages: [{ content: "x" }, {}] },
      lost: ["dropped messages[0].content[0].cache_control"],
    });
    expect(messagesOf(content, "user", { cacheControl: true })).toMatchObject({
      wire: { messages: [{ content: [{ type: "text", text: "x", cache_control: { type: "ephemeral" } }] }, {}] },
      lost: [],
    });
  });

  test("a call without input is written as an empty object, a server's own call is a loss", () => {
    const call = { type: "tool-call", id: "a", name: "f", input: "" } as const;
    expect(
      messagesOf(
        [
          { ...call, kind: "function" },
          { ...call, kind: "server" },
        ],
        "assistant",
      ),
    ).toMatchObject({
      wire: { messages: [{ content: null, tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }] }, {}] },
      lost: ["dropped messages[0].content[1]"],
    });
  });

  test("parts out of the wire's order are told of", () => {
    const content: ContentPart[] = [
      { type: "tool-call", id: "a", name: "f", input: "{}", kind: "function" },
      { type: "text", text: "after" },
    ];
    expect(messagesOf(content, "assistant")).toMatchObject({ lost: ["approximated messages[0].content"] });
  });
});

describe("writing tool results", () => {
  const image: ContentPart = {
    type: "media",
    kind: "image",
    source: { type: "base64", mediaType: "image/png", data: "aGk=" },
  };
  const result = (id: string, content: readonly ContentPart[], isError?: boolean): ContentPart => ({
    type: "tool-result",
    toolCallId: id,
    content,
    ...(isError === undefined ? {} : { isError }),
  });

  test("pictures follow in a user message, after the answers to all parallel calls", () => {
    const { wire, lost } = write({
      messages: [
        { role: "tool", content: [result("a", [{ type: "text", text: "seen" }, image]), result("b", [image])] },
        { role: "tool", content: [result("c", [{ type: "text", text: "plain" }])] },
        said("user", "go on"),
      ],
    });
    const url = { type: "image_url", image_url: { url: "data:image/png;base64,aGk=" } };
    expect(wire.messages).toEqual([
      { role: "tool", tool_call_id: "a", content: "seen" },
      { role: "tool", tool_call_id: "b", content: "See the next user message." },
      { role: "tool", tool_call_id: "c", content: "plain" },
      {
        role: "user",
        content: [
          { type: "text", text: "Result of tool call a:" },
          url,
          { type: "text", text: "Result of tool call b:" },
          url,
        ],
      },
      { role: "user", content: "go on" },
    ]);
    expect(lost).toEqual([
      "approximated messages[0].content[0].content[1]",
      "approximated messages[0].content[1].content[0]",
    ]);
  });

  test("a failure is told in the text", () => {
    const text = (value: string): ContentPart[] => [{ type: "text", text: value }];
    const { wire, lost } = write({
      messages: [
        { role: "tool", content: [result("a", text("no disk"), true)] },
        { role: "tool", content: [result("b", text("error: no disk"), true)] },
        { role: "tool", content: [result("c", [], true)] },
      ],
    });
    expect(wire.messages).toMatchObject([
      { content: "Error: no disk" },
      { content: "error: no disk" },
      { content: "Error" },
    ]);
    expect(lost).toHaveLength(3);
  });
});

describe("writing documents", () => {
  const document = { type: "media", kind: "document" } as const;

  test("text goes as text, with its title and context", () => {
    const part: ContentPart = {
      ...document,
      source: { type: "text", text: "Body" },
      title: "Title",
      context: "From 1999",
    };
    expect(messagesOf([part], "user")).toMatchObject({
      wire: { messages: [{ content: "Title\n\nFrom 1999\n\nBody" }, {}] },
      lost: ["approximated messages[0].content[0].source"],
    });
  });

  test("data needs a name, which is made of its type or title", () => {
    const source = { type: "base64", mediaType: "application/pdf", data: "eA==" } as const;
    const file = (part: ContentPart): unknown => messagesOf([part], "user");
    expect(file({ ...document, source })).toMatchObject({
      wire: { messages: [{ content: [{ type: "file", file: { filename: "document.pdf" } }] }, {}] },
      lost: [],
    });
    expect(file({ ...document, source, title: "Report" })).toMatchObject({
      wire: { messages: [{ content: [{ file: { filename: "Report" } }] }, {}] },
      lost: ["approximated messages[0].content[0].title"],
    });
  });

  test("a URL is sent as OpenRouter takes it, and told of", () => {
    const part: ContentPart = { ...document, source: { type: "url", url: "https://example.com/a.pdf" } };
    expect(messagesOf([part], "user")).toMatchObject({
      wire: { messages: [{ content: [{ type: "file", file: { file_data: "https://example.com/a.pdf" } }] }, {}] },
      lost: ["approximated messages[0].content[0].source"],
    });
  });
});
