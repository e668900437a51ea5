import { describe, expect, test } from "bun:test";
import { urlKind } from "#mcp/remote/kind.ts";
import { HttpDoor } from "#mcp/remote/http-door.ts";
import { HttpCancel } from "#mcp/remote/http-cancel.ts";
import { HeaderList } from "#src/core/header-list.ts";
import { answerOf } from "#src/traffic/fetch-transport.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { modern, resultAnswer, scripted, UPSTREAM } from "#tests/support/mcp-upstream.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

const CALL = { method: "tools/call", params: { name: "t", arguments: {} } };

const fault = (asking: unknown): Promise<unknown> =>
  Promise.resolve(asking).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

describe("a redirect", () => {
  test("on the same host is followed, and remembered", async () => {
    const slash = await scripted((request) =>
      request.url === UPSTREAM
        ? new Response(null, { status: 307, headers: { location: "/mcp/" } })
        : modern((inner) => resultAnswer(inner, { at: inner.url }))(request),
    );
    for (let turn = 0; turn < 2; turn++) {
      expect(await slash.server.handle(CALL, mcpCall())).toEqual({ at: `${UPSTREAM}/` });
    }
    expect(slash.received.map(({ url }) => url)).toEqual([UPSTREAM, `${UPSTREAM}/`, `${UPSTREAM}/`, `${UPSTREAM}/`]);
  });

  test.each(["https://elsewhere.example/mcp", "//elsewhere.example/mcp", "http://a:b@127.0.0.1:1/mcp"])(
    "to %s is not: the gateway's credentials would go with it",
    async (location) => {
      const up = await scripted(() => new Response(null, { status: 308, headers: { location } }), {
        headers: { "x-key": "k" },
      });
      expect(String(await fault(up.server.handle(CALL, mcpCall())))).toContain("308");
      expect(new Set(up.received.map(({ url }) => url))).toEqual(new Set([UPSTREAM]));
    },
  );

  test("in a circle ends", async () => {
    const up = await scripted(() => new Response(null, { status: 307, headers: { location: "/mcp" } }));
    expect(String(await fault(up.server.handle(CALL, mcpCall())))).toContain("307");
  });
});

describe("credentials", () => {
  test("that are refused are replaced once", async () => {
    const sent: (string | null)[] = [];
    let token = 1;
    const door = new HttpDoor({
      name: "up",
      log: { info() {}, warn() {}, error() {} },
      connectTimeout: 0,
      transport: {
        async send({ headers }) {
          sent.push(headers.get("authorization"));
          return answerOf(new Response(null, { status: 401, headers: { "www-authenticate": "Bearer" } }));
        },
      },
      credentials: [
        {
          contextOf: ({ caller }) => caller.subject,
          authorize: async (headers) => headers.set("authorization", `Bearer ${token}`),
          rejected: async ({ status, wwwAuthenticate }) => {
            token++;
            return status === 401 && wwwAuthenticate === "Bearer";
          },
          close() {},
        },
      ],
    });
    const request = { method: "POST", url: UPSTREAM, headers: new HeaderList(), body: "{}" } as const;
    const answer = await door.send(request, mcpCall(), new HttpCancel());
    expect(answer.status).toBe(401);
    expect(sent).toEqual(["Bearer 1", "Bearer 2"]);
    expect(door.contextOf(mcpCall({ caller: { subject: "a" } }))).not.toBe(
      door.contextOf(mcpCall({ caller: { subject: "b" } })),
    );
  });

  test("what the upstream says of them does not reach the client", async () => {
    const up = await scripted(() =>
      Response.json(
        { jsonrpc: "2.0", id: null, error: { code: -32000, message: "key k-secret is bad" } },
        { status: 401 },
      ),
    );
    const error = String(await fault(up.server.handle(CALL, mcpCall())));
    expect(error).toContain("gateway's credentials");
    expect(error).not.toContain("secret");
  });
});

describe("settings that cannot be used", () => {
  test.each([
    [{ endpoints: [UPSTREAM], era: "modern", transport: "sse" } as const, "no transport"],
    [{ endpoints: [UPSTREAM, UPSTREAM] }, "named twice"],
    [{ endpoints: [UPSTREAM], headers: { "bad name": "secret" } }, "header"],
    [{ endpoints: [UPSTREAM], headers: { name: "a\nsecret" } }, "cannot be sent"],
  ])("%j", (settings, words) => {
    const make = () => urlKind.create("up", settings, mcpWorld());
    expect(make).toThrow(words);
    expect(make).not.toThrow("secret");
  });

  test("a URL is read as it is written, a slash at its end included", () => {
    expect(urlKind.schema.parse("https://example.com/mcp/")).toEqual({ endpoints: ["https://example.com/mcp/"] });
    expect(urlKind.schema.parse({ endpoints: "https://example.com/a", timeout: "5s" })).toEqual({
      endpoints: ["https://example.com/a"],
      timeout: 5000,
    });
    for (const wrong of [
      "example.com",
      "ftp://a/b",
      "https://u:p@a/b",
      "https://a/b#c",
      { endpoints: [] },
      { endpoints: UPSTREAM, colour: 1 },
    ]) {
      expect(urlKind.schema.safeParse(wrong).success).toBe(false);
    }
  });
});
