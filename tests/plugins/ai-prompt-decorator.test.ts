import { describe, expect, test } from "bun:test";
import { definePlugin } from "#src/core/plugin.ts";
import { z } from "zod";
import { pluginStage, type PluginStage } from "#tests/support/plugin-stage.ts";

/** Stands for geo-ip: what it would have found. */
const geo = definePlugin({
  name: "found-places",
  summary: "For tests.",
  phase: "UNSPECIFIED_PHASE",
  priority: 1000,
  failStrategy: "FAIL_OPEN",
  options: z.record(z.string(), z.string()),
  configure: (found) => ({
    requestHeaders(call) {
      for (const [name, value] of Object.entries(found)) call.setProperty(name, value);
    },
  }),
});

function stageOf(config: object, places?: object): Promise<PluginStage> {
  const plugins: object[] = [{ name: "ai-prompt-decorator", config }];
  if (places !== undefined) plugins.push({ name: "found-places", config: places });
  return pluginStage({ extra: [geo], plugins });
}

async function ask(stage: PluginStage, body: object, path = "/v1/chat/completions"): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await stage.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  await response.text();
  return stage.ai.requests.at(-1)?.json["messages"];
}

const QUESTION = { model: "gpt-4o", messages: [{ role: "user", content: "Who are you?" }] };
const AROUND = {
  prepend: [{ role: "system", content: "Please answer the questions in English." }],
  append: [{ role: "user", content: "After answering each question, try to ask a follow-up question." }],
};
const SAID = [
  { role: "system", content: "Please answer the questions in English." },
  { role: "user", content: "Who are you?" },
  { role: "user", content: "After answering each question, try to ask a follow-up question." },
];

describe("prepend and append", () => {
  test("stand around what the client says", async () => {
    await using stage = await stageOf(AROUND);
    expect(await ask(stage, QUESTION)).toEqual(SAID);
  });

  test.each([
    ["/v1/messages", { ...QUESTION, max_tokens: 9 }],
    ["/v1/responses", { model: "gpt-4o", input: "Who are you?" }],
    ["/v1/v1beta/models/gpt-4o:generateContent", { contents: [{ role: "user", parts: [{ text: "Who are you?" }] }] }],
  ])("for clients of %s", async (path, body) => {
    await using stage = await stageOf(AROUND);
    await ask(stage, body, path);
    const sent = JSON.stringify(stage.ai.requests.at(-1)?.json);
    const order = SAID.map(({ content }) => sent.indexOf(content));
    expect(order.every((at) => at >= 0)).toBeTrue();
    // Where instructions stand apart they may come after the turns.
    expect(order[1]).toBeLessThan(order[2] ?? 0);
  });

  test("places that were found are filled in; others are empty", async () => {
    const prepend = [
      { role: "system", content: "The user is in ${geo-country}, ${geo-province}, ${geo-city} (${geo-isp})${other}." },
    ];
    await using stage = await stageOf(
      { prepend },
      { "geo-country": "China", "geo-province": "Beijing", "geo-city": "$& ${geo-isp}" },
    );
    expect(await ask(stage, QUESTION)).toEqual([
      { role: "system", content: "The user is in China, Beijing, $& ${geo-isp} ()${other}." },
      { role: "user", content: "Who are you?" },
    ]);
  });
});

describe("replace", () => {
  const rules = [
    { on_role: "system", pattern: "OpenClaw", replacement: "agent" },
    { pattern: "secret-\\d+", replacement: "[REDACTED]", regex: true },
  ];

  test("changes the texts of one role, or of all", async () => {
    await using stage = await stageOf({ replace: rules });
    const messages = [
      { role: "system", content: "You are running inside OpenClaw." },
      { role: "user", content: "Show OpenClaw secret-1234 to the user" },
    ];
    expect(await ask(stage, { model: "gpt-4o", messages })).toEqual([
      { role: "system", content: "You are running inside agent." },
      { role: "user", content: "Show OpenClaw [REDACTED] to the user" },
    ]);
  });

  test("one rule after the other, in what was added too", async () => {
    await using stage = await stageOf({
      prepend: [{ role: "system", content: "one" }],
      replace: [
        { pattern: "one", replacement: "two" },
        { pattern: "(t)(?P<rest>wo)", replacement: "${rest}$1", regex: true, on_role: "" },
      ],
    });
    expect(await ask(stage, { model: "m", messages: [{ role: "user", content: "one one $1" }] })).toEqual([
      { role: "system", content: "wot" },
      { role: "user", content: "wot wot $1" },
    ]);
  });

  test("in texts beside pictures, and in tools' answers", async () => {
    await using stage = await stageOf({ replace: [{ pattern: "secret", replacement: "$&" }] });
    const image = { type: "image_url", image_url: { url: "https://example.com/secret.png" } };
    const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
    const messages = [
      { role: "user", content: [{ type: "text", text: "a secret" }, image] },
      { role: "assistant", tool_calls: [call] },
      { role: "tool", tool_call_id: "c", content: "the secret" },
    ];
    const sent = JSON.stringify(await ask(stage, { model: "m", messages }));
    expect(sent).toContain('"a $&"');
    expect(sent).toContain('"the $&"');
    expect(sent).toContain("secret.png");
  });

  test("a request in which nothing is found keeps its bytes", async () => {
    await using stage = await stageOf({ replace: rules });
    const body = '{ "model":"gpt-4o","messages":[{"role":"user","content":"\\u0048i"}],"temperature":1.0 }';
    const headers = { "content-type": "application/json" };
    await stage.fetch("/v1/chat/completions", { method: "POST", headers, body });
    expect(new TextDecoder().decode(stage.ai.requests[0]?.body)).toBe(body);
  });

  test("an expression that is none is told at start", () => {
    expect(stageOf({ replace: [{ pattern: "(", replacement: "", regex: true }] })).rejects.toThrow('"(" is not valid');
  });

  test("an empty pattern is refused", () => {
    expect(stageOf({ replace: [{ pattern: "", replacement: "x" }] })).rejects.toThrow("must not be empty");
  });
});
