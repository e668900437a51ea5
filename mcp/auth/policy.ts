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
      wrap: (server) => scopedServer(server, rules, (caller) => gate.rightsOf(caller)),
      pages: metadataPages(place.name, where, settings),
    } satisfies McpGuard;
  },
};

/** Tells who comes in. */
class Gate {
  readonly #place: McpPlace;
  readonly #rules: ScopeRules;
  readonly #issuers: readonly string[];
  readonly #keysSuffice: boolean;
  readonly #verifier: TokenVerifier;
  readonly #world: McpWorld;

  constructor(place: McpPlace, settings: AuthSettings, rules: ScopeRules, world: McpWorld) {
    this.#place = place;
    this.#rules = rules;
    this.#issuers = settings.issuers.map(({ issuer }) => issuer);
    this.#keysSuffice = settings.consumerKeys === "instead";
    this.#verifier = new TokenVerifier(settings, world);
    this.#world = world;
  }

  async admit(exchange: Exchange, caller: Caller, resource: string): Promise<Caller> {
    if (/[?&]access_token=/.test(exchange.search)) throw misplacedToken(resource);
    // A consumer's key was taken out of the request by now: no authorization server is shown one.
    const token = bearerIn(exchange.request.headers.get("authorization"));
    if (token !== undefined) return this.#admitToken(token, caller, resource);
    if (caller.consumer !== undefined && this.#keysSuffice) {
      return { ...caller, subject: caller.subject === "" ? `consumer:${caller.consumer}` : caller.subject, resource };
    }
    throw tokenNeeded(resource, this.#rules.common);
  }

  /** What somebody may do who was let in here, or by the policies of another server that leads here. */
  rightsOf({ scopes, subject, consumer }: Caller): ReadonlySet<string> | "all" | undefined {
    if (scopes !== undefined) {
      // Another issuer's scopes mean what that issuer wants them to.
      return this.#issuers.some((issuer) => subject.startsWith(`${issuer}#`)) ? this.#rules.expand(scopes) : undefined;
    }
    return consumer !== undefined && this.#keysSuffice ? "all" : undefined;
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
