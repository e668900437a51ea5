import { beforeAll, describe, expect, test } from "bun:test";
import { SignJWT, UnsecuredJWT } from "jose";
import { protect, type Protected, RESOURCE } from "./protected.ts";

describe("a JWT", () => {
  let server: Protected;
  beforeAll(async () => {
    server = await protect({ scopes: ["mcp:tools"] });
  });

  test("of the issuer, for this resource, lets in under issuer and subject", async () => {
    const token = await server.issuer.sign({ aud: RESOURCE, scope: "mcp:tools other" });
    const caller = await server.admit({ token });
    expect(caller).toMatchObject({ subject: "https://login.example.com#alice", token, resource: RESOURCE });
    expect([...(caller.scopes ?? [])]).toEqual(["mcp:tools", "other"]);
    expect(caller.claims?.["sub"]).toBe("alice");
  });

  test.each([
    ["with a slash at the end of its audience", { aud: `${RESOURCE}/` }],
    ["for several resources", { aud: ["https://other.example.com", RESOURCE] }],
    ["that ended within the clock skew", { exp: -20 }],
    ["that begins within the clock skew", { nbf: 20 }],
    ["with Entra's scp", { scope: undefined, scp: "mcp:tools" }],
    ["with Okta's scp", { scope: undefined, scp: ["mcp:tools"] }],
    ["of a client alone", { sub: undefined, client_id: "m2m" }],
  ])("%s lets in", async (_, claims) => {
    const token = await server.issuer.sign(relative(server, { aud: RESOURCE, scope: "mcp:tools", ...claims }));
    expect((await server.admit({ token })).subject).toMatch(/^https:\/\/login\.example\.com#(alice|client:m2m)$/);
  });

  test.each<[string, object, string]>([
    ["for another resource", { aud: "https://gw.example.com/mcp/other" }, "another resource"],
    ["for a longer path", { aud: `${RESOURCE}/more` }, "another resource"],
    ["for nobody", { aud: undefined }, "another resource"],
    ["of another issuer", { iss: "https://evil.example.com" }, "issuer is not trusted"],
    ["of an issuer but for a slash", { iss: "https://login.example.com/" }, "issuer is not trusted"],
    ["that has ended", { exp: -31 }, "expired"],
    ["without an end", { exp: undefined }, "claim"],
    ["that has not begun", { nbf: 31 }, "not valid yet"],
    ["that names nobody", { sub: undefined }, "whose it is"],
    ["bound to a key", { cnf: { jkt: "x" } }, "bound to a key"],
  ])("%s is refused", async (_, claims, why) => {
    const token = await server.issuer.sign(relative(server, { aud: RESOURCE, scope: "mcp:tools", ...claims }));
    const { status, headers, message } = await server.refusal({ token });
    expect(status).toBe(401);
    expect(message).toContain(why);
    expect(headers["www-authenticate"]).toContain('error="invalid_token"');
    expect(headers["www-authenticate"]).not.toContain(token.slice(0, 20));
  });

  test("that is no access token is refused", async () => {
    const token = await server.issuer.sign({ aud: RESOURCE, scope: "mcp:tools" }, { typ: "logout+jwt" });
    expect((await server.refusal({ token })).message).toContain("not an access token");
  });

  test("without a signature, or with a secret for a key, is refused", async () => {
    const claims = { iss: server.issuer.issuer, aud: RESOURCE, sub: "alice", scope: "mcp:tools", exp: 4_000_000_000 };
    const unsigned = new UnsecuredJWT(claims).encode();
    const shared = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "k1" }).sign(new Uint8Array(32));
    for (const token of [unsigned, shared]) {
      expect((await server.refusal({ token })).message).toBe("The token's signature does not hold.");
    }
  });

  test("whose claims were changed is refused", async () => {
    const [header, , signature] = (await server.issuer.sign({ aud: RESOURCE, scope: "mcp:tools" })).split(".");
    const claims = { iss: server.issuer.issuer, aud: RESOURCE, sub: "root", scope: "mcp:tools", exp: 4_000_000_000 };
    const token = [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
    expect((await server.refusal({ token })).message).toBe("The token's signature does not hold.");
  });

  test("with an algorithm that is not allowed is refused, though the issuer has such a key", async () => {
    const strict = await protect({}, { algorithms: ["RS256"] });
    const token = await strict.issuer.sign({ aud: RESOURCE });
    expect((await strict.refusal({ token })).message).toBe("The token's signature does not hold.");
  });

  test("with a configured audience need not name the resource, and may not name that alone", async () => {
    const named = await protect({}, { audience: ["api://weather"] });
    expect((await named.admit({ token: await named.issuer.sign({ aud: "api://weather" }) })).subject).not.toBe("");
    expect((await named.refusal({ token: await named.issuer.sign({ aud: RESOURCE }) })).status).toBe(401);
  });

  test("with a claim of the user's own name", async () => {
    const named = await protect({ subjectClaim: "email" });
    const token = await named.issuer.sign({ aud: RESOURCE, email: "a@example.com" });
    expect((await named.admit({ token })).subject).toBe("https://login.example.com#a@example.com");
  });

  test("that is endless is not read", async () => {
    expect((await server.refusal({ token: "x".repeat(17_000) })).message).toBe("The token is too long.");
  });
});

/** `exp` and `nbf` are written as seconds from now. */
function relative({ clock }: Protected, claims: Record<string, unknown>): Record<string, unknown> {
  const now = Math.floor(clock.now() / 1000);
  const at = (value: unknown): unknown => (typeof value === "number" ? now + value : value);
  return {
    ...claims,
    ...("exp" in claims ? { exp: at(claims["exp"]) } : {}),
    ...("nbf" in claims ? { nbf: at(claims["nbf"]) } : {}),
  };
}

describe("keys", () => {
  test("that are new are found by their id, and old ones no longer hold", async () => {
    const { issuer, clock, admit, refusal } = await protect();
    const old = await issuer.sign({ aud: RESOURCE });
    await admit({ token: old });
    await issuer.rotate("k2");
    clock.advance(60_001);
    await admit({ token: await issuer.sign({ aud: RESOURCE }) });
    expect((await refusal({ token: old })).message).toContain("signature");
  });

  test("are not asked for by every made-up key id", async () => {
    const { issuer, clock, admit, refusal } = await protect();
    await admit({ token: await issuer.sign({ aud: RESOURCE }) });
    const asked = issuer.asked.length;
    for (let id = 0; id < 5; id++) {
      await refusal({ token: await issuer.sign({ aud: RESOURCE, jti: String(id) }, { kid: `made-up-${id}` }) });
    }
    expect(issuer.asked).toHaveLength(asked);
    clock.advance(30_001);
    await refusal({ token: await issuer.sign({ aud: RESOURCE }, { kid: "another" }) });
    expect(issuer.asked).toHaveLength(asked + 1);
  });

  test("of a token without a key id are tried one by one", async () => {
    const { issuer, admit } = await protect();
    await issuer.rotate("k2", "ES256", true);
    await issuer.rotate("k3", "ES256", true);
    const token = await issuer.sign({ aud: RESOURCE }, { kid: undefined });
    expect((await admit({ token })).subject).toContain("alice");
  });

  test("stay good while the issuer is down; what cannot be told is 503, and mends itself", async () => {
    const { issuer, clock, admit, refusal } = await protect();
    await admit({ token: await issuer.sign({ aud: RESOURCE, jti: "1" }) });
    issuer.down = true;
    clock.advance(700_000);
    await admit({ token: await issuer.sign({ aud: RESOURCE, jti: "2" }) });
    clock.advance(86_400_000);
    const { status, headers } = await refusal({ token: await issuer.sign({ aud: RESOURCE, jti: "3" }) });
    expect([status, headers["retry-after"]]).toEqual([503, "5"]);
    issuer.down = false;
    clock.advance(5001);
    await admit({ token: await issuer.sign({ aud: RESOURCE, jti: "4" }) });
  });

  test("of an issuer that was down from the start", async () => {
    const { issuer, clock, admit, refusal } = await protect({}, { jwksUri: "https://login.example.com/jwks" });
    issuer.down = true;
    const token = await issuer.sign({ aud: RESOURCE });
    expect((await refusal({ token })).status).toBe(503);
    expect((await refusal({ token })).status).toBe(503);
    expect(issuer.asked).toHaveLength(1);
    issuer.down = false;
    clock.advance(5001);
    await admit({ token });
  });
});

describe("verdicts", () => {
  test("are kept for a minute, the bad ones for ten seconds, and made once for all who ask at a time", async () => {
    const { issuer, clock, admit, refusal } = await protect(
      {},
      { introspection: { client: { id: "gw", secret: "s" } } },
    );
    issuer.onIntrospect = ({ form }) => ({ active: form.get("token") === "good", aud: RESOURCE, sub: "alice" });
    await Promise.all([1, 2, 3].map(() => admit({ token: "good" })));
    await admit({ token: "good" });
    expect(issuer.forms).toHaveLength(1);
    await refusal({ token: "bad" });
    await refusal({ token: "bad" });
    expect(issuer.forms).toHaveLength(2);
    clock.advance(10_001);
    await refusal({ token: "bad" });
    await admit({ token: "good" });
    expect(issuer.forms).toHaveLength(3);
    clock.advance(50_000);
    await admit({ token: "good" });
    expect(issuer.forms).toHaveLength(4);
  });

  test("end with the token", async () => {
    const { issuer, clock, admit, refusal } = await protect({ clockSkew: "0s" });
    const token = await issuer.sign({ aud: RESOURCE, exp: Math.floor(clock.now() / 1000) + 10 });
    await admit({ token });
    clock.advance(10_001);
    expect((await refusal({ token })).message).toContain("expired");
  });

  test("for one host say nothing of another", async () => {
    const { issuer, admit, refusal } = await protect();
    const token = await issuer.sign({ aud: RESOURCE });
    await admit({ token });
    expect((await refusal({ token, url: "https://other.example.com/mcp/weather" })).status).toBe(401);
  });
});

describe("an opaque token", () => {
  const OPAQUE = { introspection: { client: { id: "gw", secret: "s" } } };

  test("is looked up under the gateway's own client", async () => {
    const { issuer, admit } = await protect({}, OPAQUE);
    issuer.onIntrospect = () => ({ active: true, aud: [RESOURCE], sub: "bob", scope: "a b", iss: issuer.issuer });
    const caller = await admit({ token: "opaque" });
    expect([caller.subject, [...(caller.scopes ?? [])]]).toEqual(["https://login.example.com#bob", ["a", "b"]]);
    expect(Object.fromEntries(issuer.forms[0]?.form ?? [])).toEqual({
      token: "opaque",
      token_type_hint: "access_token",
    });
    expect(issuer.forms[0]?.authorization).toBe(`Basic ${btoa("gw:s")}`);
  });

  test.each([
    ["inactive", { active: false }],
    ["active, says a text", { active: "true" }],
    ["for another", { aud: "https://other.example.com" }],
    ["for nobody", { aud: undefined }],
    ["another issuer's", { iss: "https://evil.example.com" }],
    ["expired", { exp: 1000 }],
    ["not begun", { nbf: 4_000_000_000 }],
    ["a refresh token", { token_type: "refresh_token" }],
  ])("that is %s is refused", async (_, claims) => {
    const { issuer, refusal } = await protect({}, OPAQUE);
    const answer = { active: true, aud: RESOURCE, sub: "bob", ...claims };
    issuer.onIntrospect = () => JSON.parse(JSON.stringify(answer));
    expect((await refusal({ token: "opaque" })).status).toBe(401);
  });

  test("without an audience is taken where the settings say so", async () => {
    const { issuer, admit } = await protect({}, { introspection: { ...OPAQUE.introspection, requireAudience: false } });
    issuer.onIntrospect = () => ({ active: true, sub: "bob" });
    expect((await admit({ token: "opaque" })).subject).toContain("bob");
  });

  test("is refused, not sent, where nobody can look it up", async () => {
    const { issuer, refusal } = await protect();
    expect((await refusal({ token: "opaque" })).status).toBe(401);
    expect(issuer.asked).toEqual([]);
  });

  test("cannot be told while the gateway's client is refused: that is no fault of the token's", async () => {
    const { issuer, refusal } = await protect({}, OPAQUE);
    issuer.onIntrospect = () => ({ status: 401, body: { error: "invalid_client" } });
    expect((await refusal({ token: "opaque" })).status).toBe(503);
  });

  test("and a JWT are both looked up where revoked ones must end", async () => {
    const { issuer, admit, refusal } = await protect({}, { introspection: { ...OPAQUE.introspection, always: true } });
    issuer.onIntrospect = () => ({ active: true, aud: RESOURCE, sub: "alice" });
    await admit({ token: await issuer.sign({ aud: RESOURCE, jti: "1" }) });
    issuer.onIntrospect = () => ({ active: false });
    expect((await refusal({ token: await issuer.sign({ aud: RESOURCE, jti: "2" }) })).status).toBe(401);
  });
});
