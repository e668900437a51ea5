/**
 * Finding an authorization server's endpoints by its issuer: RFC 8414 and OpenID Connect Discovery, in MCP's order.
 */
import type { JsonObject } from "#src/core/json.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { ExpiringCache } from "./expiring-cache.ts";
import { fetchJson } from "./json-fetch.ts";
import { OAuthFailure } from "./oauth-failure.ts";
import { SingleFlight } from "./single-flight.ts";

/** What is used of a metadata document (RFC 8414, section 2). */
export interface ServerMetadata {
  readonly issuer: string;
  readonly jwksUri?: string;
  readonly authorizationEndpoint?: string;
  readonly tokenEndpoint?: string;
  readonly registrationEndpoint?: string;
  readonly introspectionEndpoint?: string;
  readonly scopesSupported: readonly string[];
  readonly codeChallengeMethods: readonly string[];
  readonly tokenEndpointAuthMethods: readonly string[];
  /** RFC 9207: answers to authorization requests name their issuer. */
  readonly issuesIss: boolean;
  /** Clients may be known by the URL of their metadata. */
  readonly clientIdDocuments: boolean;
}

/** How long a document is believed, and how long a failure is, in milliseconds. */
const BELIEVED = 600_000;
const FAILURE_BELIEVED = 5000;
const CAPACITY = 200;

/** Metadata by issuer, kept for a while. */
export class AuthorizationServers {
  readonly #world: Pick<McpWorld, "fetch" | "clock">;
  readonly #known: ExpiringCache<ServerMetadata | OAuthFailure>;
  readonly #flights = new SingleFlight<ServerMetadata>();

  constructor(world: Pick<McpWorld, "fetch" | "clock">) {
    this.#world = world;
    this.#known = new ExpiringCache(world.clock, CAPACITY);
  }

  /** Rejects with an OAuthFailure when no document can be had that names this issuer. */
  async find(issuer: string): Promise<ServerMetadata> {
    const known = this.#known.get(issuer);
    if (known instanceof OAuthFailure) throw known;
    return known ?? this.#flights.run(issuer, () => this.#ask(issuer));
  }

  async #ask(issuer: string): Promise<ServerMetadata> {
    const { clock } = this.#world;
    try {
      const metadata = await discover(issuer, this.#world);
      this.#known.set(issuer, metadata, clock.now() + BELIEVED);
      return metadata;
    } catch (thrown) {
      if (thrown instanceof OAuthFailure) this.#known.set(issuer, thrown, clock.now() + FAILURE_BELIEVED);
      throw thrown;
    }
  }
}

/** Where an issuer's document may be, in the order in which MCP wants them tried. */
export function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, "");
  const inserted = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
  ];
  return path === "" ? inserted : [...inserted, `${origin}${path}/.well-known/openid-configuration`];
}

async function discover(issuer: string, world: Pick<McpWorld, "fetch" | "clock">): Promise<ServerMetadata> {
  let failure = new OAuthFailure("refused", `No metadata was found for the issuer ${issuer}`);
  for (const url of metadataUrls(issuer)) {
    try {
      const { status, body } = await fetchJson("Authorization server metadata", url, {}, world);
      if (status === 200 && body !== undefined) return readMetadata(issuer, url, body);
      if (status >= 500) failure = new OAuthFailure("unreachable", `The issuer ${issuer} answers ${status}`);
    } catch (thrown) {
      if (!(thrown instanceof OAuthFailure)) throw thrown;
      failure = thrown;
    }
  }
  throw failure;
}

/** Throws an OAuthFailure unless the document is this issuer's own (RFC 8414, section 3.3). */
export function readMetadata(issuer: string, from: string, body: JsonObject): ServerMetadata {
  if (body["issuer"] !== issuer) {
    throw new OAuthFailure("refused", `The metadata at ${from} is not that of the issuer ${issuer}`);
  }
  const endpoints = Object.entries(ENDPOINTS).map(([name, key]) => [name, endpointIn(body, key, from)] as const);
  return {
    issuer,
    ...Object.fromEntries(endpoints.filter(([, url]) => url !== undefined)),
    scopesSupported: textsIn(body["scopes_supported"]),
    codeChallengeMethods: textsIn(body["code_challenge_methods_supported"]),
    tokenEndpointAuthMethods: textsIn(body["token_endpoint_auth_methods_supported"]),
    issuesIss: body["authorization_response_iss_parameter_supported"] === true,
    clientIdDocuments: body["client_id_metadata_document_supported"] === true,
  };
}

const ENDPOINTS = {
  jwksUri: "jwks_uri",
  authorizationEndpoint: "authorization_endpoint",
  tokenEndpoint: "token_endpoint",
  registrationEndpoint: "registration_endpoint",
  introspectionEndpoint: "introspection_endpoint",
} as const;

function endpointIn(body: JsonObject, key: string, from: string): string | undefined {
  const value = body[key];
  if (typeof value !== "string") return undefined;
  if (isSafeLink(value, from)) return value;
  throw new OAuthFailure("refused", `The ${key} in the metadata at ${from} is no URL that may be followed`);
}

/** Whether a document may send us there: to https, or from http to http (what is configured without TLS stays usable). */
export function isSafeLink(to: string, from: string): boolean {
  if (!URL.canParse(to)) return false;
  const { protocol, username, password, hash } = new URL(to);
  const secure = protocol === "https:" || (protocol === "http:" && new URL(from).protocol === "http:");
  return secure && username === "" && password === "" && hash === "";
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
