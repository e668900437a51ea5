import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ApiStage, WAYS } from "./api-stage.ts";
import { textOf } from "./called.ts";

describe.each(WAYS)("by %s", (_, make) => {
  let stage: ApiStage;
  beforeAll(() => {
    stage = new ApiStage(make());
  });
  afterAll(() => stage.close());

  describe("redirects", () => {
    test("are followed for reading, without end they are an error, and a POST is not sent twice", async () => {
      expect(textOf(await stage.call("/moved"))).toContain("Oslo");
      expect(textOf(await stage.call("/loop"))).toContain("status: 302");
      expect(
        textOf(
          await stage.call(
            "/posted",
            `requestTemplate: { url: "http://${stage.api.address}/posted", method: POST, body: "x" }`,
          ),
        ),
      ).toContain("status: 307");
    });

    test("take no credentials to another server, and lead to no private address", async () => {
      const server =
        "name: s\nsecuritySchemes: [{ id: k, type: apiKey, in: header, name: x-key, defaultCredential: secret-key }]\ndefaultUpstreamSecurity: { id: k }";
      const refused = await stage.called(stage.document("/away", "", server), "t", {});
      expect(textOf(refused)).toContain("does not let tools ask this host");
      const open = `${stage.document("/away", "", server)}network: { allow: ["127.0.0.1"] }\n`;
      const text = textOf(await stage.called(open, "t", {}));
      expect(text).toContain('"accept"');
      expect(text).not.toContain("x-key");
    });
  });

  describe("what is sent", () => {
    test("arrives as planned, credentials last, and an echo of them is concealed", async () => {
      const server =
        "name: s\nsecuritySchemes: [{ id: b, type: http, scheme: bearer, defaultCredential: very-secret }]\ndefaultUpstreamSecurity: { id: b }";
      const more = [
        "args: [{ name: q, position: query }, { name: n, type: integer, default: 3 }]",
        `requestTemplate: { url: "http://${stage.api.address}/echo", method: PUT, argsToJsonBody: true }`,
        "outputSchema: { type: object }",
      ].join("\n");
      const before = stage.api.seen.length;
      const result = await stage.called(stage.document("/echo", more, server), "t", { q: "a b" });
      const { method, headers, url } = stage.api.seen[before]!;
      expect([method, new URL(url).search, headers.get("authorization")]).toEqual([
        "PUT",
        "?q=a%20b",
        "Bearer very-secret",
      ]);
      const { structuredContent } = result;
      expect(structuredContent).toMatchObject({
        query: { q: "a b" },
        body: '{"n":3}',
        headers: { authorization: "Bearer ***" },
      });
      expect(JSON.stringify(result)).not.toContain("very-secret");
    });

    test("the client's own headers are not", async () => {
      const result = await stage.called(
        stage.document("/echo"),
        "t",
        {},
        { headers: { authorization: "Bearer client", cookie: "a=b", "x-own": "1" } },
      );
      for (const name of ["client", "a=b", "x-own"]) expect(textOf(result)).not.toContain(name);
    });

    test("not without a credential that is asked for", async () => {
      const server =
        "name: s\nsecuritySchemes: [{ id: b, type: http, scheme: bearer }]\ndefaultUpstreamSecurity: { id: b }";
      const before = stage.api.seen.length;
      const result = await stage.called(stage.document("/echo", "", server), "t", {});
      expect(result).toEqual({
        content: [
          { type: "text", text: "The security scheme 'b' has no credential. Whoever runs the gateway must set one." },
        ],
        isError: true,
      });
      expect(stage.api.seen.length).toBe(before);
    });

    test("not to private addresses that an argument names", async () => {
      const more = `args: [{ name: u }]\nrequestTemplate: { url: "{{.args.u}}" }`;
      const result = await stage.called(stage.document("", more), "t", { u: `http://${stage.api.address}/weather` });
      expect(textOf(result)).toContain("does not let tools ask this host");
      const configured = `args: []\nrequestTemplate: { url: "{{.config.base}}/weather" }`;
      const server = `name: s\nconfig: { base: "http://${stage.api.address}" }`;
      expect(textOf(await stage.called(stage.document("", configured, server), "t", {}))).toContain("Oslo");
    });

    test("models' texts are numbers and truths where the schema says so", async () => {
      const more =
        "args: [{ name: n, type: integer }, { name: f, type: number }, { name: b, type: boolean }, { name: l, type: array }]\nrequestTemplate: { url: 'http://API/echo', method: POST, argsToJsonBody: true }".replace(
          "API",
          stage.api.address,
        );
      const result = await stage.call("/echo", `${more}\noutputSchema: { type: object }`, {
        n: "5",
        f: "1.5",
        b: "true",
        l: '["x"]',
      });
      expect(result["structuredContent"]).toMatchObject({ body: '{"n":5,"f":1.5,"b":true,"l":["x"]}' });
      const refused = await stage.call("/echo", more, { n: "five" });
      expect(textOf(refused)).toBe("The arguments do not fit: 'n' must be integer.");
    });

    test("a user's own settings stand before the server's", async () => {
      const more = `requestTemplate: { url: "http://${stage.api.address}/echo?k={{.config.key}}&o={{.config.other}}" }\nresponseTemplate: { body: "{{.query.k}} {{.query.o}}" }`;
      const server = "name: s\nconfig: { key: ours, other: o }";
      expect(textOf(await stage.called(stage.document("", more, server), "t", {}))).toBe("ours o");
      const caller = { user: { id: "u", config: { key: "theirs" } } };
      expect(textOf(await stage.called(stage.document("", more, server), "t", {}, { caller }))).toBe("theirs o");
    });
  });

  describe("a tool without a URL", () => {
    test("answers from its arguments", async () => {
      const direct =
        'server: { name: s, config: { c: 1 } }\ntools: [{ name: t, args: [{ name: a, default: d }], responseTemplate: { body: "{{.args.a}} {{.config.c}} {{getRealIP}}" } }]';
      const parts = { headers: { "x-forwarded-for": "203.0.113.9, 10.0.0.1" } };
      expect(await stage.called(direct, "t", {}, parts)).toEqual({
        content: [{ type: "text", text: "d 1 203.0.113.9" }],
      });
    });
  });
});
