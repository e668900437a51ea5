import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ChatRequest } from "#src/core/chat.ts";
import { type Bytes, LocalReply } from "#src/core/plugin.ts";
import { RedisError } from "#src/core/plugin-host.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { until } from "#tests/support/until.ts";
import { keptCall } from "./kept-call.ts";
import { configured, everything, type Isolated, isolated } from "./stage.ts";

const text = (bytes: unknown): string => new TextDecoder().decode(bytes as Bytes);
const bytes = (value: string): Bytes => new TextEncoder().encode(value);

describe("a plugin in a process of its own", () => {
  const host = fakePluginHost({
    name: "guest",
    secrets: { key: "s3cret" },
    answer: ({ path, body }) => ({ status: 202, headers: [["x", path]], body: bytes(`answer to ${text(body)}`) }),
    redis: {
      async command([name, key]) {
        if (name === "BAD") throw new RedisError("ERR bad");
        return [1, "two", null, [Uint8Array.of(3), key as Uint8Array], new RedisError("nested")];
      },
    },
  });
  let one: Isolated;
  beforeAll(async () => {
    one = await isolated({ given: { a: [1] } }, {}, host);
  });
  afterAll(() => one[Symbol.asyncDispose]());

  test("changes the request", async () => {
    const { verdict, call } = await one.ask("change", keptCall([["b", "x"]]));
    expect(verdict).toBeUndefined();
    const { method, host, path, search, headers } = call.request;
    expect([method, host, path, search]).toEqual(["PUT", "other.test", "/changed", "?x=1"]);
    expect([headers.get("a"), headers.get("b")]).toEqual(["1, 2", null]);
    expect(headers.get("seen")).toBe("PUT /changed 1, 2 false");
    expect(call.consumer).toBe("alice");
    expect(Object.fromEntries(call.properties)).toEqual({ "log.x": "y" });
    expect(call.asked).toEqual(["override 10.0.0.1:80", "reroute"]);
  });

  test("changes nothing when it does nothing", async () => {
    const { verdict, call } = await one.ask("");
    expect(verdict).toBeUndefined();
    expect(call.asked).toEqual([]);
  });

  test("knows the request and what it was given", async () => {
    const { said } = await one.ask("facts");
    expect(JSON.parse(said ?? "")).toEqual({
      id: "r-1",
      route: { name: "route", ai: false, mcp: false, services: ["backend"] },
      connection: { remoteAddress: "10.1.2.3", secure: true },
      time: 1234,
      hasBody: true,
      hasRules: false,
      given: { json: { a: [1] }, bytes: [3] },
    });
  });

  test("asks for properties, its own changes counted in", async () => {
    const call = keptCall();
    call.properties.set("theirs", "another plugin's");
    expect((await one.ask("property", call)).said).toBe("set before it is asked for, another plugin's, undefined");
  });

  test("answers by itself", async () => {
    const { verdict } = await one.ask("reply");
    expect(verdict).toEqual(
      LocalReply.respond(418, Uint8Array.of(1, 2, 255), { headers: [["x", "y"]], reason: "tea" }),
    );
    expect((await one.ask("refuse")).verdict).toEqual(LocalReply.refuse(403, "no"));
    expect((await one.ask("say")).verdict).toEqual(LocalReply.chat("words", "length", { reason: "full" }));
    expect((await one.ask("pass")).verdict).toBe("pass-body");
  });

  test("changes bodies, answers, chunks and chats", async () => {
    const call = keptCall([], { answered: true });
    const hooks = one.open(call);
    expect(text(await hooks.requestBody?.(call, bytes("abc")))).toBe("cba");
    await hooks.responseHeaders?.(call);
    expect([call.response?.status, call.response?.headers.get("x-seen")]).toEqual([299, "backend"]);
    expect(await hooks.responseBody?.(call, bytes("body"))).toBeUndefined();
    expect(await hooks.responseBody?.(call, bytes(""))).toEqual(LocalReply.refuse(451, "empty"));
    expect(text(await hooks.responseChunk?.(call, bytes("chunk"), false))).toBe("hunk");
    expect(text(await hooks.responseChunk?.(call, bytes(""), true))).toBe("the end");
    const chat = { model: "m", messages: [] } as unknown as ChatRequest;
    expect(await hooks.chatRequest?.(call, chat)).toMatchObject({ model: "m-changed", messages: [] });
    const event = { type: "text", index: 0, text: "雪" } as never;
    expect(await hooks.chatEvent?.(call, event)).toEqual([event, event]);
    hooks.done?.(call);
  });

  test("takes and gives bodies of megabytes", async () => {
    const call = keptCall();
    const body = new Uint8Array(8 * 1024 * 1024).map((_, index) => index);
    const changed = (await one.open(call).requestBody?.(call, body)) as Bytes;
    expect(Buffer.compare(changed, body.toReversed())).toBe(0);
  });

  test.each([
    ["shared", "v,false,true,,0"],
    ["metric", "2"],
    ["secret", "s3cret,undefined"],
    ["callout", "202 x,/x answer to asked"],
    ["redis", '[1,"two",null,[{"0":3},{"0":1,"1":2}],{"name":"RedisError"}] RedisError ERR bad'],
    ["store", "v,,2,false,a+b,A plugin in a process of its own has no messages."],
  ])("has the host's services: %s", async (what, said) => {
    expect((await one.ask(what)).said).toBe(said);
  });

  test("has the host's store and metrics", async () => {
    expect(await host.store.get("k")).toBe("v");
    expect(host.metrics.get("c")?.value).toBe(2);
    expect(host.metrics.get("g")?.value).toBe(5);
  });

  test("that throws fails alone, with what it changed before", async () => {
    expect(await messageOf(one.ask("throw"))).toBe("a bug");
    const call = keptCall();
    expect(await messageOf(one.ask("change and throw", call))).toBe("a bug");
    expect(call.request.headers.get("a")).toBe("changed");
    expect((await one.ask("pass")).verdict).toBe("pass-body");
  });

  test("is told when nobody waits any more", async () => {
    const call = keptCall();
    const waiting = messageOf(one.ask("wait", call));
    call.abort.abort();
    expect(await waiting).toBe("aborted");
  });

  test("has what it prints in the log", async () => {
    await one.ask("print to its output");
    await until("the line is in the log", () => host.lines.some(({ message }) => message === "printed"));
  });
});

test("configurations share a process, have hosts and timers of their own, and can be refused", async () => {
  const kind = everything();
  const [first, second] = [fakePluginHost({ secrets: { key: "1" } }), fakePluginHost({ secrets: { key: "2" } })];
  await using one = await configured(kind, { every: 5 }, first);
  await using two = await configured(kind, {}, second);
  expect((await one.ask("secret")).said).toBe("1,undefined");
  expect((await two.ask("secret")).said).toBe("2,undefined");
  await until("the timer rings twice", () => first.lines.length >= 2);
  expect(second.lines).toEqual([]);
  expect(await messageOf(configured(kind, { refuse: true }))).toBe("The option 'refuse' cannot be true.");
  one.filter.close?.();
  expect((await two.ask("pass")).verdict).toBe("pass-body");
});

test("hooks of one request share their state until it is over", async () => {
  const host = fakePluginHost();
  await using one = await isolated({}, { stateful: true }, host);
  expect("open" in one.filter && one.filter.hooks).toEqual(["requestHeaders", "responseHeaders", "done"]);
  const [a, b] = [keptCall([], { answered: true, id: "a" }), keptCall([], { answered: true, id: "b" })];
  const [ofA, ofB] = [one.open(a), one.open(b)];
  await ofA.requestHeaders?.(a);
  await ofB.requestHeaders?.(b);
  await ofA.responseHeaders?.(a);
  expect(a.response?.headers.get("count")).toBe("2");
  b.properties.set("theirs", "x");
  ofB.done?.(b);
  ofA.done?.(a);
  await until("both are over", () => host.lines.length === 2);
  expect(host.lines.map(({ message }) => message)).toEqual(["done b 2 1 x", "done a 3 1 undefined"]);
});

test("a plugin that cannot be made is told", async () => {
  expect(await messageOf(isolated({ given: "broken" }))).toBe("The module is broken.");
});
