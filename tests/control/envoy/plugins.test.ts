import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { type Asked, namedBackend, startBackend } from "#tests/support/backend.ts";
import { envoyMissing } from "#tests/support/envoy.ts";
import { type EnvoyStage, envoyStage } from "#tests/support/envoy-stage.ts";

const PATIENCE = 60_000;

const CORS = {
  reject_others: false,
  allow_origins: ["https://app.example.com"],
  allow_origin_patterns: ["https://*.example.org:[8080]"],
  allow_methods: ["GET", "PUT"],
  allow_credentials: true,
  expose_headers: ["x-answer"],
  max_age: 60,
};

async function configFor(backend: string, keys: string) {
  const consumer = { name: "staff", claims_to_headers: [{ claim: "sub", header: "x-user" }] };
  const pair = await generateKeyPair("ES256");
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: "1", alg: "ES256" }] });
  const route = (name: string, more: object = {}) => ({
    name,
    match: { path: { prefix: `/${name}` } },
    http: { services: [{ name: "a" }] },
    ...more,
  });
  const config = {
    listeners: [{ name: "one", port: 0 }],
    services: [
      { name: "a", endpoints: [backend] },
      { name: "keys", endpoints: [keys] },
    ],
    routes: [
      route("plain"),
      route("cors", { plugins: [{ name: "cors", config: CORS }] }),
      route("denied"),
      route("allowed"),
      route("limited", {
        plugins: [{ name: "local-rate-limit", config: { requests_per_minute: 2, burst_multiplier: 1 } }],
      }),
      route("token"),
      route("fetched", {
        plugins: [
          {
            name: "jwt-auth",
            config: { consumers: [{ name: "far", remote_jwks: { service_name: "keys", path: "/keys" } }] },
          },
        ],
      }),
      { ...route("hosted"), match: { hosts: ["*"], path: { prefix: "/hosted" } } },
    ],
    plugins: [
      {
        name: "ip-restriction",
        rules: [
          { routes: ["denied"], config: { deny: ["127.0.0.0/8", "10.0.0.1"] } },
          { routes: ["allowed"], config: { allow: ["127.0.0.1", "2001:db8::/32"] } },
          { domains: ["closed.example.com"], config: { deny: ["127.0.0.1"] } },
        ],
      },
      {
        name: "jwt-auth",
        config: { global_auth: false, consumers: [{ ...consumer, jwks, issuer: "https://issuer.example.com" }] },
        rules: [{ routes: ["token"], config: { allow: ["staff"] } }],
      },
    ],
  };
  return { config, jwks, key: pair.privateKey };
}

describe.skipIf(envoyMissing !== undefined)("built-in plugins in a real Envoy", () => {
  const backend = namedBackend("a");
  let keySet = "";
  const keys = startBackend(() => new Response(keySet, { headers: { "content-type": "application/json" } }));
  let envoy: EnvoyStage;
  let token: (claims: object, lifetime?: string) => Promise<string>;
  beforeAll(async () => {
    const { config, jwks, key } = await configFor(backend.address, keys.address);
    keySet = jwks;
    token = (claims, lifetime = "1h") =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: "ES256", kid: "1" })
        .setIssuedAt()
        .setExpirationTime(lifetime)
        .sign(key);
    envoy = await envoyStage(config);
  }, PATIENCE);
  afterAll(async () => {
    await envoy[Symbol.asyncDispose]();
    await Promise.all([backend.close(), keys.close()]);
  });
  const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await envoy.fetch(path, { headers })).status;

  test("cors answers preflights of the origins that are allowed", async () => {
    const before = backend.seen.length;
    const answer = await envoy.fetch("/cors", {
      method: "OPTIONS",
      headers: { origin: "https://app.example.com", "access-control-request-method": "PUT" },
    });
    expect(answer.status).toBe(200);
    expect(backend.seen).toHaveLength(before);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": "https://app.example.com",
      "access-control-allow-methods": "GET,PUT",
      "access-control-allow-credentials": "true",
      "access-control-max-age": "60",
    });
  });

  test.each([
    ["https://app.example.com", true],
    ["https://A.example.org:8080", true],
    ["https://a.example.org:8081", false],
    ["https://a.example.org", false],
    ["https://evil.example.com", false],
  ])("cors: %s may read answers: %p", async (origin, may) => {
    const answer = await envoy.fetch("/cors", { headers: { origin } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe(may ? origin : null);
    expect(answer.headers.get("access-control-expose-headers")).toBe(may ? "x-answer" : null);
    expect(answer.headers.get("vary")).toBe("Origin");
  });

  test("cors rests where no route asks for it", async () => {
    const answer = await envoy.fetch("/plain", { headers: { origin: "https://app.example.com" } });
    expect(answer.headers.has("access-control-allow-origin")).toBe(false);
  });

  test("ip-restriction goes by the connection's address, whatever the client says", async () => {
    const answer = await envoy.fetch("/denied", { headers: { "x-forwarded-for": "192.0.2.1" } });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ message: "Your IP address is blocked." });
    expect(await status("/allowed", { "x-forwarded-for": "192.0.2.1" })).toBe(200);
  });

  test("rules for hosts hold on routes for every host", async () => {
    expect(await status("/hosted", { host: "closed.example.com" })).toBe(403);
    expect(await status("/hosted", { host: "open.example.com" })).toBe(200);
  });

  test("local-rate-limit counts a route's requests", async () => {
    expect([await status("/limited"), await status("/limited")]).toEqual([200, 200]);
    const answer = await envoy.fetch("/limited");
    expect([answer.status, await answer.text()]).toEqual([429, "local_rate_limited"]);
    expect(await status("/plain")).toBe(200);
  });

  test("jwt-auth lets in whose token is good, and says who it is", async () => {
    const authorization = `Bearer ${await token({ sub: "u1", iss: "https://issuer.example.com" })}`;
    const answer = await envoy.fetch("/token", { headers: { authorization, "x-mse-consumer": "other" } });
    expect(answer.status).toBe(200);
    const { headers } = (await answer.json()) as Asked;
    expect(headers).toMatchObject({ authorization, "x-user": "u1", "x-mse-consumer": "staff" });
  });

  test("jwt-auth keeps out whose token is not", async () => {
    const bearer = async (claims: object, lifetime?: string) => ({
      authorization: `Bearer ${await token(claims, lifetime)}`,
    });
    expect(await status("/token")).toBe(401);
    expect(await status("/token", { authorization: "Bearer none" })).toBe(401);
    expect(await status("/token", await bearer({ iss: "https://other.example.com" }))).toBe(401);
    expect(await status("/token", await bearer({ iss: "https://issuer.example.com" }, "-1h"))).toBe(401);
    const query = await token({ iss: "https://issuer.example.com" });
    expect(await status(`/token?access_token=${query}`)).toBe(200);
  });

  test("jwt-auth fetches keys of a service", async () => {
    expect(await status("/fetched", { authorization: `Bearer ${await token({})}` })).toBe(200);
    expect(keys.seen.map(({ url }) => new URL(url).pathname)).toContain("/keys");
  });

  test("jwt-auth that guards nothing here tells no upstream what the client says of itself", async () => {
    const answer = await envoy.fetch("/plain", { headers: { "x-mse-consumer": "staff" } });
    const { headers } = (await answer.json()) as Asked;
    expect(headers).not.toHaveProperty("x-mse-consumer");
  });
});
