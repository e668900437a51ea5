import { describe, expect, test } from "bun:test";
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import type { ChatCompletion } from "openai/resources/chat/completions";
import type { JsonObject } from "#src/core/json.ts";
import { configureEcho, echo } from "#providers/echo.ts";
import { registry } from "#src/registry.ts";
import { call, configure, describeProvider } from "#tests/contracts/provider.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

const OPENAI = "http://echo.invalid/v1/chat/completions";
const CLAUDE = "http://echo.invalid/v1/messages";

describeProvider({
  definition: echo,
  urls: {
    "chat openai-chat": OPENAI,
    "chat anthropic-messages": CLAUDE,
    "models openai-chat": "http://echo.invalid/v1/models",
    "models anthropic-messages": "http://echo.invalid/v1/models",
    "models openai-responses": "http://echo.invalid/v1/models",
    "models gemini": "http://echo.invalid/v1/models",
  },
  headers: { "openai-chat": {}, "anthropic-messages": {} },
  keyless: true,
});

const user = (content: string): JsonObject => ({ role: "user", content });

async function ask(url: string, body: JsonObject | string): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const request = new Request(url, { method: "POST", body: text, headers: { "content-type": "application/json" } });
  return await configure(echo).send!(request);
}

const chat = (more: JsonObject = {}): Promise<Response> =>
  ask(OPENAI, { model: "m", messages: [user("Hello there")], ...more });
const message = (more: JsonObject = {}): Promise<Response> =>
  ask(CLAUDE, { model: "m", max_tokens: 1000, messages: [user("Hello there")], ...more });

async function completed(more?: JsonObject): Promise<ChatCompletion> {
  return (await (await chat(more)).json()) as ChatCompletion;
}

async function messaged(more?: JsonObject): Promise<Message> {
  return (await (await message(more)).json()) as Message;
}

const TOOL: JsonObject = { type: "function", function: { name: "get_weather", parameters: { type: "object" } } };

describe("OpenAI's protocol", () => {
  test("a whole answer says that it is an echo, repeats, and estimates usage", async () => {
    const answer = await completed();
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: "m",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant" } }],
      usage: { prompt_tokens: 3 },
    });
    expect(answer.choices[0]!.message.content).toBe(
      "This is Sluice's echo provider: no model is behind it. You said: Hello there",
    );
  });

  test("a stream says the same piece by piece", async () => {
    const response = await chat({ stream: true, stream_options: { include_usage: true } });
    expect(response.headers.get("content-type")).toStartWith("text/event-stream");
    const data = events(await response.text());
    expect(data.at(-1)).toBe("[DONE]");
    const chunks = data.slice(0, -1).map((text) => JSON.parse(text));
    expect(chunks.map(({ choices }) => choices[0]?.delta?.content ?? "").join("")).toEndWith("You said: Hello there");
    expect(chunks.length).toBeGreaterThan(10);
    expect(chunks.at(-1).usage.prompt_tokens).toBe(3);
  });

  test("it calls the tool it is told to call", async () => {
    const messages = [user('please call get_weather {"city": "Paris"}')];
    const answer = await completed({ messages, tools: [TOOL] });
    expect(answer.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { tool_calls: [{ type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } }] },
    });
  });

  test.each([
    ["required", "call nobody", "tool_calls"],
    [{ type: "function", function: { name: "get_weather" } }, "hello", "tool_calls"],
    ["none", "call get_weather", "stop"],
    ["auto", "call nobody", "stop"],
    ["auto", "call get_weather {broken", "tool_calls"],
  ])("tool choice %j with '%s' ends with %s", async (choice, said, finish) => {
    const answer = await completed({ messages: [user(said)], tools: [TOOL], tool_choice: choice });
    expect(answer.choices[0]!.finish_reason).toBe(finish as "stop");
  });

  test("it tells what the tool answered", async () => {
    const messages = [
      user("call get_weather"),
      {
        role: "assistant",
        tool_calls: [{ id: "c1", type: "function", function: { name: "get_weather", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c1", content: "sunny" },
    ];
    const answer = await completed({ messages, tools: [TOOL] });
    expect(answer.choices[0]!.message.content).toEndWith("The tool answered: sunny");
  });

  test("it writes no more than it may, as often as it is asked to", async () => {
    const answer = await completed({ max_completion_tokens: 3, n: 2 });
    expect(answer.choices.map(({ finish_reason: reason }) => reason)).toEqual(["length", "length"]);
    expect(answer.choices[1]!.message.content).toBe("This is Sluice's");
    expect(answer.usage?.completion_tokens).toBe(6);
  });

  test("it reasons when asked", async () => {
    const reasoned = async (effort: string): Promise<number> =>
      (await completed({ reasoning_effort: effort })).usage?.completion_tokens_details?.reasoning_tokens ?? 0;
    expect(await reasoned("low")).toBeGreaterThan(0);
    expect(await reasoned("none")).toBe(0);
  });

  test.each(["", "[]", "{", '{"model":"m"}'])("the body %j is refused in OpenAI's words", async (body) => {
    const response = await ask(OPENAI, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: expect.any(String), type: "invalid_request_error" },
    });
  });
});

describe("Claude's protocol", () => {
  test("a whole answer", async () => {
    const answer = await messaged();
    expect(answer).toMatchObject({ type: "message", role: "assistant", model: "m", stop_reason: "end_turn" });
    expect(answer.content).toMatchObject([{ type: "text", text: expect.stringMatching(/You said: Hello there$/) }]);
    expect(answer.usage.input_tokens).toBe(3);
  });

  test("a stream ends with message_stop", async () => {
    const text = await (await message({ stream: true })).text();
    const types = [...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
    expect(types[0]).toBe("message_start");
    expect(types.at(-1)).toBe("message_stop");
    const said = events(text).map((data) => JSON.parse(data).delta?.text ?? "");
    expect(said.join("")).toEndWith("You said: Hello there");
  });

  test("it calls tools and thinks with a signature", async () => {
    const answer = await messaged({
      messages: [user("call get_weather")],
      tools: [{ name: "get_weather", input_schema: { type: "object" } }],
      thinking: { type: "enabled", budget_tokens: 1024 },
      max_tokens: 2000,
    });
    expect(answer.content).toMatchObject([
      { type: "thinking", thinking: expect.stringContaining("echo"), signature: expect.any(String) },
      { type: "tool_use", name: "get_weather", input: {} },
    ]);
    expect(answer.stop_reason).toBe("tool_use");
  });

  test("a wrong body is refused in Claude's words", async () => {
    const response = await ask(CLAUDE, "{");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
  });
});

describe("pace", () => {
  async function reader(signal?: AbortSignal) {
    const clock = new FakeClock();
    const provider = configureEcho({ id: "e", type: "echo", apiTokens: [], options: { echoDelay: 50 } }, clock);
    const body = JSON.stringify({ model: "m", messages: [user("Hello")], stream: true });
    const response = await provider.send!(new Request(OPENAI, { method: "POST", body, ...(signal ? { signal } : {}) }));
    return { clock, reader: response.body!.getReader() };
  }

  test("each piece waits for its time", async () => {
    const { clock, reader: stream } = await reader();
    expect((await stream.read()).done).toBe(false);
    let arrived = false;
    const next = stream.read().then(() => (arrived = true));
    while (clock.pending === 0) await Promise.resolve();
    clock.advance(49);
    await Promise.resolve();
    expect(arrived).toBe(false);
    clock.advance(1);
    await next;
    expect(arrived).toBe(true);
  });

  test("a client that leaves ends the wait and its timer", async () => {
    const controller = new AbortController();
    const { clock, reader: stream } = await reader(controller.signal);
    await stream.read();
    const next = stream.read();
    while (clock.pending === 0) await Promise.resolve();
    controller.abort(new Error("gone"));
    expect(await next.catch((error: Error) => error.message)).toBe("gone");
    expect(clock.pending).toBe(0);
  });
});

test("the models are listed for both kinds of client", async () => {
  const provider = configure(echo);
  const list = await (await provider.send!(new Request(provider.url(call("openai-chat", "models"))!))).json();
  expect(list).toMatchObject({
    object: "list",
    data: [{ id: "echo", object: "model", type: "model" }],
    has_more: false,
  });
});

test("no two types of the registry share a name, a variable or a model's beginning", () => {
  const all = registry.providers;
  for (const values of [
    all.map(({ type }) => type),
    all.flatMap(({ environment }) =>
      environment === undefined
        ? []
        : [
            environment.token,
            environment.baseUrl ?? `${environment.token}, no address`,
            ...Object.values(environment.options ?? {}),
          ],
    ),
    all.flatMap(({ owns }) => owns ?? []),
  ]) {
    expect(new Set(values).size).toBe(values.length);
  }
});

/** The data of each event. */
function events(text: string): string[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data!);
}
