/** OpenAI's Responses over providers that keep answers and such that do not. Formats: the `openai` package's `resources/responses`. */
import { describe, expect, test } from "bun:test";
import { assert, asyncProperty, integer } from "fast-check";
import type { JsonObject } from "#src/core/json.ts";
import type { Provider, UpstreamCall } from "#src/core/provider.ts";
import type { Store } from "#src/core/store.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { type FamilyStage, faultOf, json, type Seen, setUp, type StageOptions } from "./set-up.ts";

const TOKENS = ["secret-token-1", "secret-token-2", "secret-token-3"];

/** A chat completion, whole or as a stream, whose text repeats the last message. */
function chatAnswer({ body }: Seen): Response {
  const { messages, stream } = JSON.parse(body) as { messages: { content: unknown }[]; stream?: boolean };
  const content = `re: ${JSON.stringify(messages.at(-1)?.content)}`;
  const head = { id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m" };
  if (stream !== true)
    return Response.json({
      ...head,
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    });
  const chunks = [
    { ...head, choices: [{ index: 0, delta: { role: "assistant", content }, finish_reason: null }] },
    { ...head, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
  ];
  const wire = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`).join("");
  return new Response(wire, { headers: { "content-type": "text/event-stream" } });
}

/** A provider of OpenAI's own kind: it keeps answers and conversations. */
const keeper: Partial<Provider> & { readonly id: string } = {
  id: "native",
  protocols: ["openai-chat", "openai-responses"],
  url: ({ api, rest = "" }: UpstreamCall) => `https://native.test/${api}${rest}`,
};

/** One that speaks the protocol and keeps nothing. */
const forgetful: Partial<Provider> & { readonly id: string } = {
  id: "forgetful",
  protocols: ["openai-responses"],
  url: ({ api }: UpstreamCall) => (api === "chat" ? "https://forgetful.test/responses" : undefined),
};

const chatOnly: Partial<Provider> & { readonly id: string } = {
  id: "chat",
  url: ({ api }: UpstreamCall) => (api === "chat" ? "https://chat.test/chat" : undefined),
};

function overChat(options: StageOptions = {}): FamilyStage {
  return setUp({ providers: [chatOnly], answer: chatAnswer, ...options });
}

async function create(stage: FamilyStage, body: JsonObject, consumer = "alice"): Promise<JsonObject> {
  const { response } = await stage.ask("/v1/responses", json({ model: "m", ...body }), { consumer });
  return (await response.json()) as JsonObject;
}

async function got(stage: FamilyStage, path: string, init: RequestInit = {}, consumer = "alice"): Promise<JsonObject> {
  return (await (await stage.ask(path, init, { consumer })).response.json()) as JsonObject;
}

/** The last `data` of a stream. */
async function lastEvent(response: Response): Promise<JsonObject> {
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: "));
  return JSON.parse(lines.at(-1)?.slice(6) ?? "") as JsonObject;
}

function messagesOf(seen: Seen | undefined): unknown {
  return (JSON.parse(seen?.body ?? "{}") as JsonObject)["messages"];
}

describe("a provider that keeps nothing", () => {
  test("an answer is gone on from, by a replica too", async () => {
    const store = createMemoryStore();
    const first = await create(overChat({ store }), { input: "one", instructions: "be brief" });
    expect(first).toMatchObject({ store: true, previous_response_id: null });
    expect(first["id"]).toMatch(/^resp_[0-9a-f]{32}$/);
    const replica = overChat({ store });
    const second = await create(replica, { input: "two", previous_response_id: first["id"] as string });
    expect(second).toMatchObject({ previous_response_id: first["id"] });
    // Instructions are of one request alone.
    expect(messagesOf(replica.seen[0])).toEqual([
      { role: "user", content: "one" },
      { role: "assistant", content: 're: "one"' },
      { role: "user", content: "two" },
    ]);
    const third = overChat({ store });
    await create(third, { input: "three", previous_response_id: second["id"] as string });
    expect(messagesOf(third.seen[0])).toHaveLength(5);
  });

  test("a provider is not asked to keep what the gateway keeps", async () => {
    const stage = overChat();
    await create(stage, { input: "one", store: true });
    await create(stage, { input: "one", store: false });
    expect(stage.seen.map(({ body }) => "store" in JSON.parse(body))).toEqual([false, false]);
  });

  test("a stream is kept before its last event is sent", async () => {
    const stage = overChat();
    const { response } = await stage.ask("/v1/responses", json({ model: "m", input: "one", stream: true }), {
      consumer: "alice",
    });
    const { type, response: whole } = await lastEvent(response);
    expect(type).toBe("response.completed");
    const { id } = whole as JsonObject;
    expect(await got(stage, `/v1/responses/${id as string}`)).toEqual(whole as JsonObject);
  });

  test("however long keeping takes, it is over when the client hears that the answer is", async () => {
    const order: string[] = [];
    const store = createMemoryStore();
    const set: Store["set"] = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push("kept");
    };
    const { response } = await overChat({ store: { ...store, set } }).ask(
      "/v1/responses",
      json({ model: "m", input: "one", stream: true }),
    );
    for await (const chunk of response.body ?? []) {
      if (new TextDecoder().decode(chunk).includes("response.completed")) order.push("told");
    }
    expect(order).toEqual(["kept", "told"]);
  });

  test("a client that leaves in the middle has no answer kept", async () => {
    const store = createMemoryStore();
    const kept: string[] = [];
    const stage = overChat({ store: { ...store, set: async (key) => void kept.push(key) } });
    const { response } = await stage.ask("/v1/responses", json({ model: "m", input: "one", stream: true }));
    await response.body?.cancel();
    expect(kept).toEqual([]);
  });

  test("store: false is honoured and said, streamed and not", async () => {
    const stage = overChat();
    const whole = await create(stage, { input: "one", store: false });
    const { response } = await stage.ask("/v1/responses", json({ model: "m", input: "1", store: false, stream: true }));
    const streamed = (await lastEvent(response))["response"] as JsonObject;
    for (const answer of [whole, streamed]) {
      expect(answer["store"]).toBe(false);
      const asked = stage.ask(`/v1/responses/${answer["id"] as string}`, {}, { consumer: "alice" });
      expect(await faultOf(asked)).toMatchObject({ code: "object_not_found", status: 404 });
    }
  });

  test("an unknown id is told as OpenAI does", async () => {
    const stage = overChat();
    expect(await faultOf(create(stage, { input: "x", previous_response_id: "resp_0" }))).toMatchObject({
      code: "previous_response_not_found",
      status: 400,
      param: "previous_response_id",
      message: "Previous response with id 'resp_0' not found.",
    });
    expect(await faultOf(create(stage, { input: "x", conversation: "conv_0" }))).toMatchObject({
      status: 404,
      message: "Conversation with id 'conv_0' not found.",
    });
    for (const method of ["GET", "DELETE"]) {
      expect(await faultOf(stage.ask("/v1/responses/resp_0", { method }))).toMatchObject({
        status: 404,
        message: "Response with id 'resp_0' not found.",
      });
    }
    expect(stage.seen).toEqual([]);
  });

  test("nobody reads another's", async () => {
    const stage = overChat();
    const { id } = await create(stage, { input: "secret" });
    const path = `/v1/responses/${id as string}`;
    for (const consumer of ["bob", ""]) {
      expect(await faultOf(got(stage, path, {}, consumer))).toMatchObject({ status: 404 });
      expect(await faultOf(got(stage, path, { method: "DELETE" }, consumer))).toMatchObject({ status: 404 });
      const goingOn = create(stage, { input: "x", previous_response_id: id as string }, consumer);
      expect(await faultOf(goingOn)).toMatchObject({ status: 400 });
    }
    expect(await got(stage, path)).toMatchObject({ id: id as string });
  });

  test("input items: the whole conversation before the answer, the newest first, by pages", async () => {
    const stage = overChat();
    const first = await create(stage, { input: "one" });
    const second = await create(stage, {
      input: [{ role: "user", content: [{ type: "input_text", text: "two" }] }],
      previous_response_id: first["id"] as string,
    });
    const path = `/v1/responses/${second["id"] as string}/input_items`;
    const all = await got(stage, `${path}?order=asc`);
    const data = all["data"] as JsonObject[];
    expect(data.map(({ role, type, content }) => [role, type, content])).toEqual([
      ["user", "message", [{ type: "input_text", text: "one" }]],
      ["assistant", "message", expect.anything()],
      ["user", "message", [{ type: "input_text", text: "two" }]],
    ]);
    expect(data.every(({ id }) => typeof id === "string" && id.startsWith("msg_"))).toBe(true);
    const page = await got(stage, `${path}?limit=2`);
    expect(page).toMatchObject({ object: "list", first_id: data[2]?.id, last_id: data[1]?.id, has_more: true });
    const rest = await got(stage, `${path}?limit=2&after=${data[1]?.id as string}`);
    expect(rest).toMatchObject({ first_id: data[0]?.id, has_more: false });
    expect(await faultOf(got(stage, `${path}?limit=0`))).toMatchObject({ status: 400 });
  });

  test("a deleted answer is gone", async () => {
    const stage = overChat();
    const { id } = await create(stage, { input: "one" });
    const path = `/v1/responses/${id as string}`;
    expect(await got(stage, path, { method: "DELETE" })).toEqual({
      id: id as string,
      object: "response",
      deleted: true,
    });
    expect(await faultOf(got(stage, path))).toMatchObject({ status: 404 });
  });

  test("tool calls and their outputs go on", async () => {
    const call = { id: "c1", type: "function", function: { name: "f", arguments: '{"a":1}' } };
    const stage = setUp({
      providers: [chatOnly],
      answer: (seen) =>
        seen.body.includes('"tool"')
          ? chatAnswer(seen)
          : Response.json({
              id: "x",
              model: "m",
              choices: [
                { message: { role: "assistant", content: null, tool_calls: [call] }, finish_reason: "tool_calls" },
              ],
            }),
    });
    const { id } = await create(stage, { input: "go" });
    await create(stage, {
      previous_response_id: id as string,
      input: [{ type: "function_call_output", call_id: "c1", output: "42" }],
    });
    expect(messagesOf(stage.seen[1])).toMatchObject([
      { role: "user", content: "go" },
      { role: "assistant", tool_calls: [call] },
      { role: "tool", tool_call_id: "c1", content: "42" },
    ]);
  });

  test("items are named by their ids alone, in whichever answer they were", async () => {
    const store = createMemoryStore();
    const first = await create(overChat({ store }), { input: "one" });
    const { response } = await overChat({ store }).ask(
      "/v1/responses",
      json({ model: "m", input: "two", stream: true }),
      { consumer: "alice" },
    );
    const second = (await lastEvent(response))["response"] as JsonObject;
    const ids = [first, second].map((answer) => (answer["output"] as JsonObject[])[0]?.["id"] as string);
    const stage = overChat({ store });
    const input = [
      { role: "user", content: "one" },
      { type: "item_reference", id: ids[0] as string },
      { role: "user", content: "two" },
      { id: ids[1] as string },
      { role: "user", content: "three" },
    ];
    const third = await create(stage, { input });
    expect(messagesOf(stage.seen[0])).toEqual([
      { role: "user", content: "one" },
      { role: "assistant", content: 're: "one"' },
      { role: "user", content: "two" },
      { role: "assistant", content: 're: "two"' },
      { role: "user", content: "three" },
    ]);
    // What it went on from is kept with it.
    const again = overChat({ store });
    await create(again, { input: "four", previous_response_id: third["id"] as string });
    expect(messagesOf(again.seen[0])).toHaveLength(7);
    for (const consumer of ["alice", "bob"]) {
      const unknown = [{ type: "item_reference", id: consumer === "bob" ? (ids[0] as string) : "msg_0" }];
      expect(await faultOf(create(stage, { input: unknown }, consumer))).toMatchObject({ status: 404, param: "input" });
    }
  });

  test("background is a named loss, and the answer does not claim it", async () => {
    const stage = overChat();
    const { response } = await stage.ask("/v1/responses", json({ model: "m", input: "one", background: true }));
    expect(response.headers.get("x-sluice-loss")).toBe("background");
    expect(await response.json()).toMatchObject({ background: false, status: "completed" });
  });

  test("what is too large is not kept, and said not to be", async () => {
    const stage = overChat();
    const { response } = await stage.ask("/v1/responses", json({ model: "m", input: "x".repeat(11_000) }));
    expect(response.headers.get("x-sluice-loss")).toBe("store");
    expect(await response.json()).toMatchObject({ store: false });
  });

  test("an answer is given although the store is away; going on is not possible then", async () => {
    const away = (): Promise<never> => Promise.reject(new Error("away"));
    const store: Store = { ...createMemoryStore(), get: away, set: away };
    const stage = overChat({ store });
    const { response, exchange } = await stage.ask("/v1/responses", json({ model: "m", input: "one" }));
    expect(await response.json()).toMatchObject({ status: "completed" });
    expect(exchange.record.losses).toEqual([
      { field: "store", kind: "dropped", detail: "the store cannot be reached" },
    ]);
    expect(await faultOf(create(stage, { input: "x", previous_response_id: "resp_0" }))).toMatchObject({ status: 503 });
  });

  test("a gateway that is told to keep nothing says so", async () => {
    const stage = overChat({ deps: { answers: undefined, conversations: undefined } as object });
    const answer = await create(stage, { input: "one" });
    expect(answer["store"]).toBe(false);
    expect(await faultOf(got(stage, `/v1/responses/${answer["id"] as string}`))).toMatchObject({
      code: "api_not_supported",
    });
  });

  test("one that speaks the protocol is left alone, and its answers are kept, streamed or not", async () => {
    const wire =
      '{ "id":"resp_a", "status":"completed", "output":[{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}]},{"type":"message","role":"assistant","id":"msg_1","content":[{"type":"output_text","text":"hi"}]}] }';
    const done = `data: {"type":"response.created","response":{"id":"resp_b"}}\n\ndata: {"type":"response.completed","response":${wire.replace("resp_a", "resp_b")}}\n\n`;
    const stage = setUp({
      providers: [forgetful],
      answer: ({ body }) =>
        JSON.parse(body).stream === true
          ? new Response(done, { headers: { "content-type": "text/event-stream" } })
          : new Response(wire, { headers: { "content-type": "application/json" } }),
    });
    const body = '{"model":"m","input":"one"}';
    const post = { method: "POST", headers: { "content-type": "application/json" }, body };
    const { response } = await stage.ask("/v1/responses", post, { consumer: "alice" });
    expect(await response.text()).toBe(wire);
    expect(stage.seen[0]?.body).toBe(body);
    const streamed = await stage.ask("/v1/responses", json({ model: "m", input: "s", stream: true }), {
      consumer: "alice",
    });
    expect(await streamed.response.text()).toBe(done);
    for (const id of ["resp_a", "resp_b"]) {
      // Reasoning that is not sealed can be looked up by nobody.
      await create(stage, { input: "two", previous_response_id: id });
      const { input, previous_response_id: previous } = JSON.parse(stage.seen.at(-1)?.body ?? "") as JsonObject;
      expect(previous).toBeUndefined();
      expect(input).toMatchObject([{ role: "user" }, { role: "assistant" }, { role: "user" }]);
      // Ids that the gateway made up mean nothing to a provider.
      expect(JSON.stringify(input)).not.toMatch(/msg_|rs_1/);
    }
  });
});

test("a stream of the protocol's own goes through unchanged and is kept, wherever it is cut", () => {
  const response = { id: "resp_é", status: "completed", output: [] };
  const events = [
    { type: "response.created", response: { id: response.id, status: "in_progress" } },
    { type: "response.output_text.delta", delta: 'say "type":"response.completed" 🙂' },
    { type: "response.completed", response },
  ];
  const wire = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
  const bytes = new TextEncoder().encode(wire);
  return assert(
    asyncProperty(integer({ min: 1, max: bytes.length }), async (size) => {
      let at = 0;
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) =>
          at < bytes.length ? controller.enqueue(bytes.slice(at, (at += size))) : controller.close(),
      });
      const stage = setUp({
        providers: [forgetful],
        answer: () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
      });
      const asked = await stage.ask("/v1/responses", json({ model: "m", input: "one", stream: true }));
      expect(await asked.response.text()).toBe(wire);
      expect(await got(stage, "/v1/responses/resp_%C3%A9", {}, "")).toEqual(response);
    }),
  );
});

describe("conversations of the gateway's", () => {
  test("are made, shown, changed and deleted, by their consumer alone", async () => {
    const stage = overChat();
    const made = await got(
      stage,
      "/v1/conversations",
      json({ metadata: { a: "1" }, items: [{ role: "user", content: "hi" }] }),
    );
    expect(made).toMatchObject({ object: "conversation", metadata: { a: "1" } });
    const path = `/v1/conversations/${made["id"] as string}`;
    expect(made["id"]).toMatch(/^conv_/);
    expect(await got(stage, path)).toEqual(made);
    expect(await got(stage, path, json({ metadata: { b: "2" } }))).toEqual({ ...made, metadata: { b: "2" } });
    expect(await got(stage, path)).toEqual({ ...made, metadata: { b: "2" } });
    expect(await faultOf(got(stage, path, {}, "bob"))).toMatchObject({ status: 404 });
    expect(await got(stage, path, { method: "DELETE" })).toEqual({
      id: made["id"] as string,
      object: "conversation.deleted",
      deleted: true,
    });
    expect(await faultOf(got(stage, path))).toMatchObject({ status: 404 });
  });

  test("items are added, listed, shown and taken out", async () => {
    const stage = overChat();
    const { id } = await got(stage, "/v1/conversations", json({}));
    const path = `/v1/conversations/${id as string}/items`;
    const added = await got(
      stage,
      path,
      json({
        items: [
          { role: "user", content: "a" },
          { role: "user", content: "b" },
        ],
      }),
    );
    const [a, b] = added["data"] as JsonObject[];
    expect(await got(stage, `${path}?order=asc`)).toEqual({ ...added, has_more: false });
    expect(await got(stage, `${path}/${a?.id as string}`)).toEqual(a as JsonObject);
    expect(await got(stage, `${path}/${a?.id as string}`, { method: "DELETE" })).toMatchObject({ id: id as string });
    expect(await got(stage, path)).toMatchObject({ data: [b], first_id: b?.id });
    expect(await faultOf(got(stage, `${path}/${a?.id as string}`))).toMatchObject({ status: 404 });
    expect(await faultOf(got(stage, path, json({})))).toMatchObject({ param: "items" });
  });

  test("a request goes on from one, and is added to it with its answer", async () => {
    const stage = overChat();
    const { id } = await got(stage, "/v1/conversations", json({ items: [{ role: "user", content: "zero" }] }));
    for (const conversation of [id as string, { id: id as string }]) {
      expect(await create(stage, { input: "next", conversation })).toMatchObject({
        conversation: { id: id as string },
      });
    }
    expect(messagesOf(stage.seen[1])).toMatchObject([
      { role: "user", content: "zero" },
      { role: "user", content: "next" },
      { role: "assistant", content: 're: "next"' },
      { role: "user", content: "next" },
    ]);
    const { data } = await got(stage, `/v1/conversations/${id as string}/items`);
    expect(data).toHaveLength(5);
  });

  test("one that grew too large is told of", async () => {
    const stage = overChat();
    const { id } = await got(stage, "/v1/conversations", json({}));
    const items = [{ role: "user", content: "x".repeat(11_000) }];
    const asked = got(stage, `/v1/conversations/${id as string}/items`, json({ items }));
    expect(await faultOf(asked)).toMatchObject({ code: "payload_too_large" });
  });

  test("where some providers keep conversations the gateway does, so that all of them can go on from one", async () => {
    const stage = setUp({ providers: [keeper, chatOnly], answer: chatAnswer });
    const { id } = await got(stage, "/v1/conversations", json({ items: [{ role: "user", content: "zero" }] }));
    expect(stage.seen).toEqual([]);
    await stage
      .ask("/v1/responses", json({ model: "m", input: "one", conversation: id }), { consumer: "alice" })
      .catch(() => {});
    // It goes to the first of them in its own protocol, with the items in the place of their id.
    expect(stage.seen[0]?.url).toBe("https://native.test/chat");
    expect(JSON.parse(stage.seen[0]?.body ?? "")).toMatchObject({ input: [{ role: "user" }, { role: "user" }] });
    expect(stage.seen[0]?.body).not.toContain("conv_");
  });
});

describe("providers that keep answers", () => {
  const answer = ({ url }: Seen): Response =>
    url.endsWith("/chat")
      ? Response.json({ id: "resp_n", status: "completed", output: [] })
      : Response.json({ id: "x" });
  const other = {
    ...keeper,
    id: "other",
    url: ({ api, rest = "" }: UpstreamCall) => `https://other.test/${api}${rest}`,
  };
  const keyOf = (seen: Seen | undefined): string =>
    `${new URL(seen?.url ?? "").host} ${seen?.headers.get("authorization")}`;

  test("the provider and credential that made an answer are asked for it and what follows, on every replica", async () => {
    const store = createMemoryStore();
    const first = setUp({ providers: [other, keeper], tokens: TOKENS, store, answer, options: { plan: () => [] } });
    const plan = () => first.targets.filter(({ provider }) => provider.id === "native");
    const maker = setUp({ providers: [other, keeper], tokens: TOKENS, store, answer, options: { plan } });
    await create(maker, { input: "one" });
    const made = keyOf(maker.seen[0]);
    expect(made).toStartWith("native.test");
    const replica = setUp({ providers: [other, keeper], tokens: TOKENS.toReversed(), store, answer });
    await create(replica, { input: "two", previous_response_id: "resp_n" });
    for (const path of ["", "/input_items", "/cancel"])
      await replica.ask(`/v1/responses/resp_n${path}`, path === "/cancel" ? { method: "POST" } : {}, {
        consumer: "alice",
      });
    expect(replica.seen.map(keyOf)).toEqual([made, made, made, made]);
    // Untouched: the provider knows the id.
    expect(JSON.parse(replica.seen[0]?.body ?? "")).toMatchObject({ previous_response_id: "resp_n" });
  });

  test("requests of a consumer stay with its credential, those of nobody in particular take turns", async () => {
    const stage = setUp({ providers: [keeper], tokens: TOKENS, answer });
    const keys = (): number => new Set(stage.seen.splice(0).map(keyOf)).size;
    for (let n = 0; n < 3; n++) await create(stage, { input: "one" });
    expect(keys()).toBe(1);
    for (let n = 0; n < 3; n++) await stage.ask("/v1/responses", json({ model: "m", input: "one" }));
    expect(keys()).toBe(3);
    await stage.ask("/v1/responses/resp_n");
    await stage.ask("/v1/responses", json({ model: "m", input: "two", previous_response_id: "resp_n" }));
    expect(keys()).toBe(1);
  });

  test("another consumer's answer is not there", async () => {
    const stage = setUp({ providers: [keeper], answer });
    await create(stage, { input: "one" });
    expect(await faultOf(got(stage, "/v1/responses/resp_n", {}, "bob"))).toMatchObject({ status: 404 });
    const goingOn = create(stage, { input: "x", previous_response_id: "resp_n" }, "bob");
    expect(await faultOf(goingOn)).toMatchObject({ code: "previous_response_not_found" });
    expect(stage.seen).toHaveLength(1);
  });

  test("items that they keep they look up themselves", async () => {
    const stage = setUp({ providers: [keeper], answer });
    const input = [{ type: "item_reference", id: `msg_${"0".repeat(32)}_0` }];
    await create(stage, { input });
    expect(JSON.parse(stage.seen[0]?.body ?? "")).toEqual({ model: "m", input });
  });

  test("an id that nobody knows is the provider's affair, and goes to no one else", async () => {
    const stage = setUp({ providers: [chatOnly, keeper], answer });
    await create(stage, { input: "two", previous_response_id: "resp_elsewhere" });
    await got(stage, "/v1/responses/resp_elsewhere");
    await got(stage, "/v1/responses/input_tokens", json({ model: "m", input: "x" })).catch(() => {});
    expect(stage.seen.map(({ url }) => url).slice(0, 2)).toEqual([
      "https://native.test/chat",
      "https://native.test/responses/resp_elsewhere",
    ]);
  });

  test("what they keep the gateway does not", async () => {
    const written: string[] = [];
    const store = createMemoryStore();
    const stage = setUp({
      providers: [keeper],
      answer,
      store: { ...store, set: async (key) => void written.push(key) },
    });
    await create(stage, { input: "one" });
    expect(written).toEqual(["affinity:native:resp_n"]);
    await create(stage, { input: "one", store: false });
    expect(written).toHaveLength(1);
  });

  test("a model of theirs that does not speak the protocol is not asked without the turns before", async () => {
    const protocolsFor = (model: string) =>
      (model === "old" ? ["openai-chat"] : ["openai-chat", "openai-responses"]) as never[];
    const stage = setUp({ providers: [{ ...keeper, protocolsFor }], answer });
    await create(stage, { input: "one" });
    const asked = create(stage, { model: "old", input: "x", previous_response_id: "resp_n" });
    expect(await faultOf(asked)).toMatchObject({ code: "api_not_supported", param: "previous_response_id" });
    const unknown = create(stage, { model: "old", input: "x", conversation: "conv_elsewhere" });
    expect(await faultOf(unknown)).toMatchObject({ code: "object_not_found" });
    expect(stage.seen).toHaveLength(1);
  });

  test("both ways of going on exclude each other", async () => {
    const stage = setUp({ providers: [keeper], answer });
    const asked = create(stage, { input: "x", previous_response_id: "a", conversation: "b" });
    expect(await faultOf(asked)).toMatchObject({ status: 400, param: "conversation" });
  });
});
