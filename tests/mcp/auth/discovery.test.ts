import { describe, expect, test } from "bun:test";
import { AuthorizationServers, isSafeLink, metadataUrls, readMetadata } from "#mcp/auth/authorization-server.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { FakeIssuer } from "./fake-issuer.ts";

describe("where metadata is looked for", () => {
  test("without a path: two places", () => {
    expect(metadataUrls("https://a.example/")).toEqual([
      "https://a.example/.well-known/oauth-authorization-server",
      "https://a.example/.well-known/openid-configuration",
    ]);
  });

  test("with a path: inserted twice, then appended", () => {
    expect(metadataUrls("https://a.example/tenant1")).toEqual([
      "https://a.example/.well-known/oauth-authorization-server/tenant1",
      "https://a.example/.well-known/openid-configuration/tenant1",
      "https://a.example/tenant1/.well-known/openid-configuration",
    ]);
  });

  test("the next place is tried when one has none", async () => {
    const asked: string[] = [];
    const servers = new AuthorizationServers({
      clock: new FakeClock(),
      fetch: async (url) => {
        asked.push(url);
        return asked.length < 3
          ? new Response("no", { status: 404 })
          : Response.json({ issuer: "https://a.example/t", token_endpoint: "https://a.example/t/token" });
      },
    });
    expect((await servers.find("https://a.example/t")).tokenEndpoint).toBe("https://a.example/t/token");
    expect(asked).toEqual([...metadataUrls("https://a.example/t")]);
  });
});

describe("a document", () => {
  test("of another issuer is not used", () => {
    expect(() => readMetadata("https://a.example", "https://a.example/x", { issuer: "https://b.example" })).toThrow(
      "not that of the issuer",
    );
  });

  test("may not lead from https to http", () => {
    const body = { issuer: "https://a.example", jwks_uri: "http://169.254.169.254/keys" };
    expect(() => readMetadata("https://a.example", "https://a.example/x", body)).toThrow("jwks_uri");
  });

  test.each([
    ["https://b.example/x", "https://a.example", true],
    ["https://b.example/x", "http://a.example", true],
    ["http://b.example/x", "http://a.example", true],
    ["http://b.example/x", "https://a.example", false],
    ["https://user:pass@b.example/x", "https://a.example", false],
    ["javascript:alert(1)", "http://a.example", false],
    ["file:///etc/passwd", "http://a.example", false],
    ["/relative", "https://a.example", false],
  ])("a link to %s from %s is safe: %s", (to, from, safe) => {
    expect(isSafeLink(to, from)).toBe(safe);
  });

  test("is asked for once, by however many, and anew after a while", async () => {
    const clock = new FakeClock();
    const issuer = new FakeIssuer(clock);
    const servers = new AuthorizationServers({ clock, fetch: issuer.fetch });
    await Promise.all([1, 2, 3].map(() => servers.find(issuer.issuer)));
    await servers.find(issuer.issuer);
    expect(issuer.asked).toHaveLength(1);
    clock.advance(600_001);
    await servers.find(issuer.issuer);
    expect(issuer.asked).toHaveLength(2);
  });

  test("that cannot be had is not asked for by every call", async () => {
    const clock = new FakeClock();
    const issuer = new FakeIssuer(clock);
    issuer.down = true;
    const servers = new AuthorizationServers({ clock, fetch: issuer.fetch });
    expect(servers.find(issuer.issuer)).rejects.toThrow("could not be asked");
    await servers.find(issuer.issuer).catch(() => {});
    const before = issuer.asked.length;
    expect(servers.find(issuer.issuer)).rejects.toThrow("could not be asked");
    expect(issuer.asked).toHaveLength(before);
    issuer.down = false;
    clock.advance(5001);
    expect((await servers.find(issuer.issuer)).tokenEndpoint).toBe("https://login.example.com/token");
  });

  test("of endless length is cut off", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const servers = new AuthorizationServers({ clock: new FakeClock(), fetch: async () => new Response(endless) });
    expect(servers.find("https://a.example")).rejects.toThrow();
    await servers.find("https://a.example").catch(() => {});
    expect(pulled).toBeLessThan(20);
  });
});
