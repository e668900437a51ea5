import { describe, expect, test } from "bun:test";
import { McpRefusal } from "#src/core/mcp/policy.ts";
import { originPolicy } from "#mcp/policies/origin.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { exchangeOf, guardOf } from "./stage.ts";

const LOCAL = "127.0.0.1";
const REMOTE = "203.0.113.9";

async function checkOf(settings: unknown) {
  const { origin } = await guardOf(originPolicy, settings, mcpWorld());
  if (origin === undefined) throw new Error("no check");
  return origin;
}

async function status(settings: unknown, host: string, origin: string | undefined, peer: string): Promise<number> {
  const check = await checkOf(settings);
  const headers = origin === undefined ? {} : { origin };
  try {
    check.check(exchangeOf(`http://${host}/mcp/shop`, { method: "POST", headers }, peer));
    return 200;
  } catch (thrown) {
    return thrown instanceof McpRefusal ? thrown.status : 500;
  }
}

describe("without settings", () => {
  test.each([
    // What the conformance suite sends, and the page that was made to lead here.
    ["evil.example.com", "http://evil.example.com", LOCAL, 403],
    ["evil.example.com", undefined, LOCAL, 403],
    ["localhost:3000", "http://localhost:3000", LOCAL, 200],
    ["127.0.0.1:3000", "http://127.0.0.1:3000", LOCAL, 200],
    ["[::1]:3000", "http://[::1]:3000", "::1", 200],
    ["localhost:3000", undefined, "::ffff:127.0.0.1", 200],
    ["localhost.evil.example", undefined, LOCAL, 403],
    ["127.0.0.1.evil.example", undefined, LOCAL, 403],
    ["localhost:3000", "http://evil.example", LOCAL, 403],
    ["localhost:3000", "http://localhost.evil.example", LOCAL, 403],
    ["localhost:3000", "null", LOCAL, 403],
    ["localhost:3000", "not an origin", LOCAL, 403],
    ["mcp.example", undefined, REMOTE, 200],
    ["mcp.example", "http://localhost:6274", REMOTE, 200],
    ["mcp.example", "https://mcp.example", REMOTE, 403],
    ["rebound.example", "http://rebound.example", "10.0.0.5", 403],
  ])("to %p from the page %p, by %p: %d", async (host, origin, peer, expected) => {
    expect(await status({}, host, origin, peer)).toBe(expected);
  });
});

describe("with settings", () => {
  const settings = {
    allow: ["https://app.example", "https://*.apps.example"],
    hosts: ["mcp.example", "*.mcp.example"],
  };
  test.each([
    ["mcp.example", "https://app.example", REMOTE, 200],
    ["mcp.example", "https://APP.example", REMOTE, 200],
    ["a.mcp.example", "https://a.apps.example", REMOTE, 200],
    ["mcp.example", "https://apps.example", REMOTE, 403],
    ["mcp.example", "http://a.apps.example", REMOTE, 403],
    ["mcp.example", "https://evilapps.example", REMOTE, 403],
    ["mcp.example", "https://app.example:444", REMOTE, 403],
    ["mcp.example", "https://app.example.evil", REMOTE, 403],
    ["other.example", undefined, REMOTE, 403],
    ["xmcp.example", undefined, REMOTE, 403],
    // A proxy on this machine, and a tool of its operator's.
    ["mcp.example", undefined, LOCAL, 200],
    ["localhost", undefined, LOCAL, 200],
    ["localhost", undefined, REMOTE, 403],
  ])("to %p from the page %p, by %p: %d", async (host, origin, peer, expected) => {
    expect(await status(settings, host, origin, peer)).toBe(expected);
  });

  test("a star lets every page in, and every name", async () => {
    expect(await status({ allow: ["*"], hosts: ["*"] }, "any.example", "https://evil.example", LOCAL)).toBe(200);
  });

  test.each([
    { allow: ["app.example"] },
    { allow: ["https://app.example/path"] },
    { hosts: ["https://a"] },
    { hosts: ["a:80"] },
  ])("%j is refused", (given) => {
    expect(originPolicy.schema.safeParse(given).success).toBe(false);
  });
});

describe("browsers", () => {
  const ask = {
    method: "OPTIONS",
    headers: {
      origin: "https://app.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "mcp-method,mcp-param-x",
    },
  };

  test("are told what a page may send", async () => {
    const check = await checkOf({ allow: ["https://app.example"] });
    const exchange = exchangeOf("http://mcp.example/mcp/shop", ask);
    const answer = check.preflight(exchange);
    expect(answer?.status).toBe(204);
    expect(answer?.headers.get("access-control-allow-headers")).toBe("mcp-method,mcp-param-x");
    expect(check.headers(exchange)).toMatchObject({
      "access-control-allow-origin": "https://app.example",
      vary: "Origin",
    });
    expect(check.headers(exchange)["access-control-expose-headers"]).toContain("mcp-session-id");
  });

  test("are told nothing for a page that may not, and other requests are no such question", async () => {
    const check = await checkOf({});
    const exchange = exchangeOf("http://mcp.example/mcp/shop", ask);
    expect(check.preflight(exchange)?.status).toBe(403);
    expect(check.headers(exchange)).toEqual({ vary: "Origin" });
    expect(check.preflight(exchangeOf("http://mcp.example/", { method: "OPTIONS" }))).toBeUndefined();
    expect(check.preflight(exchangeOf("http://mcp.example/", { method: "POST" }))).toBeUndefined();
    expect(check.headers(exchangeOf("http://mcp.example/"))).toEqual({});
  });
});
