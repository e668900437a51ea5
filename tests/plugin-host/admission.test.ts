import { expect, test } from "bun:test";
import { LocalReply, type Plugin } from "#src/core/plugin.ts";
import { madePlugin } from "#tests/support/made-plugin.ts";
import { pluginStage } from "#tests/support/plugin-stage.ts";

const BODY = JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }] });
const ANSWER = { answer: { parts: [{ type: "text", text: "words" }] } } as const;
const consumers = [{ name: "alice", credentials: ["key-of-alice"] }];

/** Knows who asks by a header of its own. */
const badge: Plugin = madePlugin(
  "badge",
  {
    requestHeaders(call) {
      const name = call.request.headers.get("x-badge");
      if (name !== null) call.consumer = name;
    },
  },
  { phase: "AUTHN" },
);

test("whom a plugin knows is let in beside the configuration's consumers", async () => {
  await using stage = await pluginStage({
    extra: [badge],
    plugins: [{ name: "badge" }],
    config: ({ ai }) => ({
      consumers,
      providers: [{ id: "fake", type: "openai", apiTokens: ["k"], baseUrl: `${ai.origin}/openai/v1` }],
    }),
  });
  stage.ai.serve(ANSWER);
  const ask = async (headers: Record<string, string>): Promise<number> =>
    (await stage.fetch("/v1/chat/completions", { method: "POST", body: BODY, headers })).status;
  expect(await ask({})).toBe(401);
  expect(await ask({ authorization: "Bearer key-of-alice" })).toBe(200);
  expect(await ask({ "x-badge": "bob" })).toBe(200);
  expect(stage.records.map(({ consumer }) => consumer)).toEqual([undefined, "alice", "bob"]);
});

test("who is not let in costs later plugins nothing; a browser's question is theirs to answer", async () => {
  const seen: string[] = [];
  const later = madePlugin("later", {
    requestHeaders({ request }) {
      seen.push(request.method);
      return request.method === "OPTIONS" ? LocalReply.respond(204, "") : undefined;
    },
  });
  await using stage = await pluginStage({
    extra: [later],
    plugins: [{ name: "later" }],
    config: () => ({ consumers }),
  });
  expect((await stage.fetch("/v1/chat/completions", { method: "POST", body: BODY })).status).toBe(401);
  const preflight = { origin: "https://a.example", "access-control-request-method": "POST" };
  expect((await stage.fetch("/v1/chat/completions", { method: "OPTIONS", headers: preflight })).status).toBe(204);
  expect(seen).toEqual(["OPTIONS"]);
});

test("lists of models are closed as the routes are", async () => {
  const closed = madePlugin("closed", { requestHeaders: () => LocalReply.refuse(401, "No.") }, { phase: "AUTHN" });
  await using stage = await pluginStage({
    extra: [closed],
    plugins: [{ name: "closed", rules: [{ routes: ["chat"], config: {} }] }],
  });
  expect((await stage.fetch("/v1/models")).status).toBe(401);
});

test("a plugin leads to another route, whose later plugins go on", async () => {
  const seen: string[] = [];
  const noted = (name: string, priority: number): Plugin =>
    madePlugin(name, ({ say }) => ({ requestHeaders: () => void seen.push(`${name} ${String(say)}`) }), { priority });
  const lead = madePlugin(
    "lead",
    {
      requestHeaders(call) {
        call.request.headers.set("x-to", "b");
        call.reroute();
      },
    },
    { priority: 5 },
  );
  const rules = ["a", "b"].map((route) => ({ routes: [route], config: { say: route } }));
  await using stage = await pluginStage({
    extra: [noted("before", 9), lead, noted("after", 1)],
    plugins: [{ name: "before", rules }, { name: "lead" }, { name: "after", rules }],
    config: () => ({
      routes: [
        { name: "a", match: { path: { prefix: "/" } }, response: { status: 200, body: "a" } },
        {
          name: "b",
          match: { path: { prefix: "/" }, headers: [{ name: "x-to", exact: "b" }] },
          response: { status: 200, body: "b" },
        },
      ],
    }),
  });
  expect(await (await stage.fetch("/x")).text()).toBe("b");
  expect(seen).toEqual(["before a", "after b"]);
  expect(stage.records[0]?.route).toBe("b");
});
