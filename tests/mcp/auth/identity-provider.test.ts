import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { decodeJwt } from "jose";
import { auth } from "#mcp/auth/policy.ts";
import { createUpstreamCredentials } from "#mcp/auth/upstream/create.ts";
import type { UpstreamCredentials } from "#mcp/auth/upstream/credentials.ts";
import { upstreamAuth } from "#mcp/auth/upstream/settings.ts";
import { SignInRequired } from "#mcp/auth/upstream/user/sign-in-required.ts";
import { systemClock } from "#src/core/clock.ts";
import { HeaderList } from "#src/core/header-list.ts";
import type { McpPage } from "#src/core/mcp/page.ts";
import { McpRefusal } from "#src/core/mcp/policy.ts";
import type { Caller, McpCall } from "#src/core/mcp/server.ts";
import { LiveExchange } from "#src/traffic/live-exchange.ts";
import { type IdentityProvider, signingKey, startIdentityProvider } from "#tests/support/identity/identity-provider.ts";
import { WebBrowser } from "#tests/support/identity/web-browser.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const WATCHER = { held() {}, over() {} };

let provider: IdentityProvider;
/** Serves whatever pages a test has. */
let gateway: Bun.Server<undefined>;
const pages: McpPage[] = [];

beforeAll(async () => {
  gateway = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const exchange = new LiveExchange(request, { secure: false }, systemClock, WATCHER);
      const page = pages.find(({ path }) => path === exchange.path);
      return page === undefined ? new Response("", { status: 404 }) : page.handle(exchange);
    },
  });
  const machine = { grant_types: ["client_credentials", TOKEN_EXCHANGE], redirect_uris: [], response_types: [] };
  provider = await startIdentityProvider(
    [await signingKey("k1")],
    [
      { client_id: "m2m", client_secret: "s3cret", scope: "mcp:tools mcp:write", ...machine },
      {
        client_id: "gateway-login",
        client_secret: "l0gin",
        redirect_uris: [`${gateway.url.origin}/mcp-auth/notes/login`],
      },
    ],
  );
});

afterAll(async () => {
  await gateway.stop(true);
  await provider[Symbol.asyncDispose]();
});

/** Lets a token into a server that is at this resource. */
async function admit(resource: string, token: string, issuerSettings: object = {}): Promise<Caller> {
  const settings = auth.schema.parse({
    issuers: [{ issuer: provider.issuer, ...issuerSettings }],
    resource,
    scopes: ["mcp:tools"],
  });
  const guard = await auth.create({ name: "weather", path: "/mcp" }, settings, mcpWorld({ clock: systemClock }));
  const request = new Request("http://127.0.0.1/mcp", { headers: { authorization: `Bearer ${token}` } });
  if (guard.admit === undefined) throw new Error("The policy does not admit.");
  return guard.admit(new LiveExchange(request, { secure: false }, systemClock, WATCHER), { subject: "" });
}

function machineToken(resource: string, scope = "mcp:tools"): Promise<string> {
  return provider.grant("m2m", "s3cret", { grant_type: "client_credentials", resource, scope });
}

async function statusOf(admitted: Promise<Caller>): Promise<number> {
  const refusal = await admitted.catch((thrown: unknown) => thrown);
  if (!(refusal instanceof McpRefusal)) throw new Error(`It was not refused, but ${String(refusal)}.`);
  return refusal.status;
}

async function tokenShown(credentials: UpstreamCredentials, call: McpCall): Promise<string> {
  const headers = new HeaderList();
  await credentials.authorize(headers, call);
  return (headers.get("authorization") ?? "").replace("Bearer ", "");
}

describe("a real identity provider's", () => {
  const resource = "https://gw.example.com/mcp/weather";

  test("JWT lets in where it is for, with its scopes", async () => {
    const token = await machineToken(resource);
    const caller = await admit(resource, token);
    expect(caller.subject).toBe(`${provider.issuer}#m2m`);
    expect([...(caller.scopes ?? [])]).toEqual(["mcp:tools"]);
    expect(await statusOf(admit("https://gw.example.com/mcp/other", token))).toBe(401);
    expect(await statusOf(admit(resource, await machineToken(resource, "mcp:write")))).toBe(403);
  });

  test("opaque token is looked up, and is over when it was revoked", async () => {
    const opaque = `${resource}/opaque`;
    const token = await machineToken(opaque);
    const introspection = { introspection: { client: { id: "m2m", secret: "s3cret" } } };
    expect((await admit(opaque, token, introspection)).subject).toBe(`${provider.issuer}#client:m2m`);
    expect(await statusOf(admit(`${resource}/other/opaque`, token, introspection))).toBe(401);
    await fetch(`${provider.issuer}/token/revocation`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("m2m:s3cret")}` },
      body: new URLSearchParams({ token }),
    });
    expect(await statusOf(admit(opaque, token, introspection))).toBe(401);
  });

  test("client credentials and token exchange give an upstream what it takes", async () => {
    const world = mcpWorld({ clock: systemClock });
    const upstream = "https://orders.example.com/mcp";
    const client = { issuer: provider.issuer, client: { id: "m2m", secret: "s3cret" }, scopes: ["mcp:tools"] };
    const place = { name: "orders", resource: upstream };
    const own = createUpstreamCredentials(upstreamAuth.parse({ clientCredentials: client }), place, world);
    expect((await admit(upstream, await tokenShown(own, mcpCall()))).subject).toBe(`${provider.issuer}#m2m`);
    const exchanged = createUpstreamCredentials(upstreamAuth.parse({ tokenExchange: client }), place, world);
    const token = await machineToken(resource);
    const shown = await tokenShown(exchanged, mcpCall({ caller: { subject: "m2m", token } }));
    expect(shown).not.toBe(token);
    expect(decodeJwt(shown)).toMatchObject({ sub: "m2m", aud: upstream });
    expect((await admit(upstream, shown)).subject).toBe(`${provider.issuer}#m2m`);
    expect(await statusOf(admit(upstream, token))).toBe(401);
  });
});

test("a user signs in to the gateway, then to the upstream where the gateway registers itself, and tokens are refreshed", async () => {
  const upstream = "https://notes.example.com/mcp";
  pages.length = 0;
  const world = mcpWorld({ clock: systemClock, serve: (page) => void pages.push(page) });
  const user = {
    publicUrl: gateway.url.origin,
    login: { issuer: provider.issuer, client: { id: "gateway-login", secret: "l0gin" } },
    sealKeys: ["0123456789abcdef0123456789abcdef"],
    issuer: provider.issuer,
    scopes: ["mcp:tools"],
  };
  const place = { name: "notes", resource: upstream };
  const credentials = createUpstreamCredentials(upstreamAuth.parse({ user }), place, world);
  const call = mcpCall({ caller: { subject: `${provider.issuer}#alice` } });
  const required = await tokenShown(credentials, call).catch((thrown: unknown) => thrown);
  if (!(required instanceof SignInRequired)) throw new Error(`No sign-in is required, but ${String(required)}.`);
  const link = /http:\S+$/.exec(required.message)?.[0] ?? "";

  const mallory = new WebBrowser();
  const turnedAway = await throughPrompts(mallory, await mallory.open(link), "mallory");
  expect([turnedAway.status, turnedAway.html.includes("another user")]).toEqual([403, true]);

  const browser = new WebBrowser();
  const consent = await throughPrompts(browser, await browser.open(link), "alice");
  expect(consent.html).toContain("Connect notes?");
  const granted = await throughPrompts(browser, await browser.submit(consent, { decision: "allow" }), "alice");
  expect(granted.html).toContain("Connected");

  const token = await tokenShown(credentials, call);
  expect(decodeJwt(token)).toMatchObject({ sub: "alice", aud: upstream, scope: "mcp:tools" });
  expect((await admit(upstream, token)).subject).toBe(`${provider.issuer}#alice`);

  const sent = new HeaderList();
  sent.set("authorization", `Bearer ${token}`);
  expect(await credentials.rejected({ status: 401, wwwAuthenticate: null, sent }, call)).toBe(true);
  const refreshed = await tokenShown(credentials, call);
  expect(refreshed).not.toBe(token);
  expect((await admit(upstream, refreshed)).subject).toBe(`${provider.issuer}#alice`);
});

type Visit = Awaited<ReturnType<WebBrowser["open"]>>;

/** Answers the provider's pages, for a name and for consent, until the browser is back at the gateway. */
async function throughPrompts(browser: WebBrowser, start: Visit, name: string): Promise<Visit> {
  let visit = start;
  while (visit.url.startsWith(provider.issuer) && visit.html.includes("<form")) {
    visit = await browser.submit(visit, visit.html.includes('name="login"') ? { login: name } : {});
  }
  return visit;
}

test("keys that were rotated are found, and tokens of the old ones are over", async () => {
  const resource = "https://gw.example.com/mcp/rotating";
  let elapsed = 0;
  const clock = { ...systemClock, now: () => Date.now() + elapsed };
  const settings = auth.schema.parse({ issuers: [{ issuer: provider.issuer }], resource });
  const guard = await auth.create({ name: "rotating", path: "/mcp" }, settings, mcpWorld({ clock }));
  const enter = async (token: string): Promise<Caller> => {
    const request = new Request("http://127.0.0.1/mcp", { headers: { authorization: `Bearer ${token}` } });
    if (guard.admit === undefined) throw new Error("The policy does not admit.");
    return guard.admit(new LiveExchange(request, { secure: false }, systemClock, WATCHER), { subject: "" });
  };
  const old = await machineToken(resource);
  await enter(old);
  await provider.restart([await signingKey("k2")]);
  elapsed = 61_000;
  expect((await enter(await machineToken(resource))).subject).toBe(`${provider.issuer}#m2m`);
  expect(await statusOf(enter(old))).toBe(401);
});
