import { describe, expect, test } from "bun:test";
import { SignInRequired, signInResult } from "#mcp/auth/upstream/user/sign-in-required.ts";
import { HeaderList } from "#src/core/header-list.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import { hashOf } from "#mcp/auth/token-hash.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { FakeIssuer } from "./fake-issuer.ts";
import {
  aliceCalls,
  authorizationOf,
  type FakeBrowser,
  locationOf,
  redirectBack,
  UPSTREAM,
  userStage,
  type UserStage,
} from "./user-stage.ts";

const DYNAMIC = { registration_endpoint: "https://notes-login.example.com/reg" };
const DOCUMENTS = { client_id_metadata_document_supported: true };
const ISS = "https://notes-login.example.com";

/** The link that a call is given. */
async function linkFor(stage: UserStage, call = aliceCalls()): Promise<string> {
  const thrown = await authorizationOf(stage.credentials, call).catch((error: unknown) => error);
  if (!(thrown instanceof SignInRequired)) throw new Error(`No sign-in is required: ${String(thrown)}`);
  const data = thrown.data;
  const elicitations = isObject(data) ? data["elicitations"] : undefined;
  const first = Array.isArray(elicitations) ? elicitations[0] : undefined;
  if (!isObject(first) || typeof first["url"] !== "string") throw new Error("There is no link.");
  return first["url"];
}

/** Opens a link, agrees, and answers with where the browser is sent. */
async function agree(browser: FakeBrowser, link: string): Promise<URL> {
  return locationOf(await browser.press(await browser.open(link), "allow"));
}

async function stageWithTokens(settings: object = {}): Promise<UserStage> {
  const stage = await userStage({ settings });
  stage.issuer.metadata = DOCUMENTS;
  let granted = 0;
  stage.issuer.onToken = () => ({
    access_token: `notes-${++granted}`,
    token_type: "Bearer",
    expires_in: 600,
    refresh_token: `again-${granted}`,
  });
  return stage;
}

async function signIn(stage: UserStage, browser = stage.browser()): Promise<void> {
  const at = await agree(browser, await linkFor(stage));
  const back = await browser.open(redirectBack(at, { code: "c0de", iss: ISS }));
  expect(back.status).toBe(200);
}

describe("a user signs in", () => {
  test("at the authorization server that the upstream names, with PKCE, the resource and the gateway's own metadata", async () => {
    const stage = await stageWithTokens();
    const browser = stage.browser();
    const at = await agree(browser, await linkFor(stage));
    expect(at.origin + at.pathname).toBe(`${ISS}/authorize`);
    const { code_challenge: challenge, state, ...params } = Object.fromEntries(at.searchParams);
    expect(params).toEqual({
      response_type: "code",
      client_id: "https://gw.example.com/mcp-auth/notes/client.json",
      redirect_uri: "https://gw.example.com/mcp-auth/notes/callback",
      scope: "notes:read",
      code_challenge_method: "S256",
      resource: UPSTREAM,
    });
    expect(state).toMatch(/^[\w-]{43}$/);
    const done = await browser.open(redirectBack(at, { code: "c0de", iss: ISS }));
    expect(await done.text()).toContain("Connected");
    const form = stage.issuer.forms[0]?.form;
    expect(await hashOf(form?.get("code_verifier") ?? "")).toBe(challenge ?? "");
    expect([form?.get("code"), form?.get("resource")]).toEqual(["c0de", UPSTREAM]);
    expect(await authorizationOf(stage.credentials, aliceCalls())).toBe("Bearer notes-1");
  });

  test("and nobody else has that token", async () => {
    const stage = await stageWithTokens();
    await signIn(stage);
    const bob = aliceCalls({ caller: { subject: "https://home.example.com#bob" } });
    expect(authorizationOf(stage.credentials, bob)).rejects.toThrow(SignInRequired);
    expect(authorizationOf(stage.credentials, aliceCalls({ caller: { subject: "" } }))).rejects.toThrow("who asks");
    expect(stage.credentials.contextOf(bob)).not.toBe(stage.credentials.contextOf(aliceCalls()));
  });

  test("and nothing readable is in the store or the log", async () => {
    const stage = await stageWithTokens();
    await signIn(stage);
    const all = [...stage.stored, ...stage.logged].join("\n");
    for (const secret of ["notes-1", "again-1", "alice", "notes.example.com"]) expect(all).not.toContain(secret);
  });

  test("on another replica than the one that is asked next", async () => {
    const first = await stageWithTokens();
    const { clock, store, issuer } = first;
    const second = await userStage({ clock, store, issuer });
    await signIn(first);
    expect(await authorizationOf(second.credentials, aliceCalls())).toBe("Bearer notes-1");
  });

  test("with a client that was registered beforehand, whose secret is shown to the token endpoint alone", async () => {
    const stage = await stageWithTokens({ issuer: ISS, client: { id: "gw", secret: "not to be seen" }, scopes: ["a"] });
    const browser = stage.browser();
    const at = await agree(browser, await linkFor(stage));
    expect([at.searchParams.get("client_id"), at.searchParams.get("scope")]).toEqual(["gw", "a"]);
    expect(at.href).not.toContain("seen");
    await browser.open(redirectBack(at, { code: "c", iss: ISS }));
    expect(stage.issuer.forms[0]?.authorization).toBe(`Basic ${btoa("gw:not+to+be+seen")}`);
  });

  test("with a client that registers itself once, where that is what is offered", async () => {
    const stage = await stageWithTokens();
    stage.issuer.metadata = DYNAMIC;
    stage.issuer.onRegister = () => ({
      client_id: "dyn",
      client_secret: "d3",
      token_endpoint_auth_method: "client_secret_basic",
    });
    await signIn(stage);
    expect(stage.issuer.registrations).toEqual([
      {
        client_name: "Sluice gateway (notes)",
        client_uri: "https://gw.example.com",
        redirect_uris: ["https://gw.example.com/mcp-auth/notes/callback"],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: "client_secret_basic",
        application_type: "web",
      },
    ]);
    expect(stage.issuer.forms[0]?.authorization).toBe(`Basic ${btoa("dyn:d3")}`);
    const bob = aliceCalls({ caller: { subject: "https://home.example.com#bob" } });
    await agree(stage.browser(), await linkFor(stage, bob));
    expect(stage.issuer.registrations).toHaveLength(1);
  });

  test("and is given the same link by a call that is tried again", async () => {
    const stage = await stageWithTokens();
    expect(await linkFor(stage)).toBe(await linkFor(stage));
  });
});

describe("the consent page", () => {
  test("says who asks for what, cannot be framed, and shows names as text", async () => {
    const stage = await stageWithTokens();
    const page = await stage.browser().open(await linkFor(stage));
    const html = await page.text();
    for (const shown of ["Test &lt;client&gt;", UPSTREAM, ISS, "notes:read", "home.example.com#alice"]) {
      expect(html).toContain(shown);
    }
    expect(html).not.toContain("<client>");
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(page.headers.get("set-cookie")).toMatch(/Path=\/mcp-auth\/notes; .*HttpOnly; SameSite=Lax; Secure$/);
    expect(page.headers.get("cache-control")).toBe("no-store");
  });

  test("takes no answer from another site, nor one without its secret", async () => {
    const stage = await stageWithTokens();
    const link = await linkFor(stage);
    const browser = stage.browser();
    const html = await (await browser.open(link)).text();
    const csrf = /name="csrf" value="([^"]*)"/.exec(html)?.[1] ?? "";
    const ticket = new URL(link).searchParams.get("ticket") ?? "";
    const form = { ticket, csrf, decision: "allow" };
    expect((await browser.submit(link, form, "https://evil.example.com")).status).toBe(403);
    expect((await browser.submit(link, { ...form, csrf: "x" })).status).toBe(403);
    const other = stage.browser();
    expect((await other.submit(link, form)).status).toBe(404);
    await other.open(link);
    expect((await other.submit(link, form)).status).toBe(403);
    expect((await browser.submit(link, form)).status).toBe(303);
  });

  test("can be said no to: the link is over", async () => {
    const stage = await stageWithTokens();
    const link = await linkFor(stage);
    const browser = stage.browser();
    expect(await (await browser.press(await browser.open(link), "deny")).text()).toContain("Not connected");
    expect((await browser.open(link)).status).toBe(404);
  });

  test("is gone after ten minutes, and for links nobody made", async () => {
    const stage = await stageWithTokens();
    const link = await linkFor(stage);
    stage.clock.advance(600_001);
    expect((await stage.browser().open(link)).status).toBe(404);
    expect((await stage.browser().open(`${link}x`)).status).toBe(404);
  });
});

describe("the way back", () => {
  test.each<[string, Record<string, string>]>([
    ["of another issuer", { code: "c", iss: "https://evil.example.com" }],
    ["without an issuer, from a server that names it", { code: "c" }],
    ["with another state", { code: "c", iss: ISS, state: "made-up" }],
    ["with an error of another issuer", { error: "access_denied", iss: "https://evil.example.com" }],
  ])("%s is not believed: no code goes anywhere", async (_, params) => {
    const stage = await stageWithTokens();
    const browser = stage.browser();
    const at = await agree(browser, await linkFor(stage));
    const answer = await browser.open(redirectBack(at, params));
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain("access_denied");
    expect(stage.issuer.forms).toEqual([]);
  });

  test("works once", async () => {
    const stage = await stageWithTokens();
    const browser = stage.browser();
    const at = await agree(browser, await linkFor(stage));
    const back = redirectBack(at, { code: "c", iss: ISS });
    const both = await Promise.all([browser.open(back), browser.open(back)]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 404]));
    expect((await browser.open(back)).status).toBe(404);
    expect(stage.issuer.forms).toHaveLength(1);
  });

  test("works in the browser that agreed alone", async () => {
    const stage = await stageWithTokens();
    const link = await linkFor(stage);
    const at = await agree(stage.browser(), link);
    const victim = stage.browser();
    await victim.open(link);
    expect((await victim.open(redirectBack(at, { code: "c", iss: ISS }))).status).toBe(404);
    expect(stage.issuer.forms).toEqual([]);
  });

  test("tells an error by its code", async () => {
    const stage = await stageWithTokens();
    const browser = stage.browser();
    const at = await agree(browser, await linkFor(stage));
    const answer = await browser.open(redirectBack(at, { error: "access_denied", iss: ISS, error_description: "<b>" }));
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain("said no (access_denied)");
  });

  test("is not gone to a server without PKCE", async () => {
    const stage = await stageWithTokens();
    stage.issuer.metadata = { ...DOCUMENTS, code_challenge_methods_supported: undefined };
    const browser = stage.browser();
    const answer = await browser.press(await browser.open(await linkFor(stage)), "allow");
    expect(answer.status).toBe(502);
    expect(stage.logged.join()).toContain("PKCE");
  });
});

describe("who opens the link", () => {
  const LOGIN = { login: { issuer: "https://home.example.com", client: { id: "gw-login", secret: "s" } } };

  async function logIn(stage: UserStage, browser: FakeBrowser, sub: string, claims: object = {}): Promise<Response> {
    const at = locationOf(await browser.open(await linkFor(stage)));
    expect(at.origin).toBe("https://home.example.com");
    const nonce = at.searchParams.get("nonce") ?? "";
    const idToken = await stage.home.sign({ sub, aud: "gw-login", nonce, ...claims }, { typ: "JWT" });
    stage.home.onToken = () => ({ access_token: "x", token_type: "Bearer", id_token: idToken });
    return browser.open(redirectBack(at, { code: "l0gin", iss: "https://home.example.com" }));
  }

  test("signs in to the gateway first, and then sees the page", async () => {
    const stage = await stageWithTokens(LOGIN);
    const browser = stage.browser();
    const page = await browser.open(locationOf(await logIn(stage, browser, "alice")).href);
    expect(page.status).toBe(200);
    const at = locationOf(await browser.press(page, "allow"));
    expect((await browser.open(redirectBack(at, { code: "c", iss: ISS }))).status).toBe(200);
    expect(await authorizationOf(stage.credentials, aliceCalls())).toBe("Bearer notes-1");
  });

  test("as somebody else is turned away, and cannot go on by hand", async () => {
    const stage = await stageWithTokens(LOGIN);
    const victim = stage.browser();
    expect((await logIn(stage, victim, "bob")).status).toBe(403);
    const link = await linkFor(stage);
    const ticket = new URL(link).searchParams.get("ticket") ?? "";
    expect((await victim.submit(link, { ticket, csrf: "x", decision: "allow" })).status).toBe(403);
    expect(locationOf(await victim.open(link)).origin).toBe("https://home.example.com");
  });

  test("as somebody else cannot agree with an answer made by hand", async () => {
    const stage = await stageWithTokens(LOGIN);
    const mallory = stage.browser();
    await logIn(stage, mallory, "mallory");
    const link = await linkFor(stage);
    const ticket = new URL(link).searchParams.get("ticket") ?? "";
    const csrf = await hashOf(`consent ${mallory.secret} ${ticket}`);
    expect((await mallory.submit(link, { ticket, csrf, decision: "allow" })).status).toBe(403);
  });

  test("comes back in the browser that went", async () => {
    const stage = await stageWithTokens(LOGIN);
    const link = await linkFor(stage);
    const at = locationOf(await stage.browser().open(link));
    const idToken = await stage.home.sign(
      { sub: "alice", aud: "gw-login", nonce: at.searchParams.get("nonce") },
      { typ: "JWT" },
    );
    stage.home.onToken = () => ({ access_token: "x", token_type: "Bearer", id_token: idToken });
    const other = stage.browser();
    await other.open(link);
    expect((await other.open(redirectBack(at, { code: "c", iss: "https://home.example.com" }))).status).toBe(404);
    expect(stage.home.forms).toEqual([]);
  });

  test("after somebody else did, signs in too: one browser's login is not another's", async () => {
    const stage = await stageWithTokens(LOGIN);
    await logIn(stage, stage.browser(), "alice");
    expect(locationOf(await stage.browser().open(await linkFor(stage))).origin).toBe("https://home.example.com");
  });

  test.each([
    ["for another client", { aud: "other" }],
    ["with another nonce", { nonce: "replayed" }],
    ["of another issuer", { iss: "https://evil.example.com" }],
    ["that has ended", { exp: 1000 }],
  ])("with an ID token %s is not known", async (_, claims) => {
    const stage = await stageWithTokens(LOGIN);
    const answer = await logIn(stage, stage.browser(), "alice", claims);
    expect(answer.status).toBe(502);
  });
});

describe("a token", () => {
  test("is refreshed ahead of its end, by one request for all calls, and kept", async () => {
    const stage = await stageWithTokens();
    await signIn(stage);
    stage.clock.advance(590_000);
    const calls = [1, 2, 3].map(() => authorizationOf(stage.credentials, aliceCalls()));
    expect(await Promise.all(calls)).toEqual(Array(3).fill("Bearer notes-2"));
    const refresh = stage.issuer.forms.at(-1)?.form;
    expect(stage.issuer.forms).toHaveLength(2);
    expect([refresh?.get("refresh_token"), refresh?.get("resource")]).toEqual(["again-1", UPSTREAM]);
  });

  test("is refreshed by one replica, the other takes what it got", async () => {
    const first = await stageWithTokens();
    const { clock, store, issuer } = first;
    const second = await userStage({ clock, store, issuer });
    await signIn(first);
    clock.advance(590_000);
    const tokens = Promise.all([first, second].map(({ credentials }) => authorizationOf(credentials, aliceCalls())));
    while (clock.pending === 0 && issuer.forms.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const stepping = setInterval(() => clock.advance(250), 1);
    expect(await tokens.finally(() => clearInterval(stepping))).toEqual(Array(2).fill("Bearer notes-2"));
    expect(issuer.forms).toHaveLength(2);
  });

  test("that the user took back ends: the user is asked again", async () => {
    const stage = await stageWithTokens();
    await signIn(stage);
    stage.clock.advance(600_001);
    stage.issuer.onToken = () => ({ status: 400, body: { error: "invalid_grant" } });
    expect(authorizationOf(stage.credentials, aliceCalls())).rejects.toThrow(SignInRequired);
  });

  test("stays when the server is down for a while; an expired one is not sent", async () => {
    const stage = await stageWithTokens();
    await signIn(stage);
    stage.clock.advance(560_000);
    stage.issuer.onToken = () => ({ status: 503, body: {} });
    expect(await authorizationOf(stage.credentials, aliceCalls())).toBe("Bearer notes-1");
    stage.clock.advance(60_000);
    expect(authorizationOf(stage.credentials, aliceCalls())).rejects.toThrow("could not get credentials");
  });

  test("that the upstream refused is refreshed", async () => {
    const stage = await stageWithTokens();
    await signIn(stage);
    const sent = new HeaderList();
    await stage.credentials.authorize(sent, aliceCalls());
    expect(await stage.credentials.rejected({ status: 401, wwwAuthenticate: null, sent }, aliceCalls())).toBe(true);
    expect(await authorizationOf(stage.credentials, aliceCalls())).toBe("Bearer notes-2");
  });

  test("that lacks a scope is asked for once more with all scopes, by that call alone, and not over and over", async () => {
    const stage = await stageWithTokens();
    await signIn(stage);
    const sent = new HeaderList();
    const call = aliceCalls();
    await stage.credentials.authorize(sent, call);
    const rejection = { status: 403, wwwAuthenticate: 'Bearer error="insufficient_scope", scope="notes:write"', sent };
    expect(await stage.credentials.rejected(rejection, call)).toBe(true);
    expect(await authorizationOf(stage.credentials, aliceCalls())).toBe("Bearer notes-1");
    const browser = stage.browser();
    const at = await agree(browser, await linkFor(stage, call));
    expect(at.searchParams.get("scope")).toBe("notes:read notes:write");
    await browser.open(redirectBack(at, { code: "c", iss: ISS }));
    const again = new HeaderList();
    await stage.credentials.authorize(again, call);
    expect(again.get("authorization")).toBe("Bearer notes-2");
    expect(await stage.credentials.rejected({ ...rejection, sent: again }, call)).toBe(false);
  });
});

describe("the MCP client", () => {
  test("that opens URLs is asked, and the call goes on when the user is back", async () => {
    const stage = await stageWithTokens();
    const answer = async ({ params }: McpRequest): Promise<JsonObject> => {
      if (typeof params["url"] !== "string") throw new Error("no URL");
      const browser = stage.browser();
      const at = await agree(browser, params["url"]);
      await browser.open(redirectBack(at, { code: "c", iss: ISS }));
      return { action: "accept" };
    };
    const call = aliceCalls({ answer });
    expect(await authorizationOf(stage.credentials, call)).toBe("Bearer notes-1");
    expect(call.notifications.map(({ method }) => method)).toEqual(["notifications/elicitation/complete"]);
  });

  test("whose user does not come back in time gets the link, one whose user declines an error", async () => {
    const stage = await stageWithTokens();
    const accepted = Promise.withResolvers<void>();
    const answer = (): JsonObject => {
      accepted.resolve();
      return { action: "accept" };
    };
    const call = authorizationOf(stage.credentials, aliceCalls({ answer })).catch((thrown: unknown) => thrown);
    await accepted.promise;
    while (stage.clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    stage.clock.advance(60_000);
    expect(await call).toBeInstanceOf(SignInRequired);
    const declined = aliceCalls({ answer: () => ({ action: "decline" }) });
    expect(authorizationOf(stage.credentials, declined)).rejects.toThrow("did not want");
  });

  test.each([
    ["2025-11-25", { elicitation: { url: {} } }, -32042],
    ["2025-11-25", { elicitation: {} }, -32603],
    ["2025-06-18", { elicitation: { url: {} } }, -32603],
    ["2026-07-28", {}, -32603],
  ])("of %s with %j that cannot be asked gets the error %s", async (version, capabilities, code) => {
    const stage = await stageWithTokens();
    const call = aliceCalls({ client: { version, capabilities } });
    const thrown = await authorizationOf(stage.credentials, call).catch((error: unknown) => error);
    if (!(thrown instanceof McpError)) throw new Error("No McpError.");
    expect(thrown.code).toBe(code);
    const result = signInResult(thrown);
    if (code === -32042) expect(result).toBeUndefined();
    else expect(JSON.stringify(result)).toContain("https://gw.example.com/mcp-auth/notes/connect?ticket=");
  });
});

describe("an upstream that", () => {
  test("changes its authorization server gets nothing of the old one's", async () => {
    const stage = await stageWithTokens();
    await signIn(stage);
    const other = await userStage({ ...stage, issuer: stage.home });
    expect(authorizationOf(other.credentials, aliceCalls())).rejects.toThrow(SignInRequired);
  });

  test.each(["https://10.0.0.1", "https://169.254.169.254", "https://[::1]", "https://localhost"])(
    "sends the gateway to %s is not followed",
    async (issuer) => {
      const clock = new FakeClock();
      const stage = await userStage({ clock, issuer: new FakeIssuer(clock, issuer) });
      expect(authorizationOf(stage.credentials, aliceCalls())).rejects.toThrow("could not get credentials");
      await authorizationOf(stage.credentials, aliceCalls()).catch(() => {});
      expect(stage.issuer.asked).toEqual([]);
      expect(stage.logged.join()).toContain("requests are not sent there");
    },
  );

  test("cannot be asked who its server is fails the call", async () => {
    const stage = await stageWithTokens();
    stage.issuer.down = true;
    expect(authorizationOf(stage.credentials, aliceCalls())).rejects.toThrow("could not get credentials");
  });
});
