import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connectDubbo } from "#plugins/dubbo/dubbo-connection.ts";
import { connectTriple } from "#plugins/dubbo/triple-connection.ts";
import type { JsonObject } from "#src/core/json.ts";
import { type DubboProvider, noDubboProvider, startDubboProvider } from "#tests/support/dubbo-provider.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { type PluginStage, pluginStage } from "#tests/support/plugin-stage.ts";
import { freePort } from "#tests/support/unprivileged.ts";

const QUERY = (paramKey: string, paramType = "java.lang.String"): object => ({
  paramSource: "QUERY",
  paramKey,
  paramType,
});

const TYPES = [
  ["i", "java.lang.Integer"],
  ["s", "java.lang.Short"],
  ["b", "java.lang.Byte"],
  ["l", "java.lang.Long"],
  ["f", "java.lang.Float"],
  ["d", "java.lang.Double"],
  ["t", "java.lang.Boolean"],
  ["c", "char"],
  ["decimal", "java.math.BigDecimal"],
  ["date", "java.util.Date"],
  ["unit", "java.util.concurrent.TimeUnit"],
] as const;

const method = (serviceMethod: string, httpPath: string, rest: object, httpMethod = "GET"): object => ({
  serviceMethod,
  httpPath,
  httpMethods: [httpMethod],
  ...rest,
});

const METHODS = [
  method("greet", "/greet", {
    params: [QUERY("name"), { paramSource: "HEADER", paramKey: "x-times", paramType: "int" }],
  }),
  method("greet", "/greet/{name}/{times}", {
    params: [
      { paramSource: "PATH", paramKey: "name", paramType: "java.lang.String" },
      { paramSource: "PATH", paramKey: "times", paramType: "int" },
    ],
  }),
  method("sum", "/sum", { params: [QUERY("a", "long"), QUERY("b", "double"), QUERY("twice", "boolean")] }),
  method("types", "/types", { params: TYPES.map(([key, type]) => QUERY(key, type)) }),
  method("join", "/join", { params: [QUERY("text", "java.lang.String[]"), QUERY("more", "java.util.Set")] }),
  method("echo", "/orders", { paramFromEntireBody: { paramType: "sluice.test.Order" } }, "POST"),
  method(
    "sum",
    "/body-sum",
    {
      params: [
        ["a", "long"],
        ["b", "double"],
        ["twice", "boolean"],
      ].map(([paramKey, paramType]) => ({ paramSource: "BODY", paramKey, paramType })),
    },
    "POST",
  ),
  method("total", "/total", { params: [{ paramSource: "BODY", paramType: "java.util.List" }] }, "POST"),
  method("attached", "/attached", { headersAttach: "x-user, x-trace", params: [QUERY("key")] }),
  method("attached", "/attached-all", { headersAttach: "*", params: [QUERY("key")] }),
  method("fail", "/fail", { params: [QUERY("message")] }),
  method("nothing", "/nothing", {}),
  method("kinds", "/kinds", {}),
  method("slow", "/slow", { params: [QUERY("millis", "long")] }),
  method("large", "/large", { params: [QUERY("characters", "int")] }),
  method("unheard", "/unheard", {}),
];

const PROTOCOLS = ["dubbo", "triple"] as const;

const SERVICE = { service: "sluice.test.OrderService", version: "1.2.0", group: "dev" };

const entry = (config: object = {}): object => ({
  name: "http-dubbo-transcoder",
  config: { ...SERVICE, methods: METHODS, ...config },
});

const stageOf = (endpoints: readonly unknown[], config: object): Promise<PluginStage> =>
  pluginStage({ plugins: [entry(config)], config: () => ({ services: [{ name: "backend", endpoints }] }) });

/** The status, and the body: as what it is as JSON, if it is any. */
async function told(response: Promise<Response>): Promise<readonly [number, unknown]> {
  const { status } = await response;
  const text = await (await response).text();
  try {
    return [status, JSON.parse(text)];
  } catch {
    return [status, text];
  }
}

const post = (body: string): RequestInit => ({ method: "POST", body });

describe.skipIf(noDubboProvider !== undefined)(
  `http-dubbo-transcoder${noDubboProvider === undefined ? "" : ` (${noDubboProvider})`}`,
  () => {
    let provider: DubboProvider;
    beforeAll(async () => {
      provider = await startDubboProvider();
    }, 60_000);
    afterAll(() => provider?.stop());

    describe.each(PROTOCOLS)("with %s", (protocol) => {
      let stage: PluginStage;
      const get = (path: string, headers: Record<string, string> = {}): Promise<readonly [number, unknown]> =>
        told(stage.fetch(path, { headers }));
      beforeAll(async () => {
        stage = await stageOf([provider[protocol]], { protocol });
      });
      afterAll(() => stage?.[Symbol.asyncDispose]());

      test("parameters come from query, headers and path", async () => {
        expect(await get("/greet?name=J%C3%B8rn+%F0%9F%98%80", { "x-times": "2" })).toEqual([
          200,
          { result: "hello Jørn 😀 hello Jørn 😀" },
        ]);
        expect(await get("/greet/a%2Fb/1")).toEqual([200, { result: "hello a/b" }]);
      });

      test("types are those that the method has", async () => {
        expect((await get("/sum?a=9007199254740990&b=2.5&twice=false"))[1]).toEqual({ result: 9007199254740992 });
        const query =
          "i=-5&s=300&b=-128&l=9223372036854775807&f=1.5&d=-0.25&t=true&c=%E2%82%AC&decimal=12345678901234567890.12&date=1700000000123&unit=HOURS";
        expect(await get(`/types?${query}`)).toEqual([
          200,
          { result: "-5 300 -128 9223372036854775807 1.5 -0.25 true € 12345678901234567890.12 1700000000123 HOURS" },
        ]);
        expect(await get("/join?text=b&text=a&more=d&more=c&more=d")).toEqual([200, { result: "b+a/c+d" }]);
      });

      test("bodies are JSON, with all digits of their numbers", async () => {
        const order =
          '{"id":"a😀","amount":9007199254740993,"price":1.5,"paid":true,"tags":["x"],"counts":{"k":2},"parent":{"id":"p"}}';
        const response = await stage.fetch("/orders", post(order));
        expect([response.status, response.headers.get("content-type")]).toEqual([
          200,
          "application/json; charset=utf-8",
        ]);
        const text = await response.text();
        expect(text).toContain('"amount":9007199254740993');
        const parent = { id: "p", amount: 0, price: 0, paid: false, tags: null, counts: null, parent: null };
        expect(JSON.parse(text)).toEqual({ result: { ...JSON.parse(order), parent } });
        expect(await told(stage.fetch("/body-sum", post('{"a":1,"b":2,"twice":true}')))).toEqual([200, { result: 6 }]);
        expect(await told(stage.fetch("/total", post("[1,2,3000000000]")))).toEqual([200, { result: 3000000003 }]);
      });

      test("a long text and a long answer go through", async () => {
        const id = "é".repeat(100_000);
        const [status, answer] = await told(stage.fetch("/orders", post(JSON.stringify({ id }))));
        expect([status, (answer as { result: { id: string } }).result.id === id]).toEqual([200, true]);
        const [, large] = await get("/large?characters=3000000");
        expect((large as { result: string }).result).toHaveLength(3_000_000);
      });

      test("headers become attachments, but none that says what is called", async () => {
        expect(await get("/attached?key=x-user", { "x-user": "ann", "x-trace": "1" })).toEqual([
          200,
          { result: "ann" },
        ]);
        expect(await get("/attached?key=x-user", { "x-user": "ann" })).toEqual([
          400,
          "The header 'x-trace' is missing.",
        ]);
        expect(
          await get("/attached-all?key=x-any", { "x-any": "y", generic: "nativejava", group: "other", path: "/" }),
        ).toEqual([200, { result: "y" }]);
      });

      test("what Java has and JSON lacks", async () => {
        const [, answer] = await get("/kinds");
        expect(answer).toEqual({
          result: {
            long: 2 ** 63,
            int: -1,
            double: 0.1,
            bytes: "AQID",
            date: 1700000000123,
            texts: ["a", "😀"],
            set: ["one"],
            true: true,
            null: null,
            keys: { 7: "seven" },
            unit: "SECONDS",
          },
        });
        expect(await get("/nothing")).toEqual([200, { result: null }]);
      });

      test("what the method throws is told, without its stack", async () => {
        const response = await stage.fetch("/fail?message=out+of+stock");
        const text = await response.text();
        expect(response.status).toBe(200);
        expect(JSON.parse(text)).toMatchObject({
          error: { exceptionClass: "java.lang.IllegalStateException", exceptionMessage: "out of stock" },
        });
        expect(text).not.toContain("Provider.java");
        expect(text).not.toContain("stackTrace");
      });

      test.each([
        ["/greet?nane=a", 400, "The query parameter 'name' is missing."],
        ["/greet?name=a", 400, "The header 'x-times' is missing."],
        ["/sum?a=1.5&b=1&twice=true", 400, "The query parameter 'a' must be of the type long."],
        ["/sum?a=9223372036854775808&b=1&twice=true", 400, "The query parameter 'a' must be of the type long."],
        ["/greet/a/2147483648", 400, "The path segment 'times' must be of the type int."],
        ["/unknown", 404, "/unknown is no method of sluice.test.OrderService."],
        ["/orders", 405, "/orders is not asked with GET."],
        ["/unheard", 502, "The service has refused the call."],
      ])("%s: %d", async (path, status, message) => {
        expect(await get(path)).toEqual([status, message]);
      });

      test.each([
        ["none", "", "The body must be JSON."],
        ["one that is cut", "{", "The body must be JSON."],
        ["a list", "[1]", "The member 'a' of the body is missing."],
        ["one without a member", '{"a":1,"b":2}', "The member 'twice' of the body is missing."],
        ["a deep one", "[".repeat(200) + "]".repeat(200), "The body is nested too deep."],
        ["a very deep one", "[".repeat(200_000), "The body must be JSON."],
      ])("a body that is of no use: %s", async (_, body, message) => {
        expect(await told(stage.fetch("/body-sum", post(body)))).toEqual([400, message]);
      });

      test("what a provider says of itself is in the log, not in the answer", async () => {
        await get("/unheard");
        expect(
          stage.logs.find(({ fields }) => String(fields["problem"]).includes("No such method unheard")),
        ).toBeDefined();
      });

      test("many at once share a connection", async () => {
        const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
        const answers = await Promise.all(names.map((name) => get(`/greet/${name}/1`)));
        expect(answers).toEqual(names.map((name) => [200, { result: `hello ${name}` }]));
      });

      test("too late: 504, and the connection goes on", async () => {
        await using hurried = await stageOf([provider[protocol]], { protocol, timeout: "50ms" });
        expect(await told(hurried.fetch("/slow?millis=300"))).toEqual([504, "The service has not answered in time."]);
      });

      test("the provider answers heartbeats", async () => {
        const clock = new FakeClock();
        const connect = { dubbo: connectDubbo, triple: connectTriple }[protocol];
        const connection = await connect(provider[protocol], clock);
        const call = { ...SERVICE, method: "nothing", types: [], values: [], attachments: {} };
        for (let beat = 0; beat < 3; beat++) {
          clock.advance(60_000);
          expect(connection.ended).toBeFalse();
          // Its answer comes after that to the heartbeat.
          await connection.call(call, new AbortController().signal);
        }
        connection.close();
        expect([connection.ended, clock.pending]).toEqual([true, 0]);
      });

      test("an endpoint that cannot be reached is passed over", async () => {
        const gone = `127.0.0.1:${await freePort()}`;
        await using two = await stageOf([gone, provider[protocol]], { protocol });
        for (let time = 0; time < 3; time++) expect((await told(two.fetch("/nothing")))[0]).toBe(200);
        await using none = await stageOf([gone], { protocol });
        expect(await told(none.fetch("/nothing"))).toEqual([503, "No provider of the service can be reached."]);
      });
    });

    test("by default an endpoint is spoken to as its registry says", async () => {
      const endpoints = [
        { address: provider.triple, metadata: { protocol: "tri" } },
        { address: provider.dubbo, metadata: { protocol: "dubbo" } },
      ];
      await using stage = await stageOf(endpoints, {});
      for (let time = 0; time < 4; time++) expect(await told(stage.fetch("/nothing"))).toEqual([200, { result: null }]);
    });

    test("on Deno, and a provider that dies: 502 for what was under way, then 503", async () => {
      const mortal = await startDubboProvider();
      const gateway = await startGateway({ runtime: "deno", config: configOf(mortal) });
      try {
        const onDeno = PROTOCOLS.map((protocol) => (path: string, body?: string) => {
          const headers = { host: `${protocol}.test` };
          return told(fetch(gateway.origin + path, { ...(body === undefined ? {} : post(body)), headers }));
        });
        for (const ask of onDeno) {
          const id = "é😀".repeat(40_000);
          expect(await ask("/orders", JSON.stringify({ id, amount: 5 }))).toMatchObject([
            200,
            { result: { id, amount: 5 } },
          ]);
          expect(await ask("/fail?message=no")).toMatchObject([200, { error: { exceptionMessage: "no" } }]);
          expect((await ask("/kinds"))[0]).toBe(200);
        }
        await using dubbo = await stageOf([mortal.dubbo], { protocol: "dubbo", timeout: "60s" });
        await using triple = await stageOf([mortal.triple], { protocol: "triple", timeout: "60s" });
        const onBun = [dubbo, triple].map((stage) => (path: string) => told(stage.fetch(path)));
        const asks = [...onBun, ...onDeno];
        const under = asks.map((ask) => ask("/slow?millis=60000"));
        await mortal.busy(asks.length);
        await mortal.stop();
        const cut = [502, "The service's answer was cut off, or cannot be read."];
        expect((await Promise.all(under)) as unknown[]).toEqual(asks.map(() => cut));
        for (const ask of asks) expect((await ask("/nothing"))[0]).toBe(503);
      } finally {
        await mortal.stop();
        await gateway.stop();
      }
    }, 30_000);
  },
);

/** A route to each protocol of a provider. */
function configOf(provider: DubboProvider): JsonObject {
  const config = {
    listeners: [{ host: "127.0.0.1", port: 0 }],
    services: PROTOCOLS.map((protocol) => ({ name: protocol, endpoints: [provider[protocol]] })),
    routes: PROTOCOLS.map((protocol) => ({
      name: protocol,
      match: { path: { prefix: "/" }, hosts: [`${protocol}.test`] },
      http: { services: [{ name: protocol }] },
      plugins: [{ ...entry({ protocol, timeout: "60s" }), timeout: "61s" }],
    })),
  };
  return JSON.parse(JSON.stringify(config)) as JsonObject;
}
