import { createUpstreamCredentials } from "#mcp/auth/upstream/create.ts";
import type { UpstreamCredentials } from "#mcp/auth/upstream/credentials.ts";
import { upstreamAuth } from "#mcp/auth/upstream/settings.ts";
import { HeaderList } from "#src/core/header-list.ts";
import type { McpPage } from "#src/core/mcp/page.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import type { Store } from "#src/core/store.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { LiveExchange } from "#src/traffic/live-exchange.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { type CallParts, mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { FakeIssuer } from "./fake-issuer.ts";

const PUBLIC = "https://gw.example.com";
export const UPSTREAM = "https://notes.example.com/mcp";

/** A server with a token for each user; `home` is where the gateway's own users sign in, `issuer` the upstream's. */
export interface UserStage {
  readonly credentials: UpstreamCredentials;
  readonly issuer: FakeIssuer;
  readonly home: FakeIssuer;
  readonly clock: FakeClock;
  readonly store: Store;
  /** What was logged. */
  readonly logged: string[];
  /** Everything that ever went into the store. */
  readonly stored: string[];
  /** A browser of its own. */
  readonly browser: () => FakeBrowser;
}

export interface StageParts {
  readonly settings?: object;
  readonly clock?: FakeClock;
  readonly store?: Store;
  readonly issuer?: FakeIssuer;
}

/** `settings` beside those of an upstream that says itself who its authorization server is. */
export async function userStage(parts: StageParts = {}): Promise<UserStage> {
  const clock = parts.clock ?? new FakeClock();
  const issuer = parts.issuer ?? new FakeIssuer(clock, "https://notes-login.example.com");
  const home = new FakeIssuer(clock, "https://home.example.com");
  await home.rotate("h1");
  const stored: string[] = [];
  const store = parts.store ?? watched(createMemoryStore({ clock }), stored);
  const logged: string[] = [];
  const pages: McpPage[] = [];
  const warn = (message: string, fields?: object): void => void logged.push(message + JSON.stringify(fields));
  const world = mcpWorld({
    clock,
    store,
    log: { info() {}, warn, error() {} },
    serve: (page) => void pages.push(page),
    fetch: async (url, init) => {
      if (url.startsWith(home.issuer)) return home.fetch(url, init);
      return url.startsWith(issuer.issuer) ? issuer.fetch(url, init) : upstreamAnswer(url, issuer.issuer);
    },
  });
  const user = {
    publicUrl: PUBLIC,
    login: "none",
    sealKeys: ["0123456789abcdef0123456789abcdef"],
    network: { allow: ["notes.example.com", "notes-login.example.com", "home.example.com"] },
    ...parts.settings,
  };
  const settings = upstreamAuth.parse({ user });
  const credentials = createUpstreamCredentials(settings, { name: "notes", resource: UPSTREAM }, world);
  return { credentials, issuer, home, clock, store, logged, stored, browser: () => new FakeBrowser(pages) };
}

function upstreamAnswer(url: string, issuer: string): Response {
  const metadata = "https://notes.example.com/.well-known/oauth-protected-resource/mcp";
  if (url === UPSTREAM) {
    const challenge = `Bearer resource_metadata="${metadata}", scope="notes:read"`;
    return new Response("", { status: 401, headers: { "www-authenticate": challenge } });
  }
  if (url !== metadata) return new Response("", { status: 404 });
  return Response.json({ resource: UPSTREAM, authorization_servers: [issuer], scopes_supported: ["notes:read"] });
}

function watched(store: Store, stored: string[]): Store {
  return {
    ...store,
    set(key, value, ttl) {
      stored.push(key, value);
      return store.set(key, value, ttl);
    },
    setIfAbsent(key, value, ttl) {
      stored.push(key, value);
      return store.setIfAbsent(key, value, ttl);
    },
  };
}

/** The caller of most tests, in a client that can open URLs. */
export function aliceCalls(parts: CallParts = {}): ReturnType<typeof mcpCall> {
  return mcpCall({
    caller: { subject: "https://home.example.com#alice" },
    client: { version: "2025-11-25", capabilities: { elicitation: { url: {} } }, info: { name: "Test <client>" } },
    ...parts,
  });
}

/** What `authorize` puts into `authorization`. */
export async function authorizationOf(credentials: UpstreamCredentials, call: McpCall): Promise<string | null> {
  const headers = new HeaderList();
  await credentials.authorize(headers, call);
  return headers.get("authorization");
}

/** Goes to the gateway's pages as a browser does, with cookies, and stops where it would leave the gateway. */
export class FakeBrowser {
  readonly #pages: readonly McpPage[];
  readonly #cookies = new Map<string, string>();

  constructor(pages: readonly McpPage[]) {
    this.#pages = pages;
  }

  async open(url: string): Promise<Response> {
    return this.#go(new Request(url, { headers: this.#headers() }));
  }

  /** Sends a form as a page of the gateway does; `origin` is where that page is from. */
  async submit(url: string, form: Readonly<Record<string, string>>, origin: string = PUBLIC): Promise<Response> {
    return this.#go(
      new Request(url, { method: "POST", headers: { ...this.#headers(), origin }, body: new URLSearchParams(form) }),
    );
  }

  /** Presses a button of a consent page. */
  async press(page: Response, decision: string): Promise<Response> {
    const html = await page.text();
    const value = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "";
    const action = /action="([^"]*)"/.exec(html)?.[1] ?? "";
    return this.submit(action, { ticket: value("ticket"), csrf: value("csrf"), decision });
  }

  /** The value of its only cookie, which whoever sits before it can read. */
  get secret(): string {
    return [...this.#cookies.values()][0] ?? "";
  }

  #headers(): Record<string, string> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return cookie === "" ? {} : { cookie };
  }

  async #go(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const page = this.#pages.find(({ path }) => path === pathname);
    if (page === undefined) throw new Error(`There is no page ${pathname}.`);
    const exchange = new LiveExchange(request, { secure: true }, new FakeClock(), { held() {}, over() {} });
    const response = await page.handle(exchange);
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(response.headers.get("set-cookie") ?? "") ?? [];
    if (name !== "") this.#cookies.set(name, value);
    return response;
  }
}

/** Where a page sends the browser. */
export function locationOf(response: Response): URL {
  const location = response.headers.get("location");
  if (location === null) throw new Error(`No redirect, but status ${response.status}.`);
  return new URL(location);
}

/** The URL of an authorization server's redirect back, answering a request that `authorize` is the URL of. */
export function redirectBack(authorize: URL, params: Readonly<Record<string, string>>): string {
  const back = new URL(authorize.searchParams.get("redirect_uri") ?? "");
  back.search = new URLSearchParams({ state: authorize.searchParams.get("state") ?? "", ...params }).toString();
  return back.href;
}
