import { decodeJwt } from "jose";
import type { JsonObject } from "#src/core/json.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { AuthorizationServers, ServerMetadata } from "../authorization-server.ts";
import { OAuthFailure } from "../oauth-failure.ts";
import { createIntrospection, type Introspect } from "./introspection.ts";
import { InvalidToken } from "./invalid-token.ts";
import { checkJwt, type JwtRules } from "./jwt-check.ts";
import type { IssuerSettings } from "./settings.ts";
import { SigningKeys } from "./signing-keys.ts";

/** One authorization server whose tokens are taken. */
export class Issuer {
  readonly settings: IssuerSettings;
  readonly #clockSkew: number;
  readonly #keys: SigningKeys;
  readonly #introspect: Introspect | undefined;
  readonly #world: McpWorld;

  constructor(settings: IssuerSettings, clockSkew: number, servers: AuthorizationServers, world: McpWorld) {
    const { issuer, jwksUri, introspection } = settings;
    const discovered = (field: "jwksUri" | "introspectionEndpoint", given: string | undefined) => async () =>
      given ?? endpointOf(await servers.find(issuer), field);
    this.settings = settings;
    this.#clockSkew = clockSkew;
    this.#world = world;
    this.#keys = new SigningKeys(discovered("jwksUri", jwksUri), world);
    this.#introspect =
      introspection === undefined
        ? undefined
        : createIntrospection(introspection, discovered("introspectionEndpoint", introspection.endpoint), world);
  }

  /** Whether it may be asked about tokens that do not name their issuer. */
  get takesOpaque(): boolean {
    return this.#introspect !== undefined;
  }

  /** The claims of a JWT that names this issuer. */
  async checkJwt(token: string, resource: string): Promise<JsonObject> {
    const rules = this.#rules(resource);
    const payload = await checkJwt(token, rules, this.#keys, this.#world.clock.now());
    const claims: JsonObject = JSON.parse(JSON.stringify(payload));
    if (this.settings.introspection?.always === true) await this.#introspect?.(token, rules);
    return claims;
  }

  checkOpaque(token: string, resource: string): Promise<JsonObject> {
    if (this.#introspect === undefined) throw new InvalidToken("The token is not known here.");
    return this.#introspect(token, this.#rules(resource));
  }

  #rules(resource: string): JwtRules {
    const { issuer, algorithms, audience = [resource, `${resource}/`] } = this.settings;
    return { issuer, algorithms, audiences: audience, clockSkew: this.#clockSkew };
  }
}

function endpointOf(metadata: ServerMetadata, field: "jwksUri" | "introspectionEndpoint"): string {
  const url = metadata[field];
  if (url !== undefined) return url;
  throw new OAuthFailure("unreachable", `The issuer ${metadata.issuer} names no ${field}`);
}

/** The issuer that a JWT names, unverified; undefined for what is no JWT. */
export function issuerNamedIn(token: string): string | undefined {
  if (token.split(".").length !== 3) return undefined;
  try {
    return decodeJwt(token).iss ?? "";
  } catch {
    return undefined;
  }
}
