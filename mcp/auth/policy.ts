import type { Exchange } from "#src/core/exchange.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpGuard, McpPlace, McpPolicy } from "#src/core/mcp/policy.ts";
import type { Caller } from "#src/core/mcp/server.ts";
import { bearerIn } from "./challenge.ts";
import { OAuthFailure } from "./oauth-failure.ts";
import { InvalidToken } from "./resource/invalid-token.ts";
import { metadataPages } from "./resource/metadata-page.ts";
import { resourcePlace } from "./resource/place.ts";
import { issuerAway, misplacedToken, scopesMissing, tokenNeeded, tokenRefused } from "./resource/refusals.ts";
import { allows, createScopeRules, type ScopeRules } from "./resource/scope-rules.ts";
import { scopedServer } from "./resource/scoped-server.ts";
import { type AuthSettings, authSettings } from "./resource/settings.ts";
import { TokenVerifier } from "./resource/token-verifier.ts";

/** The policy `auth`: the server is an OAuth resource server (MCP's authorization, RFC 9728, RFC 6750). */
export const auth: McpPolicy<AuthSettings> = {
  field: "auth",
  schema: authSettings,
  create(place, settings, world) {
    const where = resourcePlace(place.path, settings.resource, settings.rootMetadata);
    const rules = createScopeRules(settings);
    const gate = new Gate(place, settings, rules, world);
    return {
      admit: (exchange, caller) => gate.admit(exchange, caller, where.resourceOf(exchange)),
      wrap: (server) => scopedServer(server, rules),
      pages: metadataPages(place.name, where, settings),
    } satisfies McpGuard;
  },
};

/** Tells who comes in. */
class Gate {
  readonly #place: McpPlace;
  readonly #rules: ScopeRules;
  readonly #keysSuffice: boolean;
  readonly #verifier: TokenVerifier;
  readonly #world: McpWorld;

  constructor(place: McpPlace, settings: AuthSettings, rules: ScopeRules, world: McpWorld) {
    this.#place = place;
    this.#rules = rules;
    this.#keysSuffice = settings.consumerKeys === "instead";
    this.#verifier = new TokenVerifier(settings, world);
    this.#world = world;
  }

  async admit(exchange: Exchange, caller: Caller, resource: string): Promise<Caller> {
    if (/[?&]access_token=/.test(exchange.search)) throw misplacedToken(resource);
    const token = tokenIn(exchange, caller);
    if (token !== undefined) return this.#admitToken(token, caller, resource);
    if (caller.consumer !== undefined && this.#keysSuffice) {
      return { ...caller, subject: caller.subject === "" ? `consumer:${caller.consumer}` : caller.subject, resource };
    }
    throw tokenNeeded(resource, this.#rules.common);
  }

  async #admitToken(token: string, caller: Caller, resource: string): Promise<Caller> {
    const rules = this.#rules;
    const { common } = rules;
    try {
      const { subject, scopes: granted, claims } = await this.#verifier.verify(token, resource);
      const scopes = rules.expand(granted);
      if (!allows(scopes, common)) throw scopesMissing(resource, common);
      return { ...caller, subject, scopes, claims, token, resource };
    } catch (thrown) {
      if (thrown instanceof InvalidToken) throw tokenRefused(resource, common, thrown.message);
      if (!(thrown instanceof OAuthFailure)) throw thrown;
      this.#world.log.warn(`auth of the MCP server '${this.#place.name}': a token could not be verified`, {
        reason: thrown.message,
      });
      throw issuerAway();
    }
  }
}

/** Where a consumer's key may stand beside `Authorization`. */
const KEY_HEADERS = ["x-api-key", "x-goog-api-key", "api-key"] as const;

/** The bearer token, unless it is the key by which the consumer was known: that must not be shown to an authorization server. */
function tokenIn({ request, search }: Exchange, caller: Caller): string | undefined {
  const bearer = bearerIn(request.headers.get("authorization"));
  if (caller.consumer === undefined) return bearer;
  const keyElsewhere = KEY_HEADERS.some((name) => request.headers.has(name)) || /[?&]key=/.test(search);
  return keyElsewhere ? bearer : undefined;
}
