import { describe, expect, test } from "bun:test";
import { createUpstreamCredentials } from "#mcp/auth/upstream/create.ts";
import type { UpstreamCredentials } from "#mcp/auth/upstream/credentials.ts";
import { upstreamAuth } from "#mcp/auth/upstream/settings.ts";
import { HeaderList } from "#src/core/header-list.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { FakeIssuer } from "./fake-issuer.ts";

/** A server that is asked with each caller's own rights. */
function stage(): {
  readonly credentials: UpstreamCredentials;
  readonly issuer: FakeIssuer;
  readonly clock: FakeClock;
} {
  const clock = new FakeClock();
  const issuer = new FakeIssuer(clock);
  issuer.onToken = ({ form }) => ({
    access_token: `for-${form.get("subject_token")}-${issuer.forms.length}`,
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "Bearer",
    expires_in: 300,
  });
  const settings = { issuer: issuer.issuer, client: { id: "gw", secret: "s" }, audience: "orders", scopes: ["read"] };
  const credentials = createUpstreamCredentials(
    upstreamAuth.parse({ tokenExchange: settings }),
    { name: "orders", resource: "https://orders.example.com/mcp" },
    mcpWorld({ clock, fetch: issuer.fetch }),
  );
  return { credentials, issuer, clock };
}

function callOf(token: string, scopes: readonly string[] = []): McpCall {
  return mcpCall({ caller: { subject: `https://a#${token}`, token, scopes: new Set(scopes) } });
}

async function shown(credentials: UpstreamCredentials, call: McpCall): Promise<string | null> {
  const headers = new HeaderList();
  await credentials.authorize(headers, call);
  return headers.get("authorization");
}

describe("token exchange", () => {
  test("offers the caller's token and never sends it on", async () => {
    const { credentials, issuer } = stage();
    expect(await shown(credentials, callOf("alice"))).toBe("Bearer for-alice-1");
    expect(Object.fromEntries(issuer.forms[0]?.form ?? [])).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: "alice",
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      scope: "read",
      audience: "orders",
    });
  });

  test("is done once for a caller, whose token is nobody else's, and anew at its end", async () => {
    const { credentials, issuer, clock } = stage();
    const calls = ["alice", "alice", "bob"].map((name) => shown(credentials, callOf(name)));
    expect(new Set(await Promise.all(calls)).size).toBe(2);
    expect(issuer.forms).toHaveLength(2);
    clock.advance(296_000);
    expect(await shown(credentials, callOf("alice"))).toBe("Bearer for-alice-3");
  });

  test("that is refused fails the call, and is not tried by every one", async () => {
    const { credentials, issuer, clock } = stage();
    issuer.onToken = () => ({ status: 400, body: { error: "invalid_target" } });
    const headers = new HeaderList();
    await credentials.authorize(headers, callOf("alice"))?.catch(() => {});
    expect(headers.get("authorization")).toBeNull();
    expect(shown(credentials, callOf("alice"))).rejects.toThrow("could not get credentials");
    expect(issuer.forms).toHaveLength(1);
    clock.advance(5001);
    await shown(credentials, callOf("alice")).catch(() => {});
    expect(issuer.forms).toHaveLength(2);
  });

  test("needs a token: a consumer's key is none", async () => {
    const { credentials, issuer } = stage();
    const call = mcpCall({ caller: { subject: "consumer:alice", consumer: "alice" } });
    expect(shown(credentials, call)).rejects.toThrow("sign in with one");
    expect(issuer.forms).toEqual([]);
  });

  test("happens again for a token that the upstream refused", async () => {
    const { credentials } = stage();
    const sent = new HeaderList();
    await credentials.authorize(sent, callOf("alice"));
    expect(await credentials.rejected({ status: 401, wwwAuthenticate: null, sent }, callOf("alice"))).toBe(true);
    expect(await shown(credentials, callOf("alice"))).toBe("Bearer for-alice-2");
    expect(await credentials.rejected({ status: 403, wwwAuthenticate: null, sent }, callOf("alice"))).toBe(false);
  });

  test("makes a context of its own for each caller and each set of rights", () => {
    const { credentials } = stage();
    const contexts = [callOf("a", ["x", "y"]), callOf("a", ["y", "x"]), callOf("a", ["x"]), callOf("b", ["x"])];
    const [first, same, ...others] = contexts.map((call) => credentials.contextOf(call));
    expect(same).toBe(first);
    expect(new Set([first, ...others]).size).toBe(3);
  });
});
