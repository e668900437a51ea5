import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { type PluginStage, pluginStage } from "#tests/support/plugin-stage.ts";
import { stringsToSign } from "#plugins/auth/string-to-sign.ts";

/** What the plugins have in common that let consumers in: the examples of Higress' pages on key-auth, basic-auth and hmac-auth. */
const KEYS = {
  consumers: [
    { credential: "2bda943c-ba2b-11ec-ba07-00163e1250b5", name: "consumer1" },
    { credential: "c8c8e9ca-558e-4a2d-bb62-e700dcc40e35", name: "consumer2" },
  ],
  keys: ["apikey", "x-api-key"],
  in_query: true,
  in_header: true,
};

const ROUTES = ["route-a", "other"].map((name) => ({
  name,
  match: { path: { prefix: `/${name}` } },
  http: { services: [{ name: "backend" }] },
}));

function stageOf(entry: object, clock?: FakeClock): Promise<PluginStage> {
  return pluginStage({
    plugins: [entry],
    ...(clock === undefined ? {} : { clock }),
    config: ({ http }) => ({ routes: ROUTES, services: [{ name: "backend", endpoints: [http] }] }),
  });
}

const RULES = [
  { routes: ["route-a"], config: { allow: ["consumer1"] } },
  { domains: ["*.example.com"], config: { allow: ["consumer2"] } },
];
const FIRST = "2bda943c-ba2b-11ec-ba07-00163e1250b5";
const SECOND = "c8c8e9ca-558e-4a2d-bb62-e700dcc40e35";

describe("key-auth", () => {
  test.each([
    ["a key in the query", `/route-a?apikey=${FIRST}`, {}, 200, "from the backend"],
    ["a key in a header", "/route-a", { "x-api-key": FIRST }, 200, "from the backend"],
    ["no key", "/route-a", {}, 401, "Request denied by Key Auth check. No API key found in request."],
    ["a key nobody has", "/route-a?apikey=926d90ac", {}, 401, "Request denied by Key Auth check. Invalid API key."],
    ["another's key", `/route-a?apikey=${SECOND}`, {}, 403, "Request denied by Key Auth check. Unauthorized consumer."],
    [
      "two keys",
      `/route-a?apikey=${FIRST}&apikey=x`,
      {},
      401,
      "Request denied by Key Auth check. Muti API key found in request.",
    ],
    ["one key twice", `/route-a?apikey=${FIRST}`, { "x-api-key": FIRST }, 200, "from the backend"],
    ["a place without a rule", "/other", {}, 200, "from the backend"],
    ["a domain's rule", `/other?apikey=${SECOND}`, { host: "a.example.com" }, 200, "from the backend"],
    [
      "a domain's rule and another",
      `/other?apikey=${FIRST}`,
      { host: "a.example.com" },
      403,
      "Request denied by Key Auth check. Unauthorized consumer.",
    ],
  ])("%s", async (_, path, headers, status, text) => {
    await using stage = await stageOf({ name: "key-auth", config: KEYS, rules: RULES });
    const response = await stage.fetch(path, { headers });
    expect([response.status, await response.text()]).toEqual([status, text]);
    if (status === 401) expect(response.headers.get("www-authenticate")).toBe("Key realm=MSE Gateway");
  });

  test("names who asks, whatever the client says of itself", async () => {
    await using stage = await stageOf({ name: "key-auth", config: KEYS, rules: RULES });
    await stage.fetch("/route-a", { headers: { "x-api-key": FIRST, "x-mse-consumer": "admin" } });
    await stage.fetch("/other", { headers: { "x-mse-consumer": "admin" } });
    expect(stage.asked.map(({ headers }) => headers.get("x-mse-consumer"))).toEqual(["consumer1", null]);
    expect(stage.records.map(({ consumer }) => consumer)).toEqual(["consumer1", undefined]);
  });

  test("leaves the name that another plugin has found, and no other", async () => {
    const basic = { name: "basic-auth", config: { consumers: [{ credential: "u:p", name: "consumer3" }] } };
    const plugins = [basic, { name: "key-auth", config: { ...KEYS, global_auth: false } }];
    await using stage = await pluginStage({ plugins });
    await stage.fetch("/x", { headers: { authorization: `Basic ${btoa("u:p")}`, "x-mse-consumer": "admin" } });
    expect(stage.asked.map(({ headers }) => headers.get("x-mse-consumer"))).toEqual(["consumer3"]);
  });

  test.each([
    [{}, [], 401],
    [{ global_auth: true }, RULES, 401],
    [{ global_auth: false }, [], 200],
    [{}, RULES, 200],
  ])("with %j and rules %j a place without one answers %d", async (more, rules, status) => {
    await using stage = await stageOf({ name: "key-auth", config: { ...KEYS, ...more }, rules });
    expect((await stage.fetch("/other")).status).toBe(status);
  });

  test("a client of OpenAI's may show it as it does", async () => {
    await using stage = await stageOf({ name: "key-auth", config: { ...KEYS, keys: ["authorization"] } });
    expect((await stage.fetch("/other", { headers: { authorization: `Bearer ${FIRST}` } })).status).toBe(200);
  });

  test("consumers may have keys of their own, at places of their own, as Higress' console writes them", async () => {
    const config = {
      global_auth: false,
      keys: ["x-higress-dummy-key"],
      consumers: [
        {
          name: "alice",
          keys: ["Authorization"],
          in_header: true,
          in_query: false,
          credentials: ["Bearer a1", "Bearer a2"],
        },
        { name: "bob", keys: ["x-api-key"], in_header: true, in_query: false, credentials: ["b1"] },
        { name: "carol", keys: ["key"], in_header: false, in_query: true, credentials: ["c1"] },
      ],
    };
    const rules = [{ routes: ["route-a"], config: { allow: ["alice", "bob", "carol"] } }];
    await using stage = await stageOf({ name: "key-auth", config, rules });
    const status = async (headers: Record<string, string>, query = ""): Promise<number> =>
      (await stage.fetch(`/route-a${query}`, { headers })).status;
    expect(await status({ authorization: "Bearer a1" })).toBe(200);
    expect(await status({ authorization: "Bearer a2" })).toBe(200);
    expect(await status({ "x-api-key": "b1" })).toBe(200);
    expect(await status({}, "?key=c1")).toBe(200);
    expect(await status({ authorization: "Bearer b1" })).toBe(401);
    expect(await status({}, "?key=a1")).toBe(401);
    expect(await status({ "x-higress-dummy-key": "b1" })).toBe(401);
    expect(await status({ authorization: "Bearer a1", "x-api-key": "b1" })).toBe(401);
    expect(stage.records.slice(0, 4).map(({ consumer }) => consumer)).toEqual(["alice", "alice", "bob", "carol"]);
  });

  test("a rule that allows nobody lets nobody in", async () => {
    await using stage = await stageOf({
      name: "key-auth",
      config: KEYS,
      rules: [{ routes: ["other"], config: { allow: [] } }],
    });
    expect((await stage.fetch(`/other?apikey=${FIRST}`)).status).toBe(403);
  });

  test.each([
    [{ consumers: [{ name: "c" }] }, "needs credential or credentials"],
    [{ consumers: [{ name: "c", credential: "x", keys: ["k"] }] }, "one of in_query and in_header"],
    [{ in_query: false, in_header: false }, "one of in_query and in_header"],
    [{ consumers: [] }, "must not be empty"],
    [{ consumers: [...KEYS.consumers, { name: "c", credential: FIRST }] }, "has the credential of"],
  ])("refuses the configuration %j", async (more, why) => {
    const opening = stageOf({ name: "key-auth", config: { ...KEYS, ...more } });
    expect(opening).rejects.toThrow(why);
    await opening.catch((error: Error) => expect(error.message).not.toContain(FIRST));
  });
});

describe("basic-auth", () => {
  const entry = {
    name: "basic-auth",
    config: {
      consumers: [
        { credential: "admin:123456", name: "consumer1" },
        { credential: "guest:a:b", name: "consumer2" },
      ],
    },
    rules: RULES,
  };
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

  test.each([
    ["the right password", basic("admin:123456"), 200, "from the backend"],
    ["no credentials", "", 401, "Request denied by Basic Auth check. No Basic Authentication information found."],
    [
      "another scheme",
      "Bearer x",
      401,
      "Request denied by Basic Auth check. No Basic Authentication information found.",
    ],
    [
      "a wrong password",
      basic("admin:1"),
      401,
      "Request denied by Basic Auth check. Invalid username and/or password.",
    ],
    ["no Base64", "Basic %%%", 401, "Request denied by Basic Auth check. Invalid username and/or password."],
    [
      "another consumer, whose password has a colon",
      basic("guest:a:b"),
      403,
      "Request denied by Basic Auth check. Unauthorized consumer.",
    ],
  ])("%s", async (_, authorization, status, text) => {
    await using stage = await stageOf(entry);
    const response = await stage.fetch("/route-a", { headers: authorization === "" ? {} : { authorization } });
    expect([response.status, await response.text()]).toEqual([status, text]);
    if (status === 401) expect(response.headers.get("www-authenticate")).toBe("Basic realm=MSE Gateway");
    expect(JSON.stringify([stage.logs, stage.records])).not.toContain("123456");
  });
});

describe("hmac-auth", () => {
  const NOW = Date.parse("Wed, 09 May 2018 13:30:29 GMT");
  const config = {
    consumers: [
      { key: "203753385", secret: "appSecret-1", name: "consumer1" },
      { key: "appKey-2", secret: "appSecret-2", name: "consumer2" },
    ],
    date_offset: 60,
  };

  /** The example of Higress' page. */
  const HEADERS = {
    accept: "application/json; charset=utf-8",
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    date: "Wed, 09 May 2018 13:30:29 GMT+00:00",
    "x-ca-timestamp": "1525872629832",
    "x-ca-nonce": "c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44",
    "x-ca-key": "203753385",
    "x-ca-signature-method": "HmacSHA256",
    "x-ca-signature-headers": "x-ca-timestamp,x-ca-key,x-ca-nonce,x-ca-signature-method",
  };
  const FORM = "username=xiaoming&password=123456789";
  const SIGNED = `POST
application/json; charset=utf-8

application/x-www-form-urlencoded; charset=utf-8
Wed, 09 May 2018 13:30:29 GMT+00:00
x-ca-key:203753385
x-ca-nonce:c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44
x-ca-signature-method:HmacSHA256
x-ca-timestamp:1525872629832
/route-a/test?param1=test&password=123456789&username=xiaoming`;

  function sign(text: string, secret = "appSecret-1", algorithm = "sha256"): string {
    return createHmac(algorithm, secret).update(text).digest("base64");
  }

  async function ask(
    init: RequestInit & { headers: Record<string, string> },
    path = "/route-a/test?param1=test",
  ): Promise<{ status: number; text: string; told: string | null; asked: Request[] }> {
    const clock = new FakeClock(NOW);
    await using stage = await stageOf({ name: "hmac-auth", config, rules: RULES }, clock);
    const response = await stage.fetch(path, init);
    return {
      status: response.status,
      text: await response.text(),
      told: response.headers.get("x-ca-error-message"),
      asked: stage.asked,
    };
  }

  test("a form is signed with its parameters", async () => {
    const headers = { ...HEADERS, "x-ca-signature": sign(SIGNED) };
    const { status, asked } = await ask({ method: "POST", headers, body: FORM });
    expect(status).toBe(200);
    expect(asked[0]?.headers.get("x-mse-consumer")).toBe("consumer1");
    expect(await asked[0]?.text()).toBe(FORM);
  });

  test("a wrong signature is told what the gateway has signed", async () => {
    const headers = { ...HEADERS, "x-ca-signature": sign(SIGNED, "another") };
    const { status, text, told } = await ask({ method: "POST", headers, body: FORM });
    expect([status, text]).toEqual([400, "Invalid Signature"]);
    expect(told).toBe(`Server StringToSign:\`${SIGNED.replaceAll("\n", "#")}\``);
  });

  test.each([
    ["no key", { "x-ca-key": "" }, 401, "Invalid Key"],
    ["a key nobody has", { "x-ca-key": "else" }, 401, "Invalid Key"],
    ["no signature", { "x-ca-signature": "" }, 401, "Empty Signature"],
    ["another's key", { "x-ca-key": "appKey-2" }, 403, "Unauthorized Consumer"],
    ["an old date", { date: "Wed, 09 May 2018 13:28:29 GMT" }, 400, "Invalid Date"],
    ["no date that can be read", { date: "yesterday" }, 400, "Invalid Date"],
  ])("%s", async (_, more, status, text) => {
    const headers = { ...HEADERS, "x-ca-signature": sign(SIGNED), ...more };
    expect(await ask({ method: "POST", headers, body: FORM })).toMatchObject({ status, text });
  });

  test("a body that is no form is signed by its digest", async () => {
    const body = '{"a":1}';
    const digest = createHash("md5").update(body).digest("base64");
    const plain = {
      accept: "*/*",
      "content-type": "application/json",
      "x-ca-key": "203753385",
      "x-ca-timestamp": String(NOW),
      "x-ca-signature-method": "HmacSHA1",
    };
    const signed = `POST\n*/*\n${digest}\napplication/json\n\n/route-a`;
    const headers = { ...plain, "content-md5": digest, "x-ca-signature": sign(signed, "appSecret-1", "sha1") };
    expect((await ask({ method: "POST", headers, body }, "/route-a")).status).toBe(200);
    expect(await ask({ method: "POST", headers, body: '{"a":2}' }, "/route-a")).toMatchObject({
      status: 400,
      text: "Invalid Content-MD5",
    });
  });

  test("a parameter without a value is signed either way", () => {
    const request = { method: "GET", path: "/p", search: "?b&a=1", headers: new Headers() };
    expect(stringsToSign(request, "").map((text) => text.split("\n").at(-1))).toEqual(["/p?a=1&b", "/p?a=1&b="]);
  });
});
