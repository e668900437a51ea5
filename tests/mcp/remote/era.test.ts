import { describe, expect, test } from "bun:test";
import { upstreamAuth } from "#mcp/auth/upstream/settings.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import {
  type Answerer,
  errorAnswer,
  jsonAnswer,
  legacy,
  modern,
  type Received,
  resultAnswer,
  scripted,
} from "#tests/support/mcp-upstream.ts";

const LIST = { method: "tools/list", params: {} };
const CALL = { method: "tools/call", params: { name: "t", arguments: {} } };
const listed: Answerer = (request) => resultAnswer(request, { tools: [] });

const fault = (asking: unknown): Promise<unknown> =>
  Promise.resolve(asking).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

/** A server of the session era that answers `server/discover` in some other way. */
function oldThatSays(discover: Answerer): Answerer {
  const rest = legacy(listed);
  return (request) => (request.method === "server/discover" ? discover(request) : rest(request));
}

describe("the era of an upstream", () => {
  test("is asked for once, and known then", async () => {
    const up = await scripted(modern(listed));
    await Promise.all([up.server.handle(LIST, mcpCall()), up.server.handle(LIST, mcpCall())]);
    await up.server.handle(LIST, mcpCall());
    expect(up.methods()).toEqual(["server/discover", "tools/list", "tools/list", "tools/list"]);
    expect(up.received[0]?.headers.get("mcp-protocol-version")).toBe("2026-07-28");
  });

  test.each<[string, (request: Received) => Response]>([
    ["404 and a page", () => new Response("<html>", { status: 404, headers: { "content-type": "text/html" } })],
    ["405", () => new Response(null, { status: 405 })],
    ["400 without a session", (request) => errorAnswer(request, 400, -32000)],
    ["404 and an unknown method", (request) => errorAnswer(request, 404, ERROR_CODES.methodNotFound)],
    ["200 and an unknown method", (request) => errorAnswer(request, 200, ERROR_CODES.methodNotFound)],
    [
      "only older revisions",
      (request) => errorAnswer(request, 400, ERROR_CODES.unsupportedVersion, { supported: ["2025-06-18"] }),
    ],
    ["another result", (request) => resultAnswer(request, {})],
  ])("is the session era after %s", async (_, discover) => {
    const up = await scripted(oldThatSays(discover));
    expect(await up.server.handle(LIST, mcpCall())).toEqual({ tools: [] });
    expect(up.methods()).toEqual(["server/discover", "initialize", "notifications/initialized", "GET", "tools/list"]);
  });

  test.each<[string, (request: Received) => Response]>([
    ["a missing capability", (request) => errorAnswer(request, 400, ERROR_CODES.missingCapability)],
    [
      "newer and older revisions",
      (request) =>
        errorAnswer(request, 400, ERROR_CODES.unsupportedVersion, { supported: ["2025-06-18", "2026-07-28"] }),
    ],
  ])("is the newest after %s", async (_, discover) => {
    const up = await scripted((request) =>
      request.method === "server/discover" ? discover(request) : listed(request),
    );
    expect(await up.server.handle(LIST, mcpCall())).toEqual({ tools: [] });
    expect(up.methods()).toEqual(["server/discover", "tools/list"]);
  });

  test.each([401, 403, 429, 503])("is not told by status %i: the next call asks again", async (status) => {
    let away = true;
    const body = { jsonrpc: "2.0", id: null, error: { code: -32000, message: "not now" } };
    const up = await scripted((request) => (away ? jsonAnswer(body, status) : modern(listed)(request)));
    const error = await Promise.resolve(up.server.handle(CALL, mcpCall())).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(McpError);
    expect(up.methods()).not.toContain("initialize");
    away = false;
    expect(await up.server.handle(LIST, mcpCall())).toEqual({ tools: [] });
  });

  test("is not told by credentials that cannot be had", async () => {
    const credentials = {
      clientCredentials: { client: { id: "c", secret: "s" }, tokenEndpoint: "http://127.0.0.1:3/token" },
    };
    let granting = false;
    const up = await scripted(
      (request) => {
        if (!request.url.endsWith("/token")) return modern(listed)(request);
        return granting ? jsonAnswer({ access_token: "t", token_type: "Bearer" }) : jsonAnswer({ error: "x" }, 400);
      },
      { credentials: upstreamAuth.parse(credentials) },
    );
    expect(await fault(up.server.handle(LIST, mcpCall()))).toBeInstanceOf(McpError);
    granting = true;
    up.clock.advance(10_000);
    expect(await up.server.handle(LIST, mcpCall())).toEqual({ tools: [] });
    expect(up.methods()).not.toContain("initialize");
    expect(up.received.at(-1)?.headers.get("authorization")).toBe("Bearer t");
  });

  test("is not asked for where the configuration names it", async () => {
    const up = await scripted(legacy(listed), { era: "legacy" });
    await up.server.handle(LIST, mcpCall());
    expect(up.methods()[0]).toBe("initialize");
  });

  test("is found out anew when the server was replaced by a newer one", async () => {
    let answer: Answerer = legacy(listed);
    const up = await scripted((request) => answer(request));
    await up.server.handle(LIST, mcpCall());
    answer = (request) =>
      request.method === "tools/call" && request.headers.get("mcp-method") === "tools/call"
        ? resultAnswer(request, { content: [] })
        : request.method === "server/discover"
          ? modern(listed)(request)
          : errorAnswer(request, 400, ERROR_CODES.unsupportedVersion, { supported: ["2026-07-28"] });
    up.clock.advance(10_000);
    expect(await up.server.handle(CALL, mcpCall())).toEqual({ content: [] });
  });

  test("is found out anew when the server was replaced by an older one", async () => {
    let answer: Answerer = modern(listed);
    const up = await scripted((request) => answer(request));
    await up.server.handle(LIST, mcpCall());
    answer = legacy((request) =>
      request.headers.get("mcp-session-id") === null
        ? errorAnswer(request, 400, -32000)
        : resultAnswer(request, { content: [] }),
    );
    up.clock.advance(10_000);
    expect(await up.server.handle(CALL, mcpCall())).toEqual({ content: [] });
  });

  test("a server's own 400 for a bad call costs no second question each time", async () => {
    const up = await scripted(modern((request) => errorAnswer(request, 400, -32000)));
    for (let turn = 0; turn < 3; turn++) await Promise.resolve(up.server.handle(CALL, mcpCall())).catch(() => {});
    expect(up.methods().filter((method) => method === "server/discover")).toHaveLength(1);
  });

  test("a verdict of the session era is looked at again after a while", async () => {
    const up = await scripted(legacy(listed));
    await up.server.handle(LIST, mcpCall());
    up.clock.advance(11 * 60_000);
    await up.server.handle(LIST, mcpCall());
    expect(up.methods().filter((method) => method === "server/discover")).toHaveLength(2);
  });
});
