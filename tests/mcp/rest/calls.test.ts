import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { type Backend, deadAddress, startBackend } from "#tests/support/backend.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { RawServer } from "#tests/support/raw-server.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { called, textOf } from "./called.ts";

let api: Backend;
let other: Backend;
const gate = Promise.withResolvers<void>();

/** What the API does at each path. */
const PATHS: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  "/echo": async (request) => {
    const { searchParams } = new URL(request.url);
    return Response.json({
      method: request.method,
      query: Object.fromEntries(searchParams),
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    });
  },
  "/weather": () => Response.json({ city: "Oslo", days: [{ t: 3.1 }, { t: -1 }], n: 12 }),
  "/list": () => Response.json([1, 2]),
  "/empty": () => new Response(null, { status: 204 }),
  "/text": () => new Response("plain", { headers: { "content-type": "text/plain" } }),
  "/latin": () =>
    new Response(new Uint8Array([0x63, 0x61, 0x66, 0xe9]), {
      headers: { "content-type": "text/plain; charset=iso-8859-1" },
    }),
  "/image": () => new Response(new Uint8Array([1, 2, 255]), { headers: { "content-type": "image/png; q=1" } }),
  "/pdf": () => new Response(new Uint8Array([0xff, 0xfe, 0]), { headers: { "content-type": "application/pdf" } }),
  "/fail": () => Response.json({ data: { value: 7 } }, { status: 500, headers: { "x-ca-error-code": "E1" } }),
  "/html": () => new Response("<html>gone</html>", { status: 404, headers: { "content-type": "text/html" } }),
  "/huge": () => new Response(new Uint8Array(17 * 1024 * 1024)),
  "/slow": async () => {
    await gate.promise;
    return new Response("late");
  },
  "/moved": () => new Response(null, { status: 302, headers: { location: "/weather" } }),
  "/loop": () => new Response(null, { status: 302, headers: { location: "/loop" } }),
  "/away": () => new Response(null, { status: 302, headers: { location: `http://${other.address}/seen` } }),
  "/posted": () => new Response(null, { status: 307, headers: { location: "/echo" } }),
};

beforeAll(() => {
  api = startBackend(
    (request) => PATHS[new URL(request.url).pathname]?.(request) ?? new Response("no such path", { status: 404 }),
  );
  other = startBackend((request) => Response.json(Object.fromEntries(request.headers)));
});

afterAll(async () => {
  gate.resolve();
  await Promise.all([api.close(), other.close()]);
});

/** A document with one tool `t` at a path, whose further lines are `more`. */
function document(path: string, more = "", server = "name: s"): string {
  const lines =
    more.trim() === ""
      ? ""
      : `${more
          .trim()
          .split("\n")
          .map((line) => `    ${line}`)
          .join("\n")}\n`;
  const request = /^requestTemplate:/m.test(more)
    ? ""
    : `    requestTemplate: { url: "http://${api.address}${path}" }\n`;
  return `server:\n  ${server.split("\n").join("\n  ")}\ntools:\n  - name: t\n${request}${lines}`;
}

async function call(path: string, more = "", args: JsonObject = {}): Promise<JsonObject> {
  return called(document(path, more), "t", args);
}

describe("an answer becomes a result", () => {
  test("as it is, by a template, or with text around it", async () => {
    expect(await call("/text")).toEqual({ content: [{ type: "text", text: "plain" }] });
    expect(
      textOf(
        await call(
          "/weather",
          'responseTemplate: { body: "{{.city}}:{{range .days}} {{.t}}{{end}} {{gjson `days.#`}}" }',
        ),
      ),
    ).toBe("Oslo: 3.1 -1 2");
    expect(textOf(await call("/text", 'responseTemplate: { prependBody: "<", appendBody: ">" }'))).toBe("<plain>");
  });

  test("nothing is a success", async () => {
    expect(textOf(await call("/empty"))).toBe("success");
  });

  test("a picture is shown as one, other bytes are a file, and a charset counts", async () => {
    expect(await call("/image")).toEqual({ content: [{ type: "image", data: "AQL/", mimeType: "image/png" }] });
    expect(await call("/pdf")).toEqual({
      content: [{ type: "resource", resource: { uri: "tool:t/answer", mimeType: "application/pdf", blob: "//4A" } }],
    });
    expect(textOf(await call("/latin"))).toBe("café");
  });

  test("with a schema it has structure", async () => {
    expect((await call("/weather", "outputSchema: { type: object }"))["structuredContent"]).toMatchObject({
      city: "Oslo",
      n: 12,
    });
    expect((await call("/list", "outputSchema: { type: array }"))["structuredContent"]).toEqual({ data: [1, 2] });
    expect(await call("/text", "outputSchema: { type: object }")).toMatchObject({
      isError: true,
      content: [{ text: "plain" }],
    });
  });

  test("a long one is cut where the tool says so", async () => {
    expect(textOf(await call("/text", "responseTemplate: { maxBytes: 3 }"))).toBe(
      "pla\n[cut here: 2 of 5 bytes are left out]",
    );
  });

  test("a template over what is not JSON says so", async () => {
    const result = await call("/text", 'responseTemplate: { body: "{{.a}}" }');
    expect(result["isError"]).toBe(true);
    expect(textOf(result)).toContain("the answer is not JSON: plain");
  });
});

describe("a status outside of 200 to 299 is an error", () => {
  test("in Higress' words, or by the tool's template", async () => {
    expect(await call("/html")).toEqual({
      content: [{ type: "text", text: "call failed, status: 404, response: <html>gone</html>" }],
      isError: true,
    });
    const template =
      'errorResponseTemplate: "{{gjson \\"_headers.\\\\\\\\:status\\"}} {{gjson \\"_headers.x-ca-error-code\\"}} {{.data.value}}"';
    expect(await call("/fail", template)).toEqual({ content: [{ type: "text", text: "500 E1 7" }], isError: true });
    expect(textOf(await call("/html", 'errorResponseTemplate: "{{.none}}"'))).toBe(
      "call failed, status: 404, response: <html>gone</html>",
    );
  });
});

describe("what goes wrong on the way is told without inner detail", () => {
  test("nobody listens", async () => {
    const result = await called(document("/", `requestTemplate: { url: "http://${deadAddress()}/" }`), "t", {});
    expect(result).toEqual({
      content: [
        { type: "text", text: "The API could not be reached, or broke off its answer. Trying again later may help." },
      ],
      isError: true,
    });
  });

  test("the answer is cut off, or no HTTP", async () => {
    for (const bytes of ["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", "nonsense\r\n\r\n"]) {
      const server = await RawServer.start();
      try {
        const result = called(document("/", `requestTemplate: { url: "${server.origin}/" }`), "t", {});
        const peer = await server.peer(0);
        await peer.request();
        await peer.send(bytes);
        peer.socket.destroy();
        expect((await result)["isError"]).toBe(true);
        expect(textOf(await result)).toContain("could not be reached, or broke off");
      } finally {
        server.close();
      }
    }
  });

  test("it is too large", async () => {
    expect(textOf(await call("/huge"))).toContain("more than 16 MiB");
  });

  test("it takes too long", async () => {
    const clock = new FakeClock();
    const result = called(document("/slow", "", "name: s\ntimeout: 700"), "t", {}, {}, mcpWorld({ clock }));
    while (clock.pending === 0) await Promise.resolve();
    clock.advance(700);
    expect(await result).toEqual({
      content: [{ type: "text", text: "The API did not answer within 700 ms." }],
      isError: true,
    });
  });

  test("a client that leaves ends the request", async () => {
    const left = new AbortController();
    const before = api.seen.length;
    const result = called(document("/slow"), "t", {}, { signal: left.signal });
    while (api.seen.length === before) await new Promise((resolve) => setImmediate(resolve));
    left.abort(new Error("gone"));
    expect(await result.catch((error: unknown) => error)).toBeInstanceOf(Error);
  });
});

describe("redirects", () => {
  test("are followed for reading, without end they are an error, and a POST is not sent twice", async () => {
    expect(textOf(await call("/moved"))).toContain("Oslo");
    expect(textOf(await call("/loop"))).toContain("status: 302");
    expect(
      textOf(
        await call("/posted", `requestTemplate: { url: "http://${api.address}/posted", method: POST, body: "x" }`),
      ),
    ).toContain("status: 307");
  });

  test("take no credentials to another server, and lead to no private address", async () => {
    const server =
      "name: s\nsecuritySchemes: [{ id: k, type: apiKey, in: header, name: x-key, defaultCredential: secret-key }]\ndefaultUpstreamSecurity: { id: k }";
    const refused = await called(document("/away", "", server), "t", {});
    expect(textOf(refused)).toContain("does not let tools ask this host");
    const open = `${document("/away", "", server)}network: { allow: ["127.0.0.1"] }\n`;
    const text = textOf(await called(open, "t", {}));
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
      `requestTemplate: { url: "http://${api.address}/echo", method: PUT, argsToJsonBody: true }`,
      "outputSchema: { type: object }",
    ].join("\n");
    const before = api.seen.length;
    const result = await called(document("/echo", more, server), "t", { q: "a b" });
    const { method, headers, url } = api.seen[before]!;
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
    const result = await called(
      document("/echo"),
      "t",
      {},
      { headers: { authorization: "Bearer client", cookie: "a=b", "x-own": "1" } },
    );
    for (const name of ["client", "a=b", "x-own"]) expect(textOf(result)).not.toContain(name);
  });

  test("not without a credential that is asked for", async () => {
    const server =
      "name: s\nsecuritySchemes: [{ id: b, type: http, scheme: bearer }]\ndefaultUpstreamSecurity: { id: b }";
    const before = api.seen.length;
    const result = await called(document("/echo", "", server), "t", {});
    expect(result).toEqual({
      content: [
        { type: "text", text: "The security scheme 'b' has no credential. Whoever runs the gateway must set one." },
      ],
      isError: true,
    });
    expect(api.seen.length).toBe(before);
  });

  test("not to private addresses that an argument names", async () => {
    const more = `args: [{ name: u }]\nrequestTemplate: { url: "{{.args.u}}" }`;
    const result = await called(document("", more), "t", { u: `http://${api.address}/weather` });
    expect(textOf(result)).toContain("does not let tools ask this host");
    const configured = `args: []\nrequestTemplate: { url: "{{.config.base}}/weather" }`;
    const server = `name: s\nconfig: { base: "http://${api.address}" }`;
    expect(textOf(await called(document("", configured, server), "t", {}))).toContain("Oslo");
  });

  test("models' texts are numbers and truths where the schema says so", async () => {
    const more =
      "args: [{ name: n, type: integer }, { name: f, type: number }, { name: b, type: boolean }, { name: l, type: array }]\nrequestTemplate: { url: 'http://API/echo', method: POST, argsToJsonBody: true }".replace(
        "API",
        api.address,
      );
    const result = await call("/echo", `${more}\noutputSchema: { type: object }`, {
      n: "5",
      f: "1.5",
      b: "true",
      l: '["x"]',
    });
    expect(result["structuredContent"]).toMatchObject({ body: '{"n":5,"f":1.5,"b":true,"l":["x"]}' });
    const refused = await call("/echo", more, { n: "five" });
    expect(textOf(refused)).toBe("The arguments do not fit: 'n' must be integer.");
  });

  test("a user's own settings stand before the server's", async () => {
    const more = `requestTemplate: { url: "http://${api.address}/echo?k={{.config.key}}&o={{.config.other}}" }\nresponseTemplate: { body: "{{.query.k}} {{.query.o}}" }`;
    const server = "name: s\nconfig: { key: ours, other: o }";
    expect(textOf(await called(document("", more, server), "t", {}))).toBe("ours o");
    const caller = { user: { id: "u", config: { key: "theirs" } } };
    expect(textOf(await called(document("", more, server), "t", {}, { caller }))).toBe("theirs o");
  });
});

describe("a tool without a URL", () => {
  test("answers from its arguments", async () => {
    const direct =
      'server: { name: s, config: { c: 1 } }\ntools: [{ name: t, args: [{ name: a, default: d }], responseTemplate: { body: "{{.args.a}} {{.config.c}} {{getRealIP}}" } }]';
    const parts = { headers: { "x-forwarded-for": "203.0.113.9, 10.0.0.1" } };
    expect(await called(direct, "t", {}, parts)).toEqual({ content: [{ type: "text", text: "d 1 203.0.113.9" }] });
  });
});
