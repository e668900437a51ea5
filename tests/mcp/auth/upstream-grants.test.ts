import { describe, expect, test } from "bun:test";
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from "jose";
import { createUpstreamCredentials } from "#mcp/auth/upstream/create.ts";
import type { UpstreamCredentials } from "#mcp/auth/upstream/credentials.ts";
import { upstreamAuth } from "#mcp/auth/upstream/settings.ts";
import { HeaderList } from "#src/core/header-list.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { FakeIssuer } from "./fake-issuer.ts";

const PLACE = { name: "orders", resource: "https://orders.example.com/mcp" };

/** A gateway's credentials, its authorization server and its log. */
function stage(settings: object): {
  readonly credentials: UpstreamCredentials;
  readonly issuer: FakeIssuer;
  readonly clock: FakeClock;
  readonly logged: string[];
} {
  const clock = new FakeClock();
  const issuer = new FakeIssuer(clock);
  let granted = 0;
  issuer.onToken = () => ({ access_token: `token-${++granted}`, token_type: "Bearer", expires_in: 600 });
  const logged: string[] = [];
  const warn = (message: string, fields?: object): void => void logged.push(message + JSON.stringify(fields));
  const world = mcpWorld({ clock, fetch: issuer.fetch, log: { info() {}, warn, error() {} } });
  return { credentials: createUpstreamCredentials(upstreamAuth.parse(settings), PLACE, world), issuer, clock, logged };
}

async function authorized(credentials: UpstreamCredentials): Promise<string | null> {
  const headers = new HeaderList();
  headers.set("authorization", "Bearer of-the-client");
  await credentials.authorize(headers, mcpCall());
  return headers.get("authorization");
}

const M2M = { issuer: "https://login.example.com", client: { id: "m2m", secret: "s3:cr et" }, scopes: ["a", "b"] };

describe("headers", () => {
  test("take the place of what was there", async () => {
    const { credentials } = stage({ headers: { Authorization: "Bearer fixed", "X-Key": "k" } });
    expect(await authorized(credentials)).toBe("Bearer fixed");
    expect(credentials.contextOf(mcpCall())).toBe("");
  });

  test("that cannot be sent are refused without being quoted", () => {
    expect(() => stage({ headers: { "x-key": "secret\r\nx: y" } })).toThrow(
      /^The header 'x-key' has a value that cannot be sent\.$/,
    );
  });
});

describe("client credentials", () => {
  test("name their client, scopes and the upstream as resource", async () => {
    const { credentials, issuer } = stage({ clientCredentials: M2M });
    expect(await authorized(credentials)).toBe("Bearer token-1");
    expect(Object.fromEntries(issuer.forms[0]?.form ?? [])).toEqual({
      grant_type: "client_credentials",
      scope: "a b",
      resource: PLACE.resource,
    });
    expect(issuer.forms[0]?.authorization).toBe(`Basic ${btoa("m2m:s3%3Acr+et")}`);
  });

  test("an audience takes the place of the resource that was not written", async () => {
    const { credentials, issuer } = stage({ clientCredentials: { ...M2M, audience: "orders" } });
    await authorized(credentials);
    expect(issuer.forms[0]?.form.get("audience")).toBe("orders");
    expect(issuer.forms[0]?.form.has("resource")).toBe(false);
  });

  test("client_secret_post and a public client", async () => {
    const post = stage({ clientCredentials: { ...M2M, client: { id: "m", secret: "s", method: "post" } } });
    await authorized(post.credentials);
    expect(post.issuer.forms[0]?.form.get("client_secret")).toBe("s");
    expect(post.issuer.forms[0]?.authorization).toBeNull();
    const none = stage({ clientCredentials: { ...M2M, client: { id: "m" } } });
    await authorized(none.credentials);
    expect(none.issuer.forms[0]?.form.get("client_id")).toBe("m");
  });

  test("private_key_jwt signs an assertion for the token endpoint", async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = JSON.stringify({ ...(await exportJWK(privateKey)), kid: "k1", alg: "ES256" });
    const { credentials, issuer, clock } = stage({
      clientCredentials: { ...M2M, client: { id: "m", privateKey: jwk } },
    });
    await authorized(credentials);
    const assertion = issuer.forms[0]?.form.get("client_assertion") ?? "";
    const { payload } = await jwtVerify(assertion, publicKey, {
      audience: "https://login.example.com/token",
      issuer: "m",
      currentDate: new Date(clock.now()),
      requiredClaims: ["jti", "exp"],
    });
    expect(payload.sub).toBe("m");
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: "ES256", kid: "k1" });
    expect(decodeJwt(assertion).exp).toBe(Math.floor(clock.now() / 1000) + 60);
  });

  test("a key that is none is refused without a piece of it", async () => {
    const { credentials, logged } = stage({
      clientCredentials: { ...M2M, client: { id: "m", privateKey: "hunter2" } },
    });
    expect(authorized(credentials)).rejects.toThrow("could not get credentials");
    await authorized(credentials).catch(() => {});
    expect(logged.join()).not.toContain("hunter2");
  });

  test("are asked for once by many calls, and renewed ahead of their end without a wait", async () => {
    const { credentials, issuer, clock } = stage({ clientCredentials: M2M });
    expect(await Promise.all([1, 2, 3].map(() => authorized(credentials)))).toEqual(Array(3).fill("Bearer token-1"));
    expect(issuer.forms).toHaveLength(1);
    clock.advance(550_000);
    expect(await authorized(credentials)).toBe("Bearer token-1");
    await new Promise((resolve) => setImmediate(resolve));
    expect(await authorized(credentials)).toBe("Bearer token-2");
    expect(issuer.forms).toHaveLength(2);
  });

  test("an expired token is never sent", async () => {
    const { credentials, issuer, clock } = stage({ clientCredentials: M2M });
    await authorized(credentials);
    clock.advance(598_000);
    issuer.onToken = () => ({ status: 401, body: { error: "invalid_client" } });
    expect(authorized(credentials)).rejects.toThrow("could not get credentials");
  });

  test("a refusal fails the call, is logged without the secret, and not asked for again at once", async () => {
    const { credentials, issuer, clock, logged } = stage({ clientCredentials: M2M });
    const refusal = { error: "invalid_client", error_description: "no such client s3:cr et" };
    issuer.onToken = () => ({ status: 401, body: refusal });
    const headers = new HeaderList();
    await credentials.authorize(headers, mcpCall())?.catch(() => {});
    expect(headers.get("authorization")).toBeNull();
    expect(authorized(credentials)).rejects.toThrow("could not get credentials");
    expect(issuer.forms).toHaveLength(1);
    expect(logged.join()).toContain("invalid_client");
    expect(logged.join()).not.toContain("s3:cr et");
    clock.advance(5001);
    issuer.onToken = () => ({ access_token: "later", token_type: "bearer" });
    expect(await authorized(credentials)).toBe("Bearer later");
  });

  test("a token that the upstream refused is replaced once, by whoever comes first", async () => {
    const { credentials } = stage({ clientCredentials: M2M });
    const sent = new HeaderList();
    await credentials.authorize(sent, mcpCall());
    const rejection = { status: 401, wwwAuthenticate: null, sent };
    expect(await credentials.rejected(rejection, mcpCall())).toBe(true);
    expect(await authorized(credentials)).toBe("Bearer token-2");
    // Another call that was sent with the old one does not take the new one away.
    expect(await credentials.rejected(rejection, mcpCall())).toBe(true);
    expect(await authorized(credentials)).toBe("Bearer token-2");
    expect(await credentials.rejected({ ...rejection, status: 403 }, mcpCall())).toBe(false);
  });

  test.each([
    [{ access_token: "a b", token_type: "Bearer" }],
    [{ access_token: "abc", token_type: "mac" }],
    [{ token_type: "Bearer" }],
  ])("%j is no token", async (answer) => {
    const { credentials, issuer } = stage({ clientCredentials: M2M });
    issuer.onToken = () => answer;
    expect(authorized(credentials)).rejects.toThrow("could not get credentials");
  });

  test("settings that lack their source or secret are refused", () => {
    expect(() => stage({ clientCredentials: { client: { id: "m" } } })).toThrow("'issuer' or 'tokenEndpoint'");
    expect(() => stage({ clientCredentials: { ...M2M, client: { id: "m", method: "basic" } } })).toThrow("'secret'");
  });
});
