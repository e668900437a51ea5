import { describe, expect, test } from "bun:test";
import type { ChatMessage, ChatRequest, ContentPart } from "#src/core/chat.ts";
import { Fault } from "#src/core/fault.ts";
import type { JsonObject } from "#src/core/json.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { readJson, requestTarget } from "./fixtures.ts";

const codec = anthropicMessages.request;

const minimal: JsonObject = { model: "m", max_tokens: 10, messages: [{ role: "user", content: "Hi" }] };

function text(value: string): ContentPart {
  return { type: "text", text: value };
}

function asking(fields: Partial<ChatRequest>): ChatRequest {
  return { model: "m", stream: false, messages: [{ role: "user", content: [text("Hi")] }], ...fields };
}

function sent(fields: Partial<ChatRequest>, model = "claude-opus-4-1", limit?: number): JsonObject {
  return codec.encode(asking(fields), requestTarget(model, limit)).value;
}

function lost(fields: Partial<ChatRequest>, model = "claude-opus-4-1", limit?: number): string[] {
  return codec.encode(asking(fields), requestTarget(model, limit)).losses.map(({ kind, field }) => `${kind} ${field}`);
}

describe("decode and encode", () => {
  test("a request with everything in it comes back as it was, but for short forms", async () => {
    const wire = await readJson("request.json");
    const { value, losses } = codec.encode(codec.decode(structuredClone(wire)), requestTarget("claude-opus-5"));
    expect(value).toEqual(wire);
    expect(losses).toEqual([]);
  });

  test("what other protocols know is in the canonical form", async () => {
    const request = codec.decode(await readJson("request.json"));
    expect(request.messages.map((message) => message.role)).toEqual([
      "system",
      "user",
      "assistant",
      "user",
      "assistant",
      "tool",
      "user",
      "system",
      "assistant",
    ]);
    expect(request).toMatchObject({
      maxOutputTokens: 2048,
      stream: true,
      parallelToolCalls: false,
      stop: ["END"],
      user: "u-1",
      serviceTier: "default",
      reasoning: { mode: "adaptive", display: "summarized", effort: "xhigh" },
      responseFormat: { type: "json-schema", strict: true },
    });
    expect(Object.keys(request.rest?.fields ?? {}).sort()).toEqual([
      "a_field_of_tomorrow",
      "betas",
      "cache_control",
      "container",
      "context_management",
      "mcp_servers",
      "output_config",
    ]);
    expect(request.messages[3]?.content.map((part) => part.type)).toEqual([
      "text",
      "media",
      "media",
      "media",
      "media",
      "media",
      "media",
      "media",
      "native",
      "native",
      "native",
    ]);
  });

  test("nulls in optional fields count as absent", () => {
    const wire = {
      ...minimal,
      system: null,
      tools: null,
      tool_choice: null,
      thinking: null,
      output_config: null,
      metadata: null,
      stop_sequences: null,
      temperature: null,
      service_tier: null,
      stream: null,
    };
    expect(codec.decode(wire)).toEqual({ ...asking({}), maxOutputTokens: 10 });
  });

  test("unsigned thinking given to a client comes back unsigned", () => {
    const messages = [{ role: "assistant", content: [{ type: "thinking", thinking: "Hm", signature: "" }] }];
    const request = codec.decode({ ...minimal, messages });
    expect(request.messages[0]?.content).toEqual([{ type: "reasoning", text: "Hm" }]);
    expect(codec.encode(request, requestTarget("claude-opus-5")).losses).toEqual([
      {
        field: "messages[0].content[0].reasoning",
        kind: "dropped",
        detail: "reasoning without a signature is refused",
      },
    ]);
    expect(codec.encode(request, requestTarget("deepseek-chat")).value.messages).toEqual(messages);
  });

  test("the direct caller is no news, another one is", () => {
    const call = (caller: JsonObject): JsonObject => ({ type: "tool_use", id: "t", name: "f", input: {}, caller });
    const content = [call({ type: "direct" }), call({ type: "code_execution_20260120", tool_id: "s" })];
    const [message] = codec.decode({ ...minimal, messages: [{ role: "assistant", content }] }).messages;
    expect(message?.content.map((part) => part.rest?.fields)).toEqual([
      undefined,
      { caller: content[1]?.caller as JsonObject },
    ]);
  });
});

describe("faults name the field", () => {
  const cases: [string, JsonObject, string][] = [
    ["no model", { ...minimal, model: null }, "model"],
    ["an empty model", { ...minimal, model: "" }, "model"],
    ["no max_tokens", { model: "m", messages: [] }, "max_tokens"],
    ["max_tokens as text", { ...minimal, max_tokens: "10" }, "max_tokens"],
    ["a negative max_tokens", { ...minimal, max_tokens: -1 }, "max_tokens"],
    ["no messages", { model: "m", max_tokens: 1 }, "messages"],
    ["messages that are no list", { ...minimal, messages: {} }, "messages"],
    ["a message that is no object", { ...minimal, messages: ["x"] }, "messages.0"],
    ["an unknown role", { ...minimal, messages: [{ role: "tool", content: "" }] }, "messages.0.role"],
    ["no content", { ...minimal, messages: [{ role: "user" }] }, "messages.0.content"],
    ["a block without type", { ...minimal, messages: [{ role: "user", content: [{}] }] }, "messages.0.content.0.type"],
    [
      "a text block without text",
      { ...minimal, messages: [{ role: "user", content: [{ type: "text" }] }] },
      "messages.0.content.0.text",
    ],
    [
      "an image without source",
      { ...minimal, messages: [{ role: "user", content: [{ type: "image" }] }] },
      "messages.0.content.0.source",
    ],
    [
      "a result without id",
      { ...minimal, messages: [{ role: "user", content: [{ type: "tool_result" }] }] },
      "messages.0.content.0.tool_use_id",
    ],
    ["system as a number", { ...minimal, system: 1 }, "system"],
    ["a tool without schema", { ...minimal, tools: [{ name: "f" }] }, "tools.0.input_schema"],
    ["a tool without name", { ...minimal, tools: [{ input_schema: {} }] }, "tools.0.name"],
    ["a choice without name", { ...minimal, tool_choice: { type: "tool" } }, "tool_choice.name"],
    ["stop as text", { ...minimal, stop_sequences: "x" }, "stop_sequences"],
    ["a stop that is no text", { ...minimal, stop_sequences: ["a", 1] }, "stop_sequences.1"],
    ["temperature as text", { ...minimal, temperature: "1" }, "temperature"],
    ["thinking without type", { ...minimal, thinking: {} }, "thinking.type"],
    ["stream as text", { ...minimal, stream: "yes" }, "stream"],
  ];
  test.each(cases)("%s", (_name, body, param) => {
    let fault: unknown;
    try {
      codec.decode(body);
    } catch (thrown) {
      fault = thrown;
    }
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ code: "invalid_request", status: 400, param });
    expect((fault as Fault).message).toStartWith(`${param} `);
  });
});

describe("messages", () => {
  const messages = (...list: [ChatMessage["role"], ...ContentPart[]][]): ChatMessage[] =>
    list.map(([role, ...content]) => ({ role, content }));

  test("leading system and developer messages become the system prompt", () => {
    const list = messages(["system", text("A")], ["developer", text("B")], ["user", text("Hi")]);
    expect(sent({ messages: list })).toMatchObject({
      system: [
        { type: "text", text: "A" },
        { type: "text", text: "B" },
      ],
      messages: [{ role: "user", content: "Hi" }],
    });
    expect(lost({ messages: list })).toEqual([]);
  });

  test("a later one stays where the model takes it, and is moved up where not", () => {
    const list = messages(["user", text("Hi")], ["system", text("B")], ["assistant", text("Yes")], ["user", text("?")]);
    expect(sent({ messages: list }, "claude-opus-5").messages).toMatchObject([
      {},
      { role: "system", content: "B" },
      {},
      {},
    ]);
    expect(lost({ messages: list }, "claude-opus-5")).toEqual([]);
    expect(sent({ messages: list }, "claude-sonnet-4-5")).toMatchObject({ system: "B" });
    expect(lost({ messages: list }, "claude-sonnet-4-5")).toEqual(["approximated messages[1].role"]);
    const misplaced = messages(
      ["user", text("Hi")],
      ["assistant", text("Yes")],
      ["system", text("B")],
      ["user", text("?")],
    );
    expect(sent({ messages: misplaced }, "claude-opus-5")).toMatchObject({ system: "B" });
  });

  test("an instruction's settings and media are lost where they have no place", () => {
    const rest = { protocol: "anthropic-messages", fields: { clear_at: "never" } } as const;
    const image: ContentPart = { type: "media", kind: "image", source: { type: "url", url: "https://a" } };
    const list: ChatMessage[] = [
      { role: "system", content: [text("A"), image], rest },
      { role: "user", content: [text("Hi")] },
      { role: "system", content: [text("B")], rest },
    ];
    expect(sent({ messages: list }, "claude-opus-5")).toMatchObject({
      system: "A",
      messages: [{}, { role: "system", content: "B", clear_at: "never" }],
    });
    expect(lost({ messages: list }, "claude-opus-5")).toEqual([
      "dropped messages[0].content[1].image",
      "dropped messages[0].clear_at",
    ]);
  });

  test("a conversation of system messages alone is asked by a user", () => {
    const list = messages(["system", text("A")], ["system", text("B")]);
    expect(sent({ messages: list })).toMatchObject({ system: "A", messages: [{ role: "user", content: "B" }] });
    expect(lost({ messages: list })).toEqual(["approximated messages"]);
  });

  test("several results and what the user adds are one turn, results first", () => {
    const result = (id: string): ContentPart => ({ type: "tool-result", toolCallId: id, content: [text(id)] });
    const list = messages(["user", text("go")], ["user", text("on")], ["tool", result("a")], ["tool", result("b")]);
    expect(sent({ messages: list }).messages).toEqual([
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a", content: "a" },
          { type: "tool_result", tool_use_id: "b", content: "b" },
          { type: "text", text: "go" },
          { type: "text", text: "on" },
        ],
      },
    ]);
  });

  test("a result of nothing, of an image alone, of empty text", () => {
    const image: ContentPart = { type: "media", kind: "image", source: { type: "url", url: "https://a" } };
    const result = (...content: ContentPart[]): ContentPart => ({ type: "tool-result", toolCallId: "a", content });
    const list = messages(["tool", result(), result(image), result(text(""))]);
    expect(sent({ messages: list }).messages).toEqual([
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a" },
          {
            type: "tool_result",
            tool_use_id: "a",
            content: [{ type: "image", source: { type: "url", url: "https://a" } }],
          },
          { type: "tool_result", tool_use_id: "a", content: "" },
        ],
      },
    ]);
  });

  test("empty text is left out, and with it a message of nothing else", () => {
    const list = messages(["user", text("Hi")], ["assistant", text("")], ["user", text("?"), text("")]);
    expect(sent({ messages: list }).messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Hi" },
          { type: "text", text: "?" },
        ],
      },
    ]);
  });

  test("white space at the end of a prefill is removed", () => {
    const list = messages(["user", text("Hi")], ["assistant", text("It is \n")]);
    expect(sent({ messages: list }).messages).toMatchObject([{}, { role: "assistant", content: "It is" }]);
    expect(lost({ messages: list })).toEqual(["approximated messages[1].content"]);
    const blank = messages(["user", text("Hi")], ["assistant", text("  ")]);
    expect(sent({ messages: blank }).messages).toEqual([{ role: "user", content: "Hi" }]);
  });

  test("what Claude cannot hear, cite or read is a loss with its path", () => {
    const list = messages([
      "user",
      { type: "media", kind: "audio", source: { type: "base64", mediaType: "audio/wav", data: "AA==" } },
      { type: "native", protocol: "gemini", value: {} },
      { type: "text", text: "x", citations: [{ protocol: "openai-chat", value: {} }] },
      { type: "media", kind: "image", source: { type: "url", url: "https://a" }, detail: "high" },
      { type: "refusal", text: "No." },
      { type: "text", text: "y", rest: { protocol: "openai-chat", fields: { odd: 1 } } },
    ]);
    expect(lost({ messages: list })).toEqual([
      "dropped messages[0].content[0].audio",
      "dropped messages[0].content[1]",
      "dropped messages[0].content[2].citations",
      "dropped messages[0].content[3].detail",
      "approximated messages[0].content[4].refusal",
      "dropped messages[0].content[5].odd",
    ]);
    expect(lost({ messages: [{ role: "user", name: "bob", content: [text("Hi")] }] })).toEqual([
      "dropped messages[0].name",
    ]);
  });

  test("a text file is unpacked, a PDF and its name are kept", () => {
    const file = (mediaType: string, data: string): ContentPart => ({
      type: "media",
      kind: "document",
      filename: "a",
      source: { type: "base64", mediaType, data },
    });
    const list = messages([
      "user",
      file("text/plain", btoa("Hi")),
      file("text/csv", btoa("a,b")),
      file("application/pdf", "AA=="),
    ]);
    expect(sent({ messages: list }).messages).toMatchObject([
      {
        content: [
          { type: "document", title: "a", source: { type: "text", media_type: "text/plain", data: "Hi" } },
          { source: { type: "text", media_type: "text/plain", data: "a,b" } },
          { source: { type: "base64", media_type: "application/pdf", data: "AA==" } },
        ],
      },
    ]);
    expect(lost({ messages: list })).toEqual(["approximated messages[0].content[1].file"]);
  });

  test("a call's input is an object, whatever the model wrote", () => {
    const call = (input: string, kind: "function" | "custom" = "function"): ContentPart => ({
      type: "tool-call",
      id: "t",
      name: "f",
      input,
      kind,
    });
    const list = messages(
      ["user", text("Hi")],
      ["assistant", call(""), call(`{"a":1}`), call("[1]"), call(`{"a":`), call("free", "custom")],
    );
    const wire = sent({ messages: list }).messages as { content: { input: unknown }[] }[];
    expect(wire[1]?.content.map((block) => block.input)).toEqual([
      {},
      { a: 1 },
      { input: [1] },
      { input: `{"a":` },
      { input: "free" },
    ]);
    expect(lost({ messages: list })).toEqual([
      "approximated messages[1].content[2].input",
      "approximated messages[1].content[3].input",
      "approximated messages[1].content[4].tool_call",
    ]);
  });

  test("ids that Claude refuses are changed and found again", () => {
    const list = messages(
      ["user", text("Hi")],
      ["assistant", { type: "tool-call", id: "call:1/é", name: "f", input: "{}", kind: "function" }],
      ["tool", { type: "tool-result", toolCallId: "call:1/é", content: [] }],
    );
    const wire = sent({ messages: list });
    const [, call, result] = wire.messages as { content: JsonObject[] }[];
    const id = call?.content[0]?.id as string;
    expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(result?.content[0]?.tool_use_id).toBe(id);
    const back = codec.decode(wire);
    expect(back.messages[1]?.content[0]).toMatchObject({ id: "call:1/é" });
    expect(back.messages[2]?.content[0]).toMatchObject({ toolCallId: "call:1/é" });
  });
});

describe("tools", () => {
  const f = { type: "function", name: "f", inputSchema: {} } as const;

  test("a tool without a schema takes an object", () => {
    expect(sent({ tools: [f] }).tools).toEqual([{ name: "f", input_schema: { type: "object" } }]);
  });

  test("a custom tool becomes a function with one text, a foreign native one is lost", () => {
    const tools: ChatRequest["tools"] = [
      { type: "custom", name: "sh", format: { type: "grammar" } },
      { type: "native", protocol: "openai-chat", name: "x", value: {} },
    ];
    expect(sent({ tools }).tools).toEqual([
      { name: "sh", input_schema: { type: "object", properties: { input: { type: "string" } }, required: ["input"] } },
    ]);
    expect(lost({ tools })).toEqual(["approximated tools[0]", "dropped tools[0].format", "dropped tools[1]"]);
  });

  const choices: [Partial<ChatRequest>, unknown][] = [
    [{ toolChoice: { type: "auto" } }, { type: "auto" }],
    [{ toolChoice: { type: "none" }, parallelToolCalls: false }, { type: "none" }],
    [
      { toolChoice: { type: "required" }, parallelToolCalls: false },
      { type: "any", disable_parallel_tool_use: true },
    ],
    [{ toolChoice: { type: "tool", name: "f" } }, { type: "tool", name: "f" }],
    [{ parallelToolCalls: false }, { type: "auto", disable_parallel_tool_use: true }],
    [{ parallelToolCalls: true }, undefined],
    [{ toolChoice: { type: "native", protocol: "openai-chat", value: {} } }, undefined],
  ];
  test.each(choices)("choice %j", (fields, wire) => {
    expect(sent({ tools: [f], ...fields }).tool_choice).toEqual(wire as JsonObject);
  });

  test("a choice without tools is left out", () => {
    expect(sent({ toolChoice: { type: "auto" } }).tool_choice).toBeUndefined();
    expect(lost({ toolChoice: { type: "required" } })).toEqual(["dropped tool_choice"]);
  });
});

describe("options", () => {
  test("max_tokens: the request's, else the model's limit, else the default; never above the limit", () => {
    expect(sent({}).max_tokens).toBe(8192);
    expect(sent({}, "m", 64_000).max_tokens).toBe(64_000);
    expect(sent({ maxOutputTokens: 5 }, "m", 64_000).max_tokens).toBe(5);
    expect(sent({ maxOutputTokens: 100_000 }, "m", 64_000).max_tokens).toBe(64_000);
    expect(lost({ maxOutputTokens: 100_000 }, "m", 64_000)).toEqual(["approximated max_tokens"]);
  });

  test("sampling fits the model", () => {
    const fields = { temperature: 1.5, topP: 0.5, topK: 4 };
    expect(sent(fields)).toMatchObject({ temperature: 1, top_k: 4 });
    expect(lost(fields)).toEqual(["approximated temperature", "dropped top_p"]);
    expect(lost(fields, "claude-opus-4-7")).toEqual(["dropped temperature", "dropped top_p", "dropped top_k"]);
    expect(sent({ temperature: 1, topP: 1 }, "claude-opus-5")).toMatchObject({ top_p: 1 });
    expect(lost({ temperature: 1, topP: 1 }, "claude-opus-5")).toEqual([]);
  });

  test("from 4.1 on, a model takes temperature or top_p", () => {
    const both = { temperature: 0.5, topP: 0.9 };
    expect(sent(both, "claude-opus-4")).toMatchObject({ temperature: 0.5, top_p: 0.9 });
    const fitted = sent(both, "claude-sonnet-4-5");
    expect([fitted.temperature, fitted.top_p]).toEqual([0.5, undefined]);
    expect(lost(both, "claude-sonnet-4-5")).toEqual(["dropped top_p"]);
    const byDefault = { temperature: 1, topP: 0.9 };
    expect(sent(byDefault, "claude-opus-4-1").temperature).toBeUndefined();
    expect(sent(byDefault, "claude-opus-4-1").top_p).toBe(0.9);
    expect(lost(byDefault, "claude-opus-4-1")).toEqual([]);
  });

  test("white space alone is no stop sequence", () => {
    expect(sent({ stop: ["\n", "END", ""] }).stop_sequences).toEqual(["END"]);
    expect(lost({ stop: ["\n"] })).toEqual(["dropped stop"]);
  });

  test("what Claude has no word for is named", () => {
    const fields: Partial<ChatRequest> = {
      seed: 1,
      presencePenalty: 0.5,
      frequencyPenalty: 0.5,
      logitBias: { "1": 2 },
      logprobs: true,
      topLogprobs: 2,
      candidates: 2,
      verbosity: "low",
      metadata: { team: "a" },
      serviceTier: "flex",
      rest: { protocol: "openai-chat", fields: { store: true } },
    };
    expect(lost(fields).sort()).toEqual(
      [
        "dropped frequency_penalty",
        "dropped logit_bias",
        "dropped logprobs",
        "dropped metadata.team",
        "dropped n",
        "dropped presence_penalty",
        "dropped seed",
        "dropped service_tier",
        "dropped store",
        "dropped top_logprobs",
        "dropped verbosity",
      ].sort(),
    );
    expect(lost({ candidates: 1, logprobs: false, presencePenalty: 0, logitBias: {} })).toEqual([]);
  });

  test("a JSON schema is Claude's format, closed where it must be", () => {
    const schema = { type: "object", properties: { a: { type: "object" }, b: { enum: [{ type: "object" }] } } };
    const closed = {
      type: "object",
      additionalProperties: false,
      properties: { a: { type: "object", additionalProperties: false }, b: { enum: [{ type: "object" }] } },
    };
    const loose: Partial<ChatRequest> = { responseFormat: { type: "json-schema", schema, description: "D" } };
    expect(sent(loose).output_config).toEqual({
      format: { type: "json_schema", schema: { description: "D", ...closed } },
    });
    expect(lost(loose)).toEqual(["approximated response_format.json_schema.strict"]);
    const strict: Partial<ChatRequest> = { responseFormat: { type: "json-schema", schema, strict: true } };
    expect(sent(strict).output_config).toEqual({ format: { type: "json_schema", schema: closed } });
    expect(lost(strict)).toEqual([]);
  });

  test("a strict tool's schema is in Claude's subset, any other's is as it was", () => {
    const inputSchema = { type: "object", properties: { n: { type: "integer", minimum: 1 } } };
    const strict: Partial<ChatRequest> = { tools: [{ type: "function", name: "f", inputSchema, strict: true }] };
    expect(sent(strict).tools).toMatchObject([
      {
        input_schema: {
          properties: { n: { type: "integer", description: "Must hold: minimum 1." } },
          additionalProperties: false,
        },
        strict: true,
      },
    ]);
    expect(lost(strict)).toEqual(["approximated tools[0].parameters"]);
    const loose: Partial<ChatRequest> = { tools: [{ type: "function", name: "f", inputSchema }] };
    expect(sent(loose).tools).toEqual([{ name: "f", input_schema: inputSchema }]);
    expect(lost(loose)).toEqual([]);
  });

  test("any JSON is asked for in words", () => {
    expect(sent({ responseFormat: { type: "json" } }).system).toBeString();
    expect(lost({ responseFormat: { type: "json" } })).toEqual(["approximated response_format"]);
  });

  test("user and tier", () => {
    expect(sent({ user: "u", serviceTier: "default" })).toMatchObject({
      metadata: { user_id: "u" },
      service_tier: "standard_only",
    });
    expect(lost({ serviceTier: "priority" })).toEqual(["approximated service_tier"]);
    expect(sent({ metadata: { user_id: "u" } }).metadata).toEqual({ user_id: "u" });
  });
});

describe("thinking", () => {
  const tools = [{ type: "function", name: "f", inputSchema: {} }] as const;

  test("an effort is adaptive on models that can, a budget on those before", () => {
    const fields = { reasoning: { effort: "high" } } as const;
    expect(sent(fields, "claude-opus-5")).toMatchObject({
      thinking: { type: "adaptive" },
      output_config: { effort: "high" },
    });
    expect(lost(fields, "claude-opus-5")).toEqual([]);
    expect(sent(fields, "claude-haiku-4-5", 64_000)).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 16_384 },
      max_tokens: 64_000,
    });
    expect(lost(fields, "claude-haiku-4-5")).toEqual(["approximated reasoning_effort"]);
  });

  test("efforts the model does not know are the nearest below", () => {
    expect(sent({ reasoning: { effort: "minimal" } }, "claude-opus-5").output_config).toEqual({ effort: "low" });
    expect(sent({ reasoning: { effort: "xhigh" } }, "claude-opus-4-6").output_config).toEqual({ effort: "high" });
    expect(sent({ reasoning: { effort: "xhigh" } }, "claude-opus-4-7").output_config).toEqual({ effort: "xhigh" });
  });

  test("a budget is kept where the model takes it, else it is an effort", () => {
    const fields = { reasoning: { mode: "enabled", budgetTokens: 4000 }, maxOutputTokens: 9000 } as const;
    expect(sent(fields, "claude-opus-4-6").thinking).toEqual({ type: "enabled", budget_tokens: 4000 });
    expect(sent(fields, "claude-opus-4-7")).toMatchObject({
      thinking: { type: "adaptive" },
      output_config: { effort: "low" },
    });
    expect(lost(fields, "claude-opus-4-7")).toEqual(["approximated reasoning.budget_tokens"]);
  });

  test("an effort beside a budget is told where it is known", () => {
    const fields = { reasoning: { mode: "enabled", budgetTokens: 4000, effort: "low" } } as const;
    expect(sent(fields, "claude-opus-4-5")).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 4000 },
      output_config: { effort: "low" },
    });
    expect(lost(fields, "claude-opus-4-5")).toEqual([]);
    expect(lost(fields, "deepseek-chat")).toEqual([]);
    expect(lost(fields, "claude-sonnet-4-5")).toEqual(["dropped reasoning_effort"]);
    expect(lost({ reasoning: { effort: "low" } }, "claude-opus-4-5")).toEqual([]);
  });

  test("max_tokens makes room for a budget, up to the model's limit", () => {
    const fields = { reasoning: { mode: "enabled", budgetTokens: 4000 }, maxOutputTokens: 1000 } as const;
    expect(sent(fields).max_tokens).toBe(5000);
    expect(lost(fields)).toEqual(["approximated max_tokens"]);
    expect(sent(fields, "claude-opus-4-1", 3000)).toMatchObject({
      max_tokens: 3000,
      thinking: { budget_tokens: 2000 },
    });
    const unnamed = { reasoning: { effort: "high" } } as const;
    expect(sent(unnamed, "claude-opus-4-1", 8000)).toMatchObject({
      max_tokens: 8000,
      thinking: { budget_tokens: 4000 },
    });
    expect(sent(unnamed, "claude-opus-4-1")).toMatchObject({ max_tokens: 24_576, thinking: { budget_tokens: 16_384 } });
    expect(sent(fields, "claude-opus-4-1", 1000).thinking).toBeUndefined();
    expect(sent({ reasoning: { mode: "enabled", budgetTokens: 5 } }).thinking).toEqual({
      type: "enabled",
      budget_tokens: 1024,
    });
  });

  test("thinking fixes the sampling", () => {
    const fields = { reasoning: { effort: "low" }, temperature: 0.2, topP: 0.96, topK: 3 } as const;
    const wire = sent(fields);
    expect(wire.temperature).toBeUndefined();
    expect(wire.top_p).toBe(0.96);
    expect(lost(fields)).toEqual(["approximated reasoning_effort", "dropped temperature", "dropped top_k"]);
    expect(sent({ ...fields, topP: 0.5 }).top_p).toBeUndefined();
  });

  test("a forced tool call wins over thinking", () => {
    const fields = { tools, toolChoice: { type: "required" }, reasoning: { effort: "low" } } as const;
    expect(sent(fields).thinking).toBeUndefined();
    expect(lost(fields)).toEqual(["dropped reasoning"]);
    expect(sent(fields, "claude-opus-5").output_config).toEqual({ effort: "low" });
  });

  test("tool calls that came without their thinking end it", () => {
    const call: ContentPart = { type: "tool-call", id: "t", name: "f", input: "{}", kind: "function" };
    const result: ContentPart = { type: "tool-result", toolCallId: "t", content: [] };
    const bare: ChatMessage[] = [
      { role: "user", content: [text("Hi")] },
      { role: "assistant", content: [call] },
      { role: "tool", content: [result] },
    ];
    expect(sent({ messages: bare, reasoning: { effort: "low" } }).thinking).toBeUndefined();
    expect(sent({ messages: bare, reasoning: { effort: "low" } }, "claude-opus-5").thinking).toEqual({
      type: "adaptive",
    });
    expect(sent({ messages: bare, reasoning: { effort: "low" } }, "deepseek-chat").thinking).toMatchObject({
      type: "enabled",
    });
    const over = [...bare, { role: "user", content: [text("Again")] } as const];
    expect(sent({ messages: over, reasoning: { effort: "low" } }).thinking).toMatchObject({ type: "enabled" });
    const signed: ContentPart = { type: "reasoning", text: "", signature: "s" };
    const sealed: ChatMessage[] = [
      { role: "user", content: [text("Hi")] },
      { role: "assistant", content: [signed, call] },
      { role: "tool", content: [result] },
    ];
    expect(sent({ messages: sealed, reasoning: { effort: "low" } }).thinking).toMatchObject({ type: "enabled" });
  });

  test("no thinking", () => {
    expect(sent({ reasoning: { effort: "none" } }).thinking).toEqual({ type: "disabled" });
    expect(sent({ reasoning: { mode: "disabled", effort: "high" } }, "claude-opus-5")).toMatchObject({
      thinking: { type: "disabled" },
      output_config: { effort: "high" },
    });
    const always = sent({ reasoning: { effort: "none" } }, "claude-fable-5");
    expect(always.thinking).toBeUndefined();
    expect(always.output_config).toEqual({ effort: "low" });
    expect(lost({ reasoning: { effort: "none" } }, "claude-fable-5")).toEqual(["approximated reasoning"]);
  });

  test("words of tomorrow pass", () => {
    const wire = { ...minimal, thinking: { type: "between_tools" } };
    expect(codec.encode(codec.decode(wire), requestTarget("claude-opus-5")).value.thinking).toEqual({
      type: "between_tools",
    });
    const more = { ...minimal, thinking: { type: "adaptive", pace: "slow" } };
    expect(codec.encode(codec.decode(more), requestTarget("claude-opus-5")).value.thinking).toEqual({
      type: "adaptive",
      pace: "slow",
    });
  });
});
