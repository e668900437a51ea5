import { describe, expect, test } from "bun:test";
import type { FailStrategy, Hooks, Plugin } from "#src/core/plugin.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { madePlugin } from "#tests/support/made-plugin.ts";
import { pluginStage } from "#tests/support/plugin-stage.ts";

function fail(): never {
  throw new Error("a bug");
}

const HOOKS: Readonly<Record<string, Hooks>> = {
  requestHeaders: { requestHeaders: fail },
  requestBody: { requestBody: fail },
  responseHeaders: { responseHeaders: fail },
  responseBody: { responseBody: fail },
};

async function ask(
  hooks: Hooks,
  failStrategy: FailStrategy,
): Promise<{ status: number; text: string; logged: string }> {
  await using stage = await pluginStage({
    extra: [madePlugin("broken", hooks)],
    plugins: [{ name: "broken", failStrategy }],
  });
  const response = await stage.fetch("/x", { method: "POST", body: "b" });
  return { status: response.status, text: await response.text(), logged: JSON.stringify(stage.logs) };
}

describe.each(Object.keys(HOOKS))("a plugin that fails in %s", (name) => {
  test("is left out with FAIL_OPEN, and told of", async () => {
    const { status, text, logged } = await ask(HOOKS[name] ?? {}, "FAIL_OPEN");
    expect([status, text]).toEqual([200, "from the backend"]);
    expect(logged).toContain("a bug");
    expect(logged).toContain("broken");
  });

  test("fails the request with FAIL_CLOSE, and its bug stays inside", async () => {
    const { status, text, logged } = await ask(HOOKS[name] ?? {}, "FAIL_CLOSE");
    expect(status).toBe(503);
    expect(text).toContain("broken");
    expect(text).not.toContain("a bug");
    expect(logged).toContain("a bug");
  });
});

test("a stream of a chat that fails ends with the protocol's error", async () => {
  const broken: Plugin = madePlugin("broken", { chatEvent: (_, { type }) => (type === "text" ? fail() : undefined) });
  await using stage = await pluginStage({ extra: [broken], plugins: [{ name: "broken" }] });
  stage.ai.reply({ answer: { parts: [{ type: "text", text: "words" }] } });
  const body = JSON.stringify({ model: "m", max_tokens: 9, stream: true, messages: [{ role: "user", content: "Hi" }] });
  const text = await (await stage.fetch("/v1/messages", { method: "POST", body })).text();
  expect(text).toContain("event: error");
  expect(text).not.toContain("words");
  expect(text).not.toContain("a bug");
});

test("a hook is waited for as long as its entry says", async () => {
  const clock = new FakeClock();
  const waiting = Promise.withResolvers<void>();
  const slow = madePlugin("slow", {
    requestHeaders() {
      waiting.resolve();
      return new Promise<void>(() => {});
    },
  });
  await using stage = await pluginStage({ extra: [slow], plugins: [{ name: "slow", timeout: "2s" }], clock });
  const response = stage.fetch("/x");
  await waiting.promise;
  clock.advance(1999);
  clock.advance(1);
  expect((await response).status).toBe(503);
  expect(JSON.stringify(stage.logs)).toContain("longer than 2000 ms");
});

test("a hook of a route's own plugin as long as the route says", async () => {
  const slow = madePlugin("slow", { requestHeaders: () => new Promise<void>(() => {}) });
  const http = { services: [{ name: "backend" }] };
  const own = { name: "own", match: { path: { prefix: "/" } }, http, plugins: [{ name: "slow", timeout: "1ms" }] };
  await using stage = await pluginStage({ extra: [slow], plugins: [], config: () => ({ routes: [own] }) });
  expect((await stage.fetch("/x")).status).toBe(503);
  expect(JSON.stringify(stage.logs)).toContain("longer than 1 ms");
});

test("a hook of a plugin that has failed is not called again", async () => {
  const seen: string[] = [];
  const broken = madePlugin("broken", {
    requestHeaders: fail,
    responseHeaders: () => void seen.push("response"),
    done: () => void seen.push("done"),
  });
  await using stage = await pluginStage({ extra: [broken], plugins: [{ name: "broken", failStrategy: "FAIL_OPEN" }] });
  await stage.fetch("/x");
  expect(seen).toEqual([]);
});

test("a configuration that cannot be is told with the entry's name, and changes nothing", async () => {
  const picky = madePlugin("picky", ({ ok }) => (ok === true ? {} : fail()));
  await using stage = await pluginStage({ extra: [picky], plugins: [{ name: "picky", config: { ok: true } }] });
  expect(stage.apply([{ name: "picky", config: { ok: false } }])).rejects.toThrow("The plugin 'picky': a bug");
  expect((await stage.fetch("/x")).status).toBe(200);
});

describe("a plugin that fails after it has held back pieces of an answer", () => {
  const holder = (): Plugin =>
    madePlugin("broken", {
      responseChunk: (_, chunk, last) => (last || chunk.byteLength === 0 ? fail() : new Uint8Array()),
    });
  const backend = (): Response =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (const piece of ["one ", "two ", "three"]) controller.enqueue(new TextEncoder().encode(piece));
          controller.close();
        },
      }),
    );

  test("gives all of them back with FAIL_OPEN", async () => {
    await using stage = await pluginStage({
      extra: [holder()],
      plugins: [{ name: "broken", failStrategy: "FAIL_OPEN" }],
      backend,
    });
    expect(await (await stage.fetch("/x")).text()).toBe("one two three");
  });

  test("breaks the answer with FAIL_CLOSE, and when it has held back too much", async () => {
    for (const entry of [{ failStrategy: "FAIL_CLOSE" }, { failStrategy: "FAIL_OPEN", small: true }]) {
      const { failStrategy, small = false } = entry;
      await using stage = await pluginStage({
        extra: [holder()],
        plugins: [{ name: "broken", failStrategy }],
        backend,
        config: () => ({
          routes: [
            {
              name: "web",
              match: { path: { prefix: "/" } },
              http: { services: [{ name: "backend" }] },
              ...(small ? { maxBodySize: "5B" } : {}),
            },
          ],
        }),
      });
      const broken = await stage
        .fetch("/x")
        .then((response) => response.text())
        .catch(() => "broken");
      expect(broken).toBe("broken");
    }
  });
});

test("an answer that a failed plugin keeps back is given up, and the request is over", async () => {
  const given = Promise.withResolvers<void>();
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1024)),
    cancel: () => given.resolve(),
  });
  const broken = madePlugin("broken", { responseHeaders: fail });
  await using stage = await pluginStage({
    extra: [broken],
    plugins: [{ name: "broken" }],
    backend: () => new Response(endless),
  });
  expect((await stage.fetch("/x")).status).toBe(503);
  await given.promise;
  await stage.gateway.active.idle();
});

test("only hooks that a plugin has are counted", async () => {
  const counted: string[] = [];
  const one = madePlugin("one", { requestHeaders: () => {} });
  const pluginMetrics = {
    hook: (_: string, hook: string) => () => void counted.push(hook),
    failed() {},
    calledOut() {},
    metric: () => ({ value: 0, add() {}, record() {} }),
  };
  await using stage = await pluginStage({ extra: [one], plugins: [{ name: "one" }], gateway: { pluginMetrics } });
  await (await stage.fetch("/x")).text();
  expect(counted).toEqual(["requestHeaders"]);
});

describe("a plugin that cannot be set to work", () => {
  const picky = (state = { works: false }): Plugin =>
    madePlugin("picky", ({ ok }) => (ok === true || state.works ? {} : fail()));
  const optional = { name: "picky", required: false };

  test("refuses where it holds, and is told, when the configuration can do without it", async () => {
    const rules = [{ routes: ["chat"], config: { ok: true } }];
    await using stage = await pluginStage({ extra: [picky()], plugins: [{ ...optional, config: {}, rules }] });
    const refused = await stage.fetch("/x");
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain("The plugin 'picky' of this route failed.");
    expect((await stage.fetch("/v1/models")).status).toBe(200);
    expect(stage.gateway.pluginFailures).toEqual([{ id: "picky", why: "a bug" }]);
  });

  test("is passed by with FAIL_OPEN", async () => {
    await using stage = await pluginStage({ extra: [picky()], plugins: [{ ...optional, failStrategy: "FAIL_OPEN" }] });
    expect((await stage.fetch("/x")).status).toBe(200);
    expect(JSON.stringify(stage.logs)).toContain("a bug");
  });

  test("works once it can", async () => {
    const state = { works: false };
    await using stage = await pluginStage({ extra: [picky(state)], plugins: [optional] });
    expect((await stage.fetch("/x")).status).toBe(503);
    state.works = true;
    await stage.apply([optional]);
    expect((await stage.fetch("/x")).status).toBe(200);
    expect(stage.gateway.pluginFailures).toEqual([]);
  });

  test("and is known to be broken is not tried: neither the entry nor one of its rules", async () => {
    const rules = [{ routes: ["web"], config: { ok: true }, broken: "no" }];
    await using stage = await pluginStage({ extra: [picky()], plugins: [{ name: "picky", broken: "no" }] });
    expect((await stage.fetch("/x")).status).toBe(503);
    await stage.apply([{ name: "picky", config: { ok: true }, rules }]);
    expect((await stage.fetch("/x")).status).toBe(503);
    expect((await stage.fetch("/v1/models")).status).toBe(200);
    expect(stage.gateway.pluginFailures).toEqual([]);
  });
});
