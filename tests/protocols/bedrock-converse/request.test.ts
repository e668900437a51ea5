import { describe, expect, test } from "bun:test";
import { assert, property } from "fast-check";
import type { ChatRequest, ContentPart } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { Dialect } from "#src/core/protocol.ts";
import { bedrockConverse } from "#src/protocols/bedrock-converse/index.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { strangeRequest } from "#tests/support/strange-json.ts";

const SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const NOVA = "amazon.nova-pro-v1:0";
const NOVA_2 = "us.amazon.nova-2-lite-v1:0";
const HI = { role: "user", content: [{ type: "text", text: "Hi" }] } as const;

interface Written {
  readonly body: JsonObject;
  readonly lost: readonly string[];
}

function write(request: Partial<ChatRequest>, model = NOVA, dialect: Dialect = {}, maxOutputTokens?: number): Written {
  const { value, losses } = bedrockConverse.request.encode(
    { model: "asked", stream: false, messages: [HI], ...request },
    { model, dialect, ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }) },
  );
  return { body: value, lost: losses.map(({ kind, field }) => `${kind} ${field}`) };
}

/** The content of the first message when a user says these parts. */
function content(
  parts: readonly ContentPart[],
  role: "user" | "assistant" = "user",
): { content: unknown; lost: readonly string[] } {
  const { body, lost } = write({ messages: [{ role, content: parts }] });
  const [message] = body["messages"] as { content: unknown }[];
  return { content: message?.content, lost };
}

test("the least: no model and no stream in the body", () => {
  expect(write({ stream: true })).toEqual({
    body: { messages: [{ role: "user", content: [{ text: "Hi" }] }] },
    lost: [],
  });
});

describe("conversations", () => {
  test("instructions come first, neighbours of one role are one turn, results before all else", () => {
    const { body, lost } = write({
      messages: [
        { role: "system", content: [{ type: "text", text: "Be kind." }] },
        HI,
        { role: "user", content: [{ type: "text", text: "there" }] },
        {
          role: "assistant",
          content: [{ type: "tool-call", id: "a", name: "f", kind: "function", input: '{"x":1}' }],
        },
        { role: "user", content: [{ type: "text", text: "So?" }] },
        { role: "tool", content: [{ type: "tool-result", toolCallId: "a", content: [{ type: "text", text: "1" }] }] },
        { role: "developer", content: [{ type: "text", text: "Be brief." }] },
      ],
      tools: [{ type: "function", name: "f", inputSchema: {} }],
    });
    expect(body["system"]).toEqual([{ text: "Be kind." }, { text: "Be brief." }]);
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ text: "Hi" }, { text: "there" }] },
      { role: "assistant", content: [{ toolUse: { toolUseId: "a", name: "f", input: { x: 1 } } }] },
      { role: "user", content: [{ toolResult: { toolUseId: "a", content: [{ text: "1" }] } }, { text: "So?" }] },
    ]);
    expect(lost).toEqual(["approximated messages[6].role"]);
  });

  test("instructions alone are asked by a user, and a prefill does not end in white space", () => {
    const only = write({ messages: [{ role: "system", content: [{ type: "text", text: "Tell a joke." }] }] });
    expect(only.body).toEqual({ messages: [{ role: "user", content: [{ text: "Tell a joke." }] }] });
    expect(only.lost).toEqual(["approximated messages"]);
    const prefill = write({ messages: [HI, { role: "assistant", content: [{ type: "text", text: "Well, " }] }] });
    expect((prefill.body["messages"] as JsonObject[])[1]).toEqual({ role: "assistant", content: [{ text: "Well," }] });
  });
});

describe("content", () => {
  test.each([
    ["image/png", { image: { format: "png", source: { bytes: "aGk=" } } }, "image"],
    ["image/jpg", { image: { format: "jpeg", source: { bytes: "aGk=" } } }, "image"],
    ["application/pdf", { document: { format: "pdf", name: "my report", source: { bytes: "aGk=" } } }, "document"],
    [
      "text/x-python; charset=utf-8",
      { document: { format: "txt", name: "my report", source: { bytes: "aGk=" } } },
      "document",
    ],
    ["video/mp4", { video: { format: "mp4", source: { bytes: "aGk=" } } }, "video"],
    ["audio/wav", { audio: { format: "wav", source: { bytes: "aGk=" } } }, "audio"],
  ] as const)("%s", (mediaType, block, kind) => {
    const part = {
      type: "media",
      kind,
      filename: "my_report.v1",
      source: { type: "base64", mediaType, data: "aGk=" },
    } as const;
    const words = { type: "text", text: "Look." } as const;
    expect(content([part, words])).toEqual({ content: [block, { text: "Look." }], lost: [] });
  });

  test("objects in S3 are named, URLs and other vendors' files are losses", () => {
    const source = (url: string) => ({ type: "url", url }) as const;
    const { content: blocks, lost } = content([
      { type: "media", kind: "image", source: source("s3://bucket/a.jpg") },
      { type: "media", kind: "image", source: source("https://example.com/a.png") },
      { type: "media", kind: "document", source: { type: "file", id: "file-1" } },
      { type: "media", kind: "image", source: { type: "base64", mediaType: "image/tiff", data: "aGk=" } },
    ]);
    expect(blocks).toEqual([{ image: { format: "jpeg", source: { s3Location: { uri: "s3://bucket/a.jpg" } } } }]);
    expect(lost).toEqual([
      "dropped messages[0].content[1].image",
      "dropped messages[0].content[2].document",
      "dropped messages[0].content[3].image",
    ]);
  });

  test("documents have names of their own; one to be cited stays text", () => {
    const text = { type: "media", kind: "document", title: "a/b?.md", source: { type: "text", text: "é" } } as const;
    const { content: blocks, lost } = content([text, { ...text, citations: true, context: "c" }]);
    expect(blocks).toEqual([
      { document: { name: "a b", format: "txt", source: { bytes: "w6k=" } } },
      { document: { name: "a b 2", format: "txt", context: "c", citations: { enabled: true }, source: { text: "é" } } },
      // Bedrock refuses documents without a text.
      { text: "." },
    ]);
    expect(lost).toEqual(["approximated messages"]);
  });

  test("marks become cache points, also behind tools and results", () => {
    const cacheControl = { type: "ephemeral" } as const;
    const request = {
      messages: [
        { role: "system", content: [{ type: "text", text: "S", cacheControl: { type: "ephemeral", ttl: "1h" } }] },
        { role: "user", content: [{ type: "text", text: "U", cacheControl }] },
        { role: "assistant", content: [{ type: "tool-call", id: "a", name: "f", kind: "function", input: "" }] },
        { role: "tool", content: [{ type: "tool-result", toolCallId: "a", content: [], cacheControl }] },
      ],
      tools: [{ type: "function", name: "f", inputSchema: {}, cacheControl }],
    } as const;
    const { body } = write(request, SONNET);
    const point = { cachePoint: { type: "default" } };
    expect(body["system"]).toEqual([{ text: "S" }, { cachePoint: { type: "default", ttl: "1h" } }]);
    expect(body["messages"]).toMatchObject([
      { content: [{ text: "U" }, point] },
      { content: [{ toolUse: { input: {} } }] },
      { content: [{ toolResult: { toolUseId: "a", content: [] } }, point] },
    ]);
    expect(body["toolConfig"]).toMatchObject({ tools: [{ toolSpec: { name: "f" } }, point] });

    // Nova caches messages for five minutes, others nothing.
    const nova = write(request, NOVA);
    expect(nova.body["system"]).toEqual([{ text: "S" }, point]);
    expect(nova.lost).toEqual(["dropped messages[0].content[0].cache_control.ttl", "dropped tools[0].cache_control"]);
    const other = write(request, "meta.llama3-70b-instruct-v1:0");
    expect(JSON.stringify(other.body)).not.toContain("cachePoint");
    expect(other.lost).toContain("dropped messages[1].content[0].cache_control");
  });

  test("Bedrock's own seals go back, others do not", () => {
    const { content: blocks, lost } = content(
      [
        { type: "reasoning", text: "Hm.", signature: "sig", sealedBy: "bedrock-converse" },
        { type: "reasoning", text: "", redacted: "enc", sealedBy: "bedrock-converse" },
        { type: "reasoning", text: "Hm.", signature: "sig", sealedBy: "anthropic-messages" },
        { type: "reasoning", text: "Hm." },
        { type: "text", text: "Yes." },
        { type: "text", text: " \n" },
      ],
      "assistant",
    );
    expect(blocks).toEqual([
      { reasoningContent: { reasoningText: { text: "Hm.", signature: "sig" } } },
      { reasoningContent: { redactedContent: "enc" } },
      { text: "Yes." },
    ]);
    expect(lost).toEqual(["dropped messages[0].content[2].reasoning", "dropped messages[0].content[3].reasoning"]);
  });

  test("a tool's answer holds images and says that it failed", () => {
    const image = {
      type: "media",
      kind: "image",
      source: { type: "base64", mediaType: "image/png", data: "aGk=" },
    } as const;
    const { body, lost } = write({
      messages: [
        { role: "assistant", content: [{ type: "tool-call", id: "call.1", name: "f", kind: "function", input: "" }] },
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              toolCallId: "call.1",
              isError: true,
              content: [{ type: "text", text: "No." }, image, { type: "native", protocol: "gemini", value: {} }],
            },
          ],
        },
      ],
    });
    const [call, result] = (body["messages"] as { content: JsonObject[] }[]).map(({ content: [block] }) => block);
    const id = (call!["toolUse"] as JsonObject)["toolUseId"];
    expect(id).toMatch(/^[\w-]+$/);
    expect(result).toEqual({
      toolResult: {
        toolUseId: id!,
        status: "error",
        content: [{ text: "No." }, { image: { format: "png", source: { bytes: "aGk=" } } }],
      },
    });
    expect(lost).toEqual(["dropped messages[1].content[0].content[2]", "approximated tools"]);
    // Bedrock refuses calls in a conversation without tools.
    expect(body["toolConfig"]).toEqual({
      tools: [{ toolSpec: { name: "f", inputSchema: { json: { type: "object" } } } }],
    });
  });

  test("a tool's answer that did not fail says nothing of it, which not every model understands", () => {
    const result = { type: "tool-result", toolCallId: "a", isError: false, content: [] } as const;
    expect(content([result]).content).toEqual([{ toolResult: { toolUseId: "a", content: [] } }]);
  });

  test("what only Bedrock knows is written as it is, what only another knows is a loss", () => {
    const guard = { guardContent: { text: { text: "x", qualifiers: ["query"] } } };
    const { content: blocks, lost } = content([
      { type: "native", protocol: "bedrock-converse", value: guard },
      { type: "native", protocol: "anthropic-messages", value: { type: "x" } },
    ]);
    expect(blocks).toEqual([guard]);
    expect(lost).toEqual(["dropped messages[0].content[1]"]);
  });
});

describe("tools", () => {
  const f = { type: "function", name: "f", description: "F", inputSchema: { properties: {} }, strict: true } as const;
  const g = { type: "custom", name: "g", description: "" } as const;
  const spec = {
    toolSpec: { name: "f", description: "F", inputSchema: { json: { type: "object", properties: {} } }, strict: true },
  };

  test.each([
    [undefined, undefined, []],
    [{ type: "auto" }, { auto: {} }, []],
    [{ type: "required" }, { any: {} }, []],
    [{ type: "tool", name: "f" }, { tool: { name: "f" } }, []],
    [{ type: "allowed", mode: "required", names: ["f"] }, { any: {} }, ["approximated tool_choice"]],
    [{ type: "allowed", mode: "auto", names: ["f"] }, { auto: {} }, ["approximated tool_choice"]],
    [{ type: "native", protocol: "gemini", value: {} }, undefined, ["dropped tool_choice"]],
  ] as const)("the choice %p is %p", (toolChoice, wire, losses) => {
    const { body, lost } = write({ tools: [f], ...(toolChoice === undefined ? {} : { toolChoice }) });
    expect(body["toolConfig"]).toEqual({ tools: [spec], ...(wire === undefined ? {} : { toolChoice: wire }) });
    expect(lost).toEqual([...losses]);
  });

  test("none: no tool is told of, unless there were calls", () => {
    const none = { tools: [f], toolChoice: { type: "none" } } as const;
    expect(write(none)).toMatchObject({ lost: [] });
    expect(write(none).body["toolConfig"]).toBeUndefined();
    const call = { type: "tool-call", id: "a", name: "f", kind: "function", input: "" } as const;
    const called = write({ ...none, messages: [HI, { role: "assistant", content: [call] }] });
    expect(called.body["toolConfig"]).toEqual({ tools: [spec] });
    expect(called.lost).toEqual(["approximated tool_choice"]);
  });

  test("a tool that is not sent cannot be called", () => {
    const native = { type: "native", protocol: "gemini", name: "n", value: {} } as const;
    const one = write({ tools: [f, native], toolChoice: { type: "tool", name: "n" } });
    expect(one.body["toolConfig"]).toEqual({ tools: [spec] });
    expect(one.lost.toSorted()).toEqual(["dropped tool_choice", "dropped tools[1]"]);
    expect(write({ tools: [native], toolChoice: { type: "required" } }).body["toolConfig"]).toBeUndefined();
  });

  test("a custom tool is a function of one text, another vendor's own is a loss", () => {
    const { body, lost } = write({ tools: [g, { type: "native", protocol: "gemini", name: "n", value: {} }] });
    expect(body["toolConfig"]).toMatchObject({
      tools: [{ toolSpec: { name: "g", inputSchema: { json: { properties: { input: { type: "string" } } } } } }],
    });
    expect(lost).toEqual(["approximated tools[0]", "dropped tools[1]"]);
  });

  test("Claude is told that it may call but one at once", () => {
    const one = write({ tools: [f], parallelToolCalls: false }, SONNET);
    expect(one.body["additionalModelRequestFields"]).toEqual({
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    });
    expect(write({ tools: [f], parallelToolCalls: false }).lost).toEqual(["dropped parallel_tool_calls"]);
  });
});

describe("options", () => {
  test("the ones Converse has", () => {
    const { body, lost } = write({
      maxOutputTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      stop: ["END", " "],
      serviceTier: "flex",
      metadata: { team: "a b", odd: "ü" },
    });
    expect(body).toMatchObject({
      inferenceConfig: { maxTokens: 100, temperature: 0.5, topP: 0.9, stopSequences: ["END"] },
      serviceTier: { type: "flex" },
      requestMetadata: { team: "a b" },
    });
    expect(lost).toEqual(["dropped stop", "dropped metadata.odd"]);
  });

  test("the ones it has not are losses", () => {
    const { lost } = write({
      seed: 1,
      candidates: 2,
      user: "u",
      serviceTier: "scale",
      logprobs: true,
      frequencyPenalty: 1,
    });
    expect(lost).toEqual([
      "dropped service_tier", "dropped user", "dropped seed", "dropped frequency_penalty", "dropped logprobs", "dropped n",
    ]); // prettier-ignore
  });

  test("limits: temperature at most 1, tokens at most the model's", () => {
    const { body, lost } = write({ temperature: 1.5, maxOutputTokens: 9999 }, NOVA, {}, 5000);
    expect(body["inferenceConfig"]).toEqual({ temperature: 1, maxTokens: 5000 });
    expect(lost).toEqual(["approximated max_tokens", "approximated temperature"]);
  });

  test.each([
    [NOVA, { inferenceConfig: { topK: 5 } }],
    ["mistral.mistral-large-2407-v1:0", { top_k: 5 }],
    ["cohere.command-r-v1:0", { k: 5 }],
    [SONNET, { top_k: 5 }],
    ["meta.llama3-70b-instruct-v1:0", undefined],
  ] as const)("top_k of %s is %p", (model, fields) => {
    const { body, lost } = write({ topK: 5 }, model);
    expect(body["additionalModelRequestFields"]).toEqual(fields as unknown as JsonObject);
    expect(lost).toEqual(fields === undefined ? ["dropped top_k"] : []);
  });

  test("a schema is a text inside outputConfig, with its objects closed", () => {
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const { body } = write({ responseFormat: { type: "json-schema", name: "n", schema } });
    const { textFormat } = body["outputConfig"] as {
      textFormat: { type: string; structure: { jsonSchema: JsonObject } };
    };
    expect(textFormat.type).toBe("json_schema");
    expect(textFormat.structure.jsonSchema["name"]).toBe("n");
    expect(JSON.parse(textFormat.structure.jsonSchema["schema"] as string)).toEqual({
      ...schema,
      additionalProperties: false,
    });
    const json = write({ responseFormat: { type: "json" } });
    expect(json.body["system"]).toEqual([{ text: expect.stringContaining("JSON") }]);
    expect(json.lost).toEqual(["approximated response_format"]);
  });
});

describe("reasoning", () => {
  test("Claude thinks with a budget above which there is room for the answer", () => {
    const { body } = write({ reasoning: { effort: "low" }, maxOutputTokens: 100, stop: ["x"] }, SONNET, {}, 64_000);
    expect(body).toMatchObject({
      inferenceConfig: { maxTokens: 2148 },
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2048 } },
      additionalModelResponseFieldPaths: ["/stop_sequence"],
    });
  });

  test("Claude thinks as it likes from 4.6 on, and takes no sampling then", () => {
    const { body, lost } = write(
      { reasoning: { effort: "high" }, temperature: 0.2 },
      "global.anthropic.claude-opus-4-6-v1",
      {},
      128_000,
    );
    expect(body["additionalModelRequestFields"]).toEqual({
      thinking: { type: "adaptive" },
      output_config: { effort: "high" },
    });
    expect(body["inferenceConfig"]).toBeUndefined();
    expect(lost).toEqual(["dropped temperature"]);
  });

  test("Claude does not think about a call it is made to make", () => {
    const tools = [{ type: "function", name: "f", inputSchema: {} }] as const;
    const { body, lost } = write({ reasoning: { effort: "low" }, tools, toolChoice: { type: "required" } }, SONNET);
    expect(body["additionalModelRequestFields"]).toBeUndefined();
    expect(lost).toEqual(["dropped reasoning"]);
  });

  test("Claude goes on thinking from its own signed thoughts", () => {
    const call = { type: "tool-call", id: "a", name: "f", kind: "function", input: "" } as const;
    const thought = { type: "reasoning", text: "Hm.", signature: "s", sealedBy: "bedrock-converse" } as const;
    const from = (before: ContentPart[]): JsonObject =>
      write(
        {
          reasoning: { budgetTokens: 2000 },
          tools: [{ type: "function", name: "f", inputSchema: {} }],
          messages: [
            HI,
            { role: "assistant", content: [...before, call] },
            { role: "tool", content: [{ type: "tool-result", toolCallId: "a", content: [] }] },
          ],
        },
        SONNET,
      ).body;
    expect(from([thought])["additionalModelRequestFields"]).toMatchObject({ thinking: { budget_tokens: 2000 } });
    expect(from([])["additionalModelRequestFields"]).toBeUndefined();
  });

  test.each([
    [
      NOVA_2,
      { effort: "xhigh" },
      { reasoningConfig: { type: "enabled", maxReasoningEffort: "high" } },
      ["approximated reasoning_effort"],
    ],
    [NOVA_2, { mode: "disabled" }, { reasoningConfig: { type: "disabled" } }, []],
    ["openai.gpt-oss-120b-1:0", { effort: "medium" }, { reasoning_effort: "medium" }, []],
    ["deepseek.r1-v1:0", { effort: "low" }, undefined, ["dropped reasoning"]],
    [NOVA, { effort: "low" }, undefined, ["dropped reasoning"]],
  ] as const)("%s with %p", (model, reasoning, fields, losses) => {
    const { body, lost } = write({ reasoning }, model);
    expect(body["additionalModelRequestFields"]).toEqual(fields as unknown as JsonObject);
    expect(lost).toEqual([...losses]);
  });
});

test("Nova 2 takes neither limits nor sampling when it thinks its hardest", () => {
  const asked = { maxOutputTokens: 9, temperature: 0.5, topP: 0.5, topK: 3 };
  const hardest = write({ ...asked, reasoning: { effort: "high" } }, NOVA_2);
  expect(hardest.body["inferenceConfig"]).toBeUndefined();
  expect(hardest.body["additionalModelRequestFields"]).toEqual({
    inferenceConfig: { topK: 3 },
    reasoningConfig: { type: "enabled", maxReasoningEffort: "high" },
  });
  expect(hardest.lost).toEqual(["dropped max_tokens", "dropped temperature", "dropped top_p"]);
  const less = write({ ...asked, reasoning: { effort: "low" } }, NOVA_2);
  expect(less.body["inferenceConfig"]).toEqual({ maxTokens: 9, temperature: 0.5, topP: 0.5 });
  expect(less.lost).toEqual([]);
});

describe("cache points by the provider's settings", () => {
  const cachePoints = { systemPrompt: true, lastUserMessage: true, lastMessage: true, retention: "24h" } as const;
  const messages = [
    { role: "system", content: [{ type: "text", text: "S" }] },
    HI,
    { role: "assistant", content: [{ type: "text", text: "Well" }] },
  ] as const;
  const point = { cachePoint: { type: "default", ttl: "1h" } };

  test("stand at their places", () => {
    const { body } = write({ messages }, SONNET, { cachePoints });
    expect(body["system"]).toEqual([{ text: "S" }, point]);
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ text: "Hi" }, point] },
      { role: "assistant", content: [{ text: "Well" }, point] },
    ]);
  });

  test("the last user message may be the last one, which is marked once", () => {
    const { body } = write({}, SONNET, { cachePoints });
    expect(body["messages"]).toEqual([{ role: "user", content: [{ text: "Hi" }, point] }]);
  });

  test("are for the models that cache", () => {
    expect(write({}, NOVA, { cachePoints }).body["messages"]).toEqual([
      { role: "user", content: [{ text: "Hi" }, { cachePoint: { type: "default" } }] },
    ]);
    const { body, lost } = write({}, "meta.llama3-70b-instruct-v1:0", { cachePoints });
    expect(body["messages"]).toEqual([{ role: "user", content: [{ text: "Hi" }] }]);
    expect(lost).toEqual([]);
  });

  test("the request's own retention wins, and without any nothing is cached", () => {
    const { retention: _, ...asked } = cachePoints;
    expect(JSON.stringify(write({ messages }, SONNET, { cachePoints: asked }).body)).not.toContain("cachePoint");
    const request = openaiChat.request.decode({
      model: "m",
      messages: [{ role: "user", content: "Hi" }],
      prompt_cache_retention: "in_memory",
    });
    const { value, losses } = bedrockConverse.request.encode(request, { model: SONNET, dialect: { cachePoints } });
    expect(value["messages"]).toEqual([
      { role: "user", content: [{ text: "Hi" }, { cachePoint: { type: "default" } }] },
    ]);
    expect(losses).toEqual([]);
  });
});

test("another protocol's unknown fields are losses at every level", () => {
  const rest = { protocol: "gemini", fields: { surprise: 1 } } as const;
  const { lost } = write({
    rest,
    messages: [{ role: "user", rest, content: [{ type: "text", text: "hi", rest }] }],
    tools: [{ type: "function", name: "f", inputSchema: {}, rest }],
  });
  expect(lost.toSorted()).toEqual([
    "dropped messages[0].content[0].surprise",
    "dropped messages[0].surprise",
    "dropped surprise",
    "dropped tools[0].surprise",
  ]);
});

test("any request a client may send is written, without undefined in it", () => {
  assert(
    property(strangeRequest(), (wire) => {
      let request: ChatRequest;
      try {
        request = openaiChat.request.decode(wire);
      } catch {
        return;
      }
      for (const model of [SONNET, NOVA]) {
        const { value } = bedrockConverse.request.encode(request, { model, dialect: {} });
        expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value);
      }
    }),
  );
});
