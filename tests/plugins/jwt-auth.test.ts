import { describe, expect, test } from "bun:test";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { type PluginStage, pluginStage } from "#tests/support/plugin-stage.ts";

const clock = (): FakeClock => new FakeClock(1_800_000_000_000);
const NOW = 1_800_000_000;

interface Signer {
  readonly jwk: JWK;
  sign(claims?: Record<string, unknown>, until?: number): Promise<string>;
}

async function signer(alg: string, kid = "k1"): Promise<Signer> {
  if (alg.startsWith("HS")) {
    const secret = crypto.getRandomValues(new Uint8Array(64));
    return made(alg, kid, secret, { kty: "oct", k: Buffer.from(secret).toString("base64url"), alg, ...named(kid) });
  }
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return made(alg, kid, privateKey, { ...(await exportJWK(publicKey)), alg, ...named(kid) });
}

/** An empty id: the key has none. */
const named = (kid: string): { kid?: string } => (kid === "" ? {} : { kid });

function made(alg: string, kid: string, key: CryptoKey | Uint8Array, jwk: JWK): Signer {
  return {
    jwk,
    sign: (claims = {}, until = NOW + 3600) =>
      new SignJWT({ iss: "https://issuer.example", sub: "7", ...claims })
        .setProtectedHeader({ alg, ...named(kid) })
        .setExpirationTime(until)
        .sign(key),
  };
}

function stageOf(consumer: object, more: object = {}): Promise<PluginStage> {
  const config = { consumers: [{ name: "consumer1", issuer: "https://issuer.example", ...consumer }], ...more };
  return pluginStage({ plugins: [{ name: "jwt-auth", config }], clock: clock() });
}

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
const jwks = (...keys: readonly Signer[]): string => JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });

describe.each(["HS256", "HS512", "RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA"])(
  "a token signed with %s",
  (alg) => {
    test("lets its consumer in; another key's does not", async () => {
      const own = await signer(alg);
      await using stage = await stageOf({ jwks: jwks(own) });
      expect((await stage.fetch("/x", bearer(await own.sign()))).status).toBe(200);
      expect(stage.records[0]?.consumer).toBe("consumer1");
      expect(stage.asked[0]?.headers.get("x-mse-consumer")).toBe("consumer1");
      const other = await signer(alg);
      expect((await stage.fetch("/x", bearer(await other.sign()))).status).toBe(401);
    });
  },
);

describe("a token", () => {
  test.each([
    ["that is not there", undefined, 401, "Jwt missing"],
    ["that is none", "no-jwt-at-all", 401, "Jwt verification fails"],
    ["of another issuer", { iss: "https://else.example" }, 401, "Jwt verification fails"],
    ["that has ended", { exp: NOW - 61 }, 401, "Jwt expired"],
    ["that has ended within the skew", { exp: NOW - 59 }, 200, "from the backend"],
    ["that does not hold yet", { nbf: NOW + 100 }, 401, "Jwt verification fails"],
  ])("%s", async (_, claims, status, text) => {
    const own = await signer("ES256");
    await using stage = await stageOf({ jwks: jwks(own) });
    const token =
      typeof claims === "string" || claims === undefined
        ? claims
        : await own.sign(claims, "exp" in claims ? claims.exp : undefined);
    const response = await stage.fetch("/x", token === undefined ? {} : bearer(token));
    expect([response.status, await response.text()]).toEqual([status, text]);
    if (typeof token === "string") expect(JSON.stringify([stage.logs, stage.records])).not.toContain(token);
  });

  test("that nobody has signed is no token", async () => {
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"iss":"https://issuer.example"}').toString("base64url")}.`;
    await using stage = await stageOf({ jwks: jwks(await signer("RS256")) });
    expect((await stage.fetch("/x", bearer(unsigned))).status).toBe(401);
  });

  test("may be in headers, parameters and cookies, and need not go on", async () => {
    const own = await signer("ES256");
    const places = {
      from_headers: [{ name: "jwt", value_prefix: "T " }],
      from_params: ["token"],
      from_cookies: ["session"],
      keep_token: false,
    };
    await using stage = await stageOf({ jwks: jwks(own), ...places });
    const token = await own.sign();
    expect((await stage.fetch("/x", { headers: { jwt: `T ${token}` } })).status).toBe(200);
    expect((await stage.fetch(`/x?a=1&token=${token}`)).status).toBe(200);
    expect((await stage.fetch("/x", { headers: { cookie: `a=1; session=${token}` } })).status).toBe(200);
    expect((await stage.fetch("/x", bearer(token))).status).toBe(401);
    expect(
      stage.asked.map(({ url, headers }) => [new URL(url).search, headers.get("jwt"), headers.get("cookie")]),
    ).toEqual([
      ["", null, null],
      ["?a=1", null, null],
      ["", null, "a=1"],
    ]);
  });

  test("has claims that become headers", async () => {
    const own = await signer("ES256");
    const claims_to_headers = [
      { claim: "sub", header: "x-sub" },
      { claim: "roles", header: "x-roles", override: false },
      { claim: "none", header: "x-none" },
    ];
    await using stage = await stageOf({ jwks: jwks(own), claims_to_headers });
    const token = await own.sign({ roles: ["a"] });
    await stage.fetch("/x", { headers: { authorization: `Bearer ${token}`, "x-sub": "me" } });
    await stage.fetch("/x", { headers: { authorization: `Bearer ${token}`, "x-roles": "mine", "x-none": "forged" } });
    expect(
      stage.asked.map(({ headers }) => [headers.get("x-sub"), headers.get("x-roles"), headers.get("x-none")]),
    ).toEqual([
      ["7", '["a"]', null],
      ["7", "mine", null],
    ]);
  });
});

test("a rule says who may pass where it holds", async () => {
  const [one, two] = [await signer("ES256"), await signer("RS256", "k2")];
  const config = {
    consumers: [
      { name: "consumer1", jwks: jwks(one) },
      { name: "consumer2", jwks: jwks(two) },
    ],
  };
  await using stage = await pluginStage({
    plugins: [{ name: "jwt-auth", config, rules: [{ routes: ["web"], config: { allow: ["consumer2"] } }] }],
    clock: clock(),
  });
  expect((await stage.fetch("/x", bearer(await two.sign()))).status).toBe(200);
  const refused = await stage.fetch("/x", bearer(await one.sign()));
  expect([refused.status, await refused.text()]).toEqual([403, "Access Denied"]);
});

test("keys at an address are rotated, looked up once, and kept when it is away", async () => {
  const [first, second] = [await signer("ES256", "k1"), await signer("ES256", "k2")];
  let served = jwks(first);
  let looks = 0;
  const issuer = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      looks++;
      return served === "" ? new Response("", { status: 500 }) : new Response(served);
    },
  });
  const time = clock();
  const config = { consumers: [{ name: "consumer1", jwks_uri: `http://127.0.0.1:${issuer.port}/keys` }] };
  await using stage = await pluginStage({ plugins: [{ name: "jwt-auth", config }], clock: time });
  const ask = async (one: Signer): Promise<number> => (await stage.fetch("/x", bearer(await one.sign()))).status;
  try {
    expect(await Promise.all([ask(first), ask(first), ask(first)])).toEqual([200, 200, 200]);
    expect(looks).toBe(1);
    served = jwks(second);
    expect([await ask(second), looks]).toEqual([401, 1]);
    time.advance(30_000);
    expect([await ask(second), looks]).toEqual([200, 2]);
    expect(await ask(first)).toBe(401);
    served = "";
    time.advance(600_000);
    expect([await ask(second), looks]).toEqual([200, 3]);
  } finally {
    await issuer.stop(true);
  }
});

test("a service's keys are looked up with its Host; while it is away it is not asked again and again", async () => {
  const own = await signer("ES256");
  const hosts: (string | null)[] = [];
  let served = "";
  const issuer = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      hosts.push(`${request.headers.get("host")}${new URL(request.url).pathname}`);
      return served === "" ? new Response("", { status: 503 }) : new Response(served);
    },
  });
  const time = clock();
  const remote_jwks = { service_name: "issuer.dns", service_host: "issuer.example", path: "/keys" };
  await using stage = await pluginStage({
    plugins: [{ name: "jwt-auth", config: { consumers: [{ name: "consumer1", remote_jwks }] } }],
    clock: time,
    config: ({ http }) => ({
      services: [
        { name: "backend", endpoints: [http] },
        { name: "issuer", endpoints: [`127.0.0.1:${issuer.port}`] },
      ],
      routes: [{ name: "web", http: { services: [{ name: "backend" }] } }],
    }),
  });
  try {
    const init = bearer(await own.sign());
    expect([(await stage.fetch("/x", init)).status, (await stage.fetch("/x", init)).status]).toEqual([401, 401]);
    expect(hosts).toEqual(["issuer.example/keys"]);
    served = jwks(own);
    time.advance(30_000);
    expect((await stage.fetch("/x", init)).status).toBe(200);
    expect(hosts).toHaveLength(2);
  } finally {
    await issuer.stop(true);
  }
});

test.each(["ES256", "HS256"])("a %s token without a key's id is tried with every key", async (alg) => {
  const [first, second] = [await signer(alg, ""), await signer(alg, "")];
  await using stage = await stageOf({ jwks: jwks(first, second) });
  expect((await stage.fetch("/x", bearer(await first.sign()))).status).toBe(200);
  expect((await stage.fetch("/x", bearer(await second.sign()))).status).toBe(200);
  expect((await stage.fetch("/x", bearer(await (await signer(alg, "")).sign()))).status).toBe(401);
  const old = await stage.fetch("/x", bearer(await first.sign({}, NOW - 100)));
  expect(await old.text()).toBe("Jwt expired");
});

test.each([
  [{}, "needs one of jwks, jwks_uri and remote_jwks"],
  [{ jwks: "no" }, "the keys of the consumer 'consumer1' cannot be read"],
  [{ jwks: '{"a":1}' }, "cannot be read"],
])("the configuration %j is refused", async (consumer, why) => {
  expect(stageOf(consumer)).rejects.toThrow(why);
});
