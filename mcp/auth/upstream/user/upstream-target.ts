/** Finding the authorization server of an upstream: RFC 9728 metadata, by the upstream's own word or at the well-known places. */
import type { JsonObject } from "#src/core/json.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { AuthorizationServers, isSafeLink, type ServerMetadata } from "../../authorization-server.ts";
import { readBearerChallenge } from "../../challenge.ts";
import { ExpiringCache } from "../../expiring-cache.ts";
import { fetchJson } from "../../json-fetch.ts";
import { OAuthFailure } from "../../oauth-failure.ts";
import { SingleFlight } from "../../single-flight.ts";
import type { CredentialPlace } from "../client-credentials.ts";
import type { UserSettings } from "./settings.ts";

/** Where the users of an upstream sign in. */
export interface UpstreamTarget {
  readonly server: ServerMetadata;
  /** Empty where there is none. */
  readonly resource: string;
  readonly scopes: readonly string[];
}

/** How long what was found is believed, in milliseconds. */
const BELIEVED = 600_000;

/** What is used of the metadata of a protected resource. */
interface ResourceMetadata {
  readonly resource: string;
  readonly issuers: readonly string[];
  readonly scopes: readonly string[];
}

/** Throws an Error when nothing tells where to look. */
export class UpstreamTargets {
  readonly #settings: UserSettings;
  readonly #resource: string | undefined;
  readonly #world: McpWorld;
  readonly #servers: AuthorizationServers;
  readonly #found: ExpiringCache<UpstreamTarget>;
  readonly #flights = new SingleFlight<UpstreamTarget>();
  /** What the upstream's last challenge said. */
  #challenge: { readonly metadataUrl?: string; readonly scopes?: readonly string[] } = {};

  constructor(settings: UserSettings, place: CredentialPlace, world: McpWorld) {
    this.#settings = settings;
    this.#resource = settings.resource ?? place.resource;
    this.#world = world;
    this.#servers = new AuthorizationServers(world);
    this.#found = new ExpiringCache(world.clock, 1);
    if (settings.issuer === undefined && this.#resource === undefined) {
      throw new Error("Without a server to ask, 'issuer' must say where users sign in.");
    }
    if (settings.client !== undefined && settings.issuer === undefined) {
      throw new Error("A 'client' is one authorization server's: 'issuer' must say whose.");
    }
  }

  /** Rejects with an OAuthFailure. */
  async find(): Promise<UpstreamTarget> {
    return this.#found.get("") ?? this.#flights.run("", () => this.#find());
  }

  /**
   * Notes what an upstream's 401 says: where its metadata is, and which scopes it wants to begin with. Its authorization server may be
   * another now, so it is looked for anew.
   */
  learn(wwwAuthenticate: string | null): void {
    this.#note(wwwAuthenticate);
    this.#found.delete("");
  }

  #note(wwwAuthenticate: string | null): void {
    const challenge = readBearerChallenge(wwwAuthenticate);
    const metadataUrl = challenge?.get("resource_metadata");
    const scopes = challenge?.get("scope")?.split(" ").filter(Boolean);
    this.#challenge = {
      ...(metadataUrl === undefined ? {} : { metadataUrl }),
      ...(scopes === undefined ? {} : { scopes }),
    };
  }

  async #find(): Promise<UpstreamTarget> {
    const { issuer } = this.#settings;
    const metadata = issuer === undefined ? await this.#discover() : undefined;
    const target = {
      server: await this.#servers.find(issuer ?? metadata?.issuers[0] ?? ""),
      resource: this.#settings.resource ?? metadata?.resource ?? this.#resource ?? "",
      scopes: this.#settings.scopes ?? this.#challenge.scopes ?? metadata?.scopes ?? [],
    };
    this.#found.set("", target, this.#world.clock.now() + BELIEVED);
    return target;
  }

  async #discover(): Promise<ResourceMetadata> {
    const resource = this.#resource ?? "";
    if (this.#challenge.metadataUrl === undefined) this.#note(await challengeOf(resource, this.#world));
    for (const url of metadataUrls(resource, this.#challenge.metadataUrl)) {
      const { status, body } = await fetchJson("The upstream's metadata", url, {}, this.#world);
      if (status === 200 && body !== undefined) return readResourceMetadata(resource, body);
      if (status >= 500) throw new OAuthFailure("unreachable", `The upstream's metadata: status ${status}`);
    }
    // Servers of 2025-03-26 have none: the authorization server is at their own origin.
    return { resource, issuers: [new URL(resource).origin], scopes: [] };
  }
}

/** How long an upstream may take to say that it wants a token, in milliseconds. */
const PATIENCE = 10_000;

/** What every revision's server asks a token for: a message, and where there is HTTP+SSE the stream. None of it does anything. */
const KNOCKS: readonly RequestInit[] = [
  {
    method: "POST",
    headers: { accept: "application/json, text/event-stream", "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 0, method: "ping" }),
  },
  { method: "GET", headers: { accept: "text/event-stream" } },
];

/** What an upstream answers to somebody without a token; nothing when it cannot be asked: the well-known places are left. */
async function challengeOf(resource: string, { fetch, clock }: McpWorld): Promise<string | null> {
  const limit = new AbortController();
  const stop = clock.after(PATIENCE, () => limit.abort());
  try {
    for (const knock of KNOCKS) {
      const answer = await fetch(resource, { ...knock, redirect: "manual", signal: limit.signal });
      // One without a guard may begin a stream.
      answer.body?.cancel().catch(() => {});
      if (answer.status === 401) return answer.headers.get("www-authenticate");
    }
    return null;
  } catch {
    return null;
  } finally {
    stop();
  }
}

/** What the challenge names, else the places MCP says, in its order. */
export function metadataUrls(resource: string, named: string | undefined): readonly string[] {
  if (named !== undefined && isSafeLink(named, resource)) return [named];
  const { origin, pathname } = new URL(resource);
  const root = `${origin}/.well-known/oauth-protected-resource`;
  const path = pathname.replace(/\/+$/, "");
  return path === "" ? [root] : [root + path, root];
}

/** Throws an OAuthFailure for metadata that is not this upstream's (RFC 9728, section 3.3), or names no authorization server. */
export function readResourceMetadata(upstream: string, body: JsonObject): ResourceMetadata {
  const { resource, authorization_servers: servers, scopes_supported: scopes } = body;
  if (typeof resource !== "string" || !covers(resource, upstream)) {
    throw new OAuthFailure("refused", "The upstream's metadata is that of another resource");
  }
  const issuers = texts(servers).filter((issuer) => isSafeLink(issuer, upstream));
  if (issuers.length === 0) throw new OAuthFailure("refused", "The upstream's metadata names no authorization server");
  return { resource, issuers, scopes: texts(scopes) };
}

/** The page at the root may describe all that is below it. */
function covers(resource: string, upstream: string): boolean {
  if (!URL.canParse(resource)) return false;
  const [outer, inner] = [new URL(resource), new URL(upstream)];
  const path = outer.pathname.replace(/\/+$/, "");
  return outer.origin === inner.origin && (inner.pathname === path || `${inner.pathname}/`.startsWith(`${path}/`));
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
