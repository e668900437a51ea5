import { describe, expect, test } from "bun:test";
import { type Hooks, LocalReply, type Plugin, type PluginPhase } from "#src/core/plugin.ts";
import { madePlugin } from "#tests/support/made-plugin.ts";
import { pluginStage } from "#tests/support/plugin-stage.ts";

const CHAT = { model: "gpt-4o", messages: [{ role: "user", content: "Hello" }] };

function chat(extra: object = {}): RequestInit {
  const headers = { "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify({ ...CHAT, ...extra }) };
}

describe("order", () => {
  test("phases first, then the higher priority; answers the other way round", async () => {
    const seen: string[] = [];
    const noted = (name: string, phase: PluginPhase, priority = 0): Plugin =>
      madePlugin(
        name,
        { requestHeaders: () => void seen.push(name), responseHeaders: () => void seen.push(`-${name}`) },
        { phase, priority },
      );
    const extra = [
      noted("d", "UNSPECIFIED_PHASE"),
      noted("b", "AUTHN", 1),
      noted("c", "STATS", 9),
      noted("a", "AUTHN", 2),
    ];
    await using stage = await pluginStage({ extra, plugins: extra.map(({ name }) => ({ name })) });
    expect(await (await stage.fetch("/x")).text()).toBe("from the backend");
    expect(seen).toEqual(["a", "b", "c", "d", "-d", "-c", "-b", "-a"]);
  });

  test("phase and priority of an entry go before the plugin's own", async () => {
    const seen: string[] = [];
    const extra = ["a", "b"].map((name) => madePlugin(name, { requestHeaders: () => void seen.push(name) }));
    await using stage = await pluginStage({ extra, plugins: [{ name: "a" }, { name: "b", phase: "AUTHN" }] });
    await stage.fetch("/x");
    expect(seen).toEqual(["b", "a"]);
  });
});

describe("requests", () => {
  test("headers, path and query that are changed reach the upstream", async () => {
    const extra = [
      madePlugin("edit", {
        requestHeaders({ request }) {
          request.headers.set("x-added", "yes");
          request.headers.delete("x-removed");
          request.path = "/other";
          request.search = "?q=2";
        },
      }),
    ];
    await using stage = await pluginStage({ extra, plugins: [{ name: "edit" }] });
    await stage.fetch("/x?q=1", { headers: { "x-removed": "me" } });
    const [asked] = stage.asked;
    expect(new URL(asked?.url ?? "").pathname + new URL(asked?.url ?? "").search).toBe("/other?q=2");
    expect(asked?.headers.get("x-added")).toBe("yes");
    expect(asked?.headers.has("x-removed")).toBeFalse();
  });

  test("a body that is changed reaches the upstream, whatever its length", async () => {
    const extra = [
      madePlugin("edit", {
        requestBody: (_, body) => new TextEncoder().encode(new TextDecoder().decode(body).repeat(3)),
      }),
    ];
    await using stage = await pluginStage({ extra, plugins: [{ name: "edit" }] });
    await stage.fetch("/x", { method: "POST", body: "abc" });
    expect(await stage.asked[0]?.text()).toBe("abcabcabc");
  });

  test("a reply is the answer; nobody else is asked, and those before see it", async () => {
    const seen: string[] = [];
    const extra = [
      madePlugin(
        "first",
        { responseHeaders: ({ response }) => void seen.push(`${response?.status}`) },
        { priority: 2 },
      ),
      madePlugin(
        "reply",
        { requestHeaders: () => LocalReply.respond(299, "mine", { headers: [["x-mine", "1"]] }) },
        { priority: 1 },
      ),
      madePlugin("last", { requestHeaders: () => void seen.push("last") }),
    ];
    await using stage = await pluginStage({ extra, plugins: extra.map(({ name }) => ({ name })) });
    const response = await stage.fetch("/x");
    expect([response.status, response.headers.get("x-mine"), await response.text()]).toEqual([299, "1", "mine"]);
    expect(seen).toEqual(["299"]);
    expect(stage.asked).toEqual([]);
  });

  test("a refusal is plain words on an HTTP route, and an error of the client's protocol on an AI route", async () => {
    const extra = [
      madePlugin("no", { requestHeaders: () => LocalReply.refuse(403, "Not you.", { headers: [["x-why", "rule"]] }) }),
    ];
    await using stage = await pluginStage({ extra, plugins: [{ name: "no" }] });
    const plain = await stage.fetch("/x");
    expect([plain.status, plain.headers.get("x-why"), await plain.text()]).toEqual([403, "rule", "Not you."]);
    const openai = await stage.fetch("/v1/chat/completions", chat());
    expect(openai.status).toBe(403);
    expect(openai.headers.get("x-why")).toBe("rule");
    expect(await openai.json()).toMatchObject({ error: { message: "Not you." } });
    const claude = await stage.fetch("/v1/messages", chat({ max_tokens: 5 }));
    expect(await claude.json()).toMatchObject({
      type: "error",
      error: { type: "permission_error", message: "Not you." },
    });
  });

  test("hooks may wait", async () => {
    const extra = [
      madePlugin("slow", {
        async requestHeaders({ request }) {
          await Promise.resolve();
          request.headers.set("x-slow", "1");
        },
      }),
    ];
    await using stage = await pluginStage({ extra, plugins: [{ name: "slow" }] });
    await stage.fetch("/x");
    expect(stage.asked[0]?.headers.get("x-slow")).toBe("1");
  });
});

describe("answers", () => {
  test("status, headers and a whole body can be changed", async () => {
    const extra = [
      madePlugin("edit", {
        responseHeaders({ response }) {
          if (response !== undefined) response.status = 202;
          response?.headers.set("x-more", "1");
        },
        responseBody: (_, body) => new TextEncoder().encode(`<${new TextDecoder().decode(body)}>`),
      }),
    ];
    await using stage = await pluginStage({ extra, plugins: [{ name: "edit" }] });
    const response = await stage.fetch("/x");
    expect([response.status, response.headers.get("x-more"), await response.text()]).toEqual([
      202,
      "1",
      "<from the backend>",
    ]);
  });

  test("what the upstream has packed is read unpacked", async () => {
    const packed = Bun.gzipSync(new TextEncoder().encode("plain"));
    const extra = [madePlugin("edit", { responseBody: (_, body) => new Uint8Array(body.toReversed()) })];
    await using stage = await pluginStage({
      extra,
      plugins: [{ name: "edit" }],
      backend: () => new Response(packed, { headers: { "content-encoding": "gzip" } }),
    });
    expect(await (await stage.fetch("/x")).text()).toBe("nialp");
    expect(stage.asked[0]?.headers.get("accept-encoding")).toBeNull();
  });

  test("pieces are changed as they come, and the last call may add to them", async () => {
    const extra = [
      madePlugin("upper", {
        responseChunk: (_, chunk, last) =>
          new TextEncoder().encode(last ? "!" : new TextDecoder().decode(chunk).toUpperCase()),
      }),
    ];
    await using stage = await pluginStage({ extra, plugins: [{ name: "upper" }] });
    expect(await (await stage.fetch("/x")).text()).toBe("FROM THE BACKEND!");
  });

  test("a plugin that reads bodies both ways says which one this is to be", async () => {
    const read: string[] = [];
    const plugin = madePlugin("reader", {
      responseHeaders: ({ request }) => (request.path === "/pieces" ? "stream-body" : undefined),
      responseBody: () => void read.push("whole"),
      responseChunk: () => void read.push("piece"),
    });
    await using stage = await pluginStage({ extra: [plugin], plugins: [{ name: "reader" }] });
    await (await stage.fetch("/whole")).text();
    expect(read).toEqual(["whole"]);
    await (await stage.fetch("/pieces")).text();
    expect(read).toEqual(["whole", "piece", "piece"]);
  });

  test("an error of the gateway's own passes through too", async () => {
    const extra = [
      madePlugin("mark", {
        responseHeaders({ response }) {
          response?.headers.set("x-mark", String(response.status));
        },
      }),
    ];
    await using stage = await pluginStage({ extra, plugins: [{ name: "mark" }], config: () => ({ routes: [] }) });
    expect((await stage.fetch("/nowhere")).headers.get("x-mark")).toBe("404");
  });
});

describe("chats", () => {
  const shout: Hooks = {
    chatRequest: (_, request) => ({
      ...request,
      messages: [{ role: "system", content: [{ type: "text", text: "Shout." }] }, ...request.messages],
    }),
    chatEvent: (_, event) => (event.type === "text" ? [{ ...event, text: event.text.toUpperCase() }] : undefined),
  };

  test.each(["sync", "async"] as const)(
    "requests and answers, whole and streamed, in every protocol: %s",
    async (kind) => {
      const slow: Hooks = { ...shout, chatEvent: async (call, event) => shout.chatEvent?.(call, event) };
      const extra = [madePlugin("shout", kind === "sync" ? shout : slow)];
      await using stage = await pluginStage({ extra, plugins: [{ name: "shout" }] });
      for (const [path, stream] of [
        ["/v1/chat/completions", false],
        ["/v1/chat/completions", true],
        ["/v1/messages", true],
        ["/v1/messages", false],
      ] as const) {
        stage.ai.reply({ answer: { parts: [{ type: "text", text: "quiet words" }] } });
        const response = await stage.fetch(path, chat({ stream, max_tokens: 50 }));
        const text = await response.text();
        expect(response.status).toBe(200);
        expect(text).toContain("WORDS");
        expect(text).not.toContain("words");
        const sent = JSON.stringify(stage.ai.requests.at(-1)?.json);
        expect(sent).toContain("Shout.");
        expect(sent).toContain("Hello");
      }
    },
  );
});
