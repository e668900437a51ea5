import { describe, expect, test } from "bun:test";
import { isObject, type Json } from "#src/core/json.ts";
import type { Script } from "#tests/support/upstream/script.ts";
import { pluginStage, type PluginStage, type PluginStageOptions } from "#tests/support/plugin-stage.ts";

const ROLES = [
  { regex: "%{MOBILE}", type: "replace", value: "****" },
  { regex: "%{EMAILLOCALPART}@%{HOSTNAME:domain}", type: "replace", restore: true, value: "****@$domain" },
  { regex: "%{IP}", type: "replace", restore: true, value: "***.***.***.***" },
  { regex: "%{IDCARD}", type: "replace", value: "****" },
  { regex: "sk-[0-9a-zA-Z]*", restore: true, type: "hash" },
];

function stageOf(config: object, more: Partial<PluginStageOptions> = {}): Promise<PluginStage> {
  return pluginStage({ plugins: [{ name: "ai-data-masking", config }], ...more });
}

function post(stage: PluginStage, path: string, body: unknown): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return stage.fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: text });
}

function asking(content: unknown, more: object = {}): object {
  return { model: "gpt-4o", messages: [{ role: "user", content }], ...more };
}

/** The words that the provider was sent last. */
function sent(stage: PluginStage): Json | undefined {
  const messages = stage.ai.requests.at(-1)?.json["messages"];
  const last = Array.isArray(messages) ? messages.at(-1) : undefined;
  return isObject(last) ? last["content"] : undefined;
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Buffer.from(digest).toString("hex");
}

/** All data of an event stream. */
function dataOf(text: string): Json[] {
  return Array.from(text.matchAll(/^data: (\{.*)$/gm), ([, data = "null"]) => JSON.parse(data) as Json);
}

/** The texts within a streamed answer of any protocol, in order. */
function wordsOf(value: Json): string {
  if (Array.isArray(value)) return value.map(wordsOf).join("");
  if (!isObject(value)) return "";
  return Object.entries(value)
    .map(([key, inner]) =>
      ["content", "text", "reasoning_content"].includes(key) && typeof inner === "string" ? inner : wordsOf(inner),
    )
    .join("");
}

/** A provider's stream that says these pieces; where it is asked in Responses, pieces of its own. */
function pieces(path: string, texts: readonly string[]): Script {
  if (path === "/v1/responses") return { answer: { parts: [{ type: "text", text: texts.join("") }] } };
  const chunk = (choice: object): string =>
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "gpt-4o", choices: [choice] })}\n\n`;
  const said = texts.map((content) => chunk({ index: 0, delta: { role: "assistant", content }, finish_reason: null }));
  const body = [...said, chunk({ index: 0, delta: {}, finish_reason: "stop" }), "data: [DONE]\n\n"].join("");
  return { body, contentType: "text/event-stream" };
}

const QUESTION =
  'Please change `curl http://172.20.5.14/api/openai/v1/chat/completions -H "Authorization: sk-12345" -H "Auth: test@gmail.com"` to POST method';

describe("masking", () => {
  test("what Higress' page masks", async () => {
    await using stage = await stageOf({ replace_roles: ROLES });
    await (await post(stage, "/v1/chat/completions", asking(QUESTION))).text();
    expect(sent(stage)).toBe(
      `Please change \`curl http://***.***.***.***/api/openai/v1/chat/completions -H "Authorization: ${await hashOf("sk-12345")}" -H "Auth: ****@gmail.com"\` to POST method`,
    );
    await (await post(stage, "/v1/chat/completions", asking("13800138000, 110000000000000000, wx13800138000"))).text();
    expect(sent(stage)).toBe("****, ****, wx****");
  });

  test("earlier turns, thoughts, tools' inputs and answers, and parts beside pictures", async () => {
    await using stage = await stageOf({
      replace_roles: [{ regex: "secret-\\d+", type: "replace", value: "#", restore: true }],
    });
    const call = { id: "c", type: "function", function: { name: "f", arguments: '{"key":"secret-1","n":1.0}' } };
    const messages = [
      { role: "system", content: "It is secret-1." },
      {
        role: "user",
        content: [
          { type: "text", text: "secret-1?" },
          { type: "image_url", image_url: { url: "https://a.b/secret-1" } },
        ],
      },
      { role: "assistant", content: "Yes, secret-1.", tool_calls: [call] },
      { role: "tool", tool_call_id: "c", content: "secret-1 is wrong" },
    ];
    await (await post(stage, "/v1/chat/completions", { model: "gpt-4o", messages })).text();
    const text = JSON.stringify(stage.ai.requests[0]?.json);
    expect(text.match(/secret-\d/g)).toEqual(["secret-1"]);
    expect(text).toContain("https://a.b/secret-1");
    expect(text).toContain('"arguments":"{\\"key\\":\\"#\\",\\"n\\":1}"');
  });

  test("a request in which nothing is found keeps its bytes", async () => {
    await using stage = await stageOf({ replace_roles: ROLES });
    const body = '{ "model":"gpt-4o", "messages":[{"role":"user","content":"\\u0048i"}],"temperature":1.0 }';
    await (await post(stage, "/v1/chat/completions", body)).text();
    expect(new TextDecoder().decode(stage.ai.requests[0]?.body)).toBe(body);
  });

  test("one rule does not look into another's masks", async () => {
    const roles = [
      { regex: "sk-\\w+", type: "hash", restore: true },
      { regex: "\\d", type: "replace", value: "N" },
    ];
    await using stage = await stageOf({ replace_roles: roles });
    await (await post(stage, "/v1/chat/completions", asking("sk-12345 1"))).text();
    expect(sent(stage)).toBe(`${await hashOf("sk-12345")} N`);
  });
});

const CLIENTS = [
  ["/v1/chat/completions", (content: string, stream: boolean) => asking(content, { stream })],
  ["/v1/messages", (content: string, stream: boolean) => asking(content, { stream, max_tokens: 99 })],
  ["/v1/responses", (content: string, stream: boolean) => ({ model: "gpt-4o", input: content, stream })],
] as const;

describe.each(CLIENTS)("%s: putting back", (path, request) => {
  const answer = (mask: string): string =>
    `curl -H "Authorization: ${mask}" http://***.***.***.*** -H "Auth: ****@gmail.com" ****`;
  const wanted = 'curl -H "Authorization: sk-12345" http://172.20.5.14 -H "Auth: test@gmail.com" ****';

  test("in whole answers", async () => {
    await using stage = await stageOf({ replace_roles: ROLES });
    stage.ai.reply({ answer: { parts: [{ type: "text", text: answer(await hashOf("sk-12345")) }] } });
    expect(wordsOf((await (await post(stage, path, request(QUESTION, false))).json()) as Json)).toContain(wanted);
  });

  test.each([1, 3, 7, 1000])("in streams of pieces of %d characters", async (size) => {
    await using stage = await stageOf({ replace_roles: ROLES });
    const text = answer(await hashOf("sk-12345"));
    const count = Math.ceil(text.length / size);
    stage.ai.reply(
      pieces(
        path,
        Array.from({ length: count }, (_, at) => text.slice(at * size, (at + 1) * size)),
      ),
    );
    const response = await post(stage, path, request(QUESTION, true));
    const deltas = dataOf(await response.text()).filter((event) => {
      const type = isObject(event) ? event["type"] : undefined;
      return type === undefined || type === "content_block_delta" || type === "response.output_text.delta";
    });
    const said = deltas
      .map((event) => (isObject(event) && typeof event["delta"] === "string" ? event["delta"] : wordsOf(event)))
      .join("");
    expect(said).toBe(wanted);
  });
});

test("a mask that stands for two things, or for one that stays masked, is not put back", async () => {
  const roles = [
    { regex: "sk-\\w+", type: "replace", value: "KEY", restore: true },
    { regex: "tel-\\d+", type: "replace", value: "TEL", restore: true },
    { regex: "id-\\d+", type: "replace", value: "TEL" },
  ];
  await using stage = await stageOf({ replace_roles: roles });
  const said = async (content: string): Promise<string> => {
    stage.ai.reply({ answer: { parts: [{ type: "text", text: "KEY and TEL" }] } });
    return wordsOf((await (await post(stage, "/v1/chat/completions", asking(content))).json()) as Json);
  };
  expect(await said("sk-1, sk-1 and tel-1")).toContain("sk-1 and tel-1");
  expect(await said("sk-1, sk-2 and tel-1")).toContain("KEY and tel-1");
  expect(await said("sk-1, id-1 and tel-1")).toContain("sk-1 and TEL");
});

test("a Gemini client's stream", async () => {
  await using stage = await stageOf({ replace_roles: ROLES });
  stage.ai.reply({ answer: { parts: [{ type: "text", text: "It was ***.***.***.***, I think." }] } });
  const contents = [{ role: "user", parts: [{ text: "Ping 10.0.0.1" }] }];
  const response = await post(stage, "/v1/v1beta/models/gpt-4o:streamGenerateContent?alt=sse", { contents });
  expect(
    dataOf(await response.text())
      .map(wordsOf)
      .join(""),
  ).toBe("It was 10.0.0.1, I think.");
  expect(sent(stage)).toBe("Ping ***.***.***.***");
});

describe("deny_words", () => {
  const config = { deny_words: ["bad word\nworse", " 敏感 "], deny_message: "No." };

  test("a question with one gets the message in a model's place", async () => {
    await using stage = await stageOf(config);
    for (const [path, request] of CLIENTS) {
      for (const stream of [false, true]) {
        const response = await post(stage, path, request("So worse!", stream));
        expect(response.status).toBe(200);
        const text = await response.text();
        expect(text).toContain("No.");
        expect(response.headers.get("content-type")).toStartWith(stream ? "text/event-stream" : "application/json");
      }
    }
    expect(stage.ai.requests).toEqual([]);
    expect(stage.records[0]).toMatchObject({
      detail: "ai-data-masking.blocked",
      notes: { "ai-data-masking": "blocked" },
    });
    const logged = JSON.stringify(stage.logs);
    expect(logged).toContain("worse");
    expect(logged).not.toContain("So worse");
  });

  test("with a deny_code from 400 on it is refused", async () => {
    await using stage = await stageOf({ ...config, deny_code: 403 });
    const response = await post(stage, "/v1/messages", asking("这是敏感词", { max_tokens: 9 }));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ type: "error", error: { message: "No." } });
  });

  test("words that only hold one pass", async () => {
    await using stage = await stageOf(config);
    expect((await post(stage, "/v1/chat/completions", asking("bad words, worsening"))).status).toBe(200);
    expect(stage.ai.requests).toHaveLength(1);
  });

  test.each(CLIENTS)("%s: an answer with one", async (path, request) => {
    await using stage = await stageOf(config);
    stage.ai.reply({ answer: { parts: [{ type: "text", text: "Well, a bad word. And more." }] } });
    const whole = wordsOf((await (await post(stage, path, request("Hi", false))).json()) as Json);
    expect(whole).toContain("No.");
    expect(whole).not.toContain("Well");
    stage.ai.reply(pieces(path, ["Well, a ba", "d wo", "rd. And ", "more."]));
    const streamed = await (await post(stage, path, request("Hi", true))).text();
    expect(streamed).toContain("Well, a ");
    expect(streamed).toContain("No.");
    expect(streamed).not.toMatch(/bad|wo"|rd\.|more/);
  });

  test("skip_response leaves answers alone", async () => {
    await using stage = await stageOf({ ...config, skip_response: true });
    stage.ai.reply({ answer: { parts: [{ type: "text", text: "A bad word." }] } });
    expect(await (await post(stage, "/v1/chat/completions", asking("Hi"))).text()).toContain("A bad word.");
  });

  test("without words and rules nothing is looked at", async () => {
    await using stage = await stageOf({ deny_raw: true });
    const body = '{ "model":"gpt-4o", "messages":[{"role":"user","content":"Hi"}] }';
    await (await post(stage, "/v1/chat/completions", body)).text();
    expect(new TextDecoder().decode(stage.ai.requests[0]?.body)).toBe(body);
  });
});

describe("bodies of no chat", () => {
  const roles = [{ regex: "sk-\\w+", type: "replace", value: "KEY", restore: true }];
  const echo = (text: string, contentType: string): Pick<PluginStageOptions, "backend"> => ({
    backend: () => new Response(text, { headers: { "content-type": contentType } }),
  });

  test("deny_jsonpath: these places are masked, byte for byte, and put back", async () => {
    await using stage = await stageOf(
      { deny_jsonpath: ["$.items[*].text", "$.note"], replace_roles: roles },
      echo('{"said":"KEY"}', "application/json"),
    );
    const body =
      '{ "n": 12345678901234567890, "items": [ {"text":"a"}, {"text":"is sk-1"} ], "other":"sk-1", "note":"sk-1" }';
    const response = await post(stage, "/x", body);
    expect(await stage.asked[0]?.text()).toBe(
      body.replace("is sk-1", "is KEY").replace('"note":"sk-1"', '"note":"KEY"'),
    );
    expect(await response.text()).toBe('{"said":"sk-1"}');
  });

  test("deny_raw: whole bodies, JSON or not", async () => {
    await using stage = await stageOf(
      { deny_raw: true, replace_roles: roles, deny_words: ["worse"] },
      echo("It is KEY", "text/plain"),
    );
    const response = await post(stage, "/x", "key=sk-1");
    expect(await stage.asked[0]?.text()).toBe("key=KEY");
    expect(await response.text()).toBe("It is sk-1");
  });

  test("blocked, as configured", async () => {
    const config = {
      deny_raw: true,
      deny_words: ["worse"],
      deny_code: 451,
      deny_raw_message: "<no/>",
      deny_content_type: "text/xml",
    };
    await using stage = await stageOf(config, echo("even worse", "text/plain"));
    const response = await post(stage, "/x", "much worse");
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      451,
      "text/xml",
      "<no/>",
    ]);
    expect(await (await post(stage, "/x", "good")).text()).toBe("<no/>");
  });

  test("event streams are changed as they come", async () => {
    const stream = (pieces: readonly string[]): Partial<PluginStageOptions> => ({
      backend: () => new Response(new Blob([...pieces]).stream(), { headers: { "content-type": "text/event-stream" } }),
    });
    const config = { deny_raw: true, replace_roles: roles, deny_words: ["worse"], deny_raw_message: "stop" };
    await using stage = await stageOf(config, stream(['data: {"a":"K', 'EY"}\n\n', "data: end\n\n"]));
    expect(await (await post(stage, "/x", "sk-1")).text()).toBe('data: {"a":"sk-1"}\n\ndata: end\n\n');
    await using other = await stageOf(config, stream(["data: a\n\n", "data: worse \n\n", "data: b\n\n"]));
    expect(await (await post(other, "/x", "sk-1")).text()).toBe("data: a\n\ndata: \n\ndata: stop\n\n");
  });

  test("what is no text passes", async () => {
    const bytes = new Uint8Array([0xff, 0xfe, 0, 1]);
    await using stage = await stageOf(
      { deny_raw: true, replace_roles: roles },
      {
        backend: () => new Response(bytes, { headers: { "content-type": "application/octet-stream" } }),
      },
    );
    const response = await stage.fetch("/x", { method: "POST", body: bytes });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  });

  test("with deny_openai off chats are such bodies, too", async () => {
    await using stage = await stageOf({
      deny_openai: false,
      deny_jsonpath: ["$.messages[*].content"],
      replace_roles: roles,
    });
    await (await post(stage, "/v1/chat/completions", asking("sk-1"))).text();
    expect(sent(stage)).toBe("KEY");
  });

  test("a chat is looked at once", async () => {
    await using stage = await stageOf({
      deny_raw: true,
      replace_roles: [{ regex: "gpt", type: "replace", value: "x" }],
    });
    await (await post(stage, "/v1/chat/completions", asking("gpt?"))).text();
    expect([stage.ai.requests[0]?.model, sent(stage)]).toEqual(["gpt-4o", "x?"]);
  });
});

describe("chats on a route that speaks no AI", () => {
  const roles = [{ regex: "sk-\\w+", type: "replace", value: "KEY", restore: true }];

  test("are masked where words stand, byte for byte, and put back", async () => {
    await using stage = await stageOf(
      { replace_roles: roles },
      {
        backend: () =>
          new Response('{"choices":[{"message":{"content":"KEY"}}]}', {
            headers: { "content-type": "application/json" },
          }),
      },
    );
    const body =
      '{"model":"sk-m", "messages":[ {"role":"user","content":[{"type":"text","text":"sk-1"},{"type":"image_url","image_url":{"url":"http://a/sk-1"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"sk-1","type":"function","function":{"name":"f","arguments":"{\\"k\\":\\"sk-1\\"}"}}]} ],"n":1.0}';
    const response = await post(stage, "/web/chat/completions", body);
    expect(await stage.asked[0]?.text()).toBe(
      body.replace('"text":"sk-1"', '"text":"KEY"').replace('{\\"k\\":\\"sk-1\\"}', '{\\"k\\":\\"KEY\\"}'),
    );
    expect(await response.text()).toBe('{"choices":[{"message":{"content":"sk-1"}}]}');
  });

  test.each([
    ["/web/v1/messages", { system: "sk-1", messages: [{ role: "user", content: "sk-1" }] }],
    ["/web/responses", { instructions: "sk-1", input: "sk-1" }],
    ["/web/models/m:generateContent", { contents: [{ role: "user", parts: [{ text: "sk-1" }] }] }],
  ])("of %s", async (path, body) => {
    await using stage = await stageOf({ replace_roles: roles });
    await post(stage, path, body);
    expect(await stage.asked[0]?.text()).toBe(JSON.stringify(body).replaceAll("sk-1", "KEY"));
  });

  test("with a word that may not be said are blocked", async () => {
    await using stage = await stageOf({ deny_words: ["worse"], deny_raw_message: "no" });
    expect(await (await post(stage, "/web/chat/completions", asking("worse"))).text()).toBe("no");
    expect(stage.asked).toEqual([]);
  });

  test("other bodies stay streams", async () => {
    await using stage = await stageOf({ replace_roles: roles });
    await post(stage, "/web/other", asking("sk-1"));
    expect(await stage.asked[0]?.text()).toContain("sk-1");
  });
});

describe("a configuration that cannot be used", () => {
  test.each([
    [{ system_deny: true }, "there is no built-in list of words"],
    [{ deny_jsonpath: ["$.["] }, "$.[ is no JSONPath"],
    [{ replace_roles: [{ regex: "%{NOPE}", type: "hash" }] }, "no GROK pattern %{NOPE}"],
    [{ replace_roles: [{ regex: "(", type: "hash" }] }, "is not valid"],
    [{ replace_roles: [{ regex: "a", type: "other" }] }, "type"],
  ])("%j", (config, message) => {
    expect(stageOf(config)).rejects.toThrow(message);
  });
});
