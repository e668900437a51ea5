import type { McpWorld } from "#src/core/mcp/kind.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { Caller, McpCall } from "#src/core/mcp/server.ts";
import { bearerIn } from "../challenge.ts";
import { ExpiringCache } from "../expiring-cache.ts";
import { isUsable } from "../held-token.ts";
import { OAuthFailure } from "../oauth-failure.ts";
import type { GrantSettings } from "../oauth-settings.ts";
import { SingleFlight } from "../single-flight.ts";
import type { GrantedToken } from "../token-endpoint.ts";
import { hashOf } from "../token-hash.ts";
import type { CredentialPlace } from "./client-credentials.ts";
import type { UpstreamCredentials } from "./credentials.ts";
import { createGrant, type Grant } from "./grant.ts";
import { noCredentials } from "./no-credentials.ts";

/** What an exchange is asked for beside where. */
export interface ExchangeSettings extends GrantSettings {
  readonly subjectTokenType: string;
  readonly requestedTokenType: string;
}

/** The type that both tokens have unless the settings say otherwise (RFC 8693, section 3). */
export const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange";
const CAPACITY = 5000;
/** How long a refusal is believed, in milliseconds. */
const REFUSAL_BELIEVED = 5000;

/**
 * Each caller's own token, had in exchange for the one it showed the gateway (RFC 8693). Throws an Error when the settings cannot be used.
 */
export function tokenExchange(
  settings: ExchangeSettings,
  place: CredentialPlace,
  world: McpWorld,
): UpstreamCredentials {
  const exchanges = new Exchanges(settings, createGrant(settings, place.resource, world), place.name, world);
  return {
    contextOf,
    async authorize(headers, { caller }) {
      try {
        headers.set("authorization", `Bearer ${await exchanges.get(caller)}`);
      } catch (thrown) {
        throw noCredentials(thrown);
      }
    },
    async rejected({ status, sent }, { caller }) {
      const shown = bearerIn(sent.get("authorization"));
      return status === 401 && shown !== undefined && caller.token !== undefined && exchanges.drop(caller.token, shown);
    },
    close() {},
  };
}

/** What a caller gets depends on its token's scopes as well. */
function contextOf({ caller }: McpCall): string {
  return [caller.subject, ...[...(caller.scopes ?? [])].sort()].join(" ");
}

/** Exchanged tokens by the hash of what they were had for. */
class Exchanges {
  readonly #settings: ExchangeSettings;
  readonly #grant: Grant;
  readonly #name: string;
  readonly #world: McpWorld;
  readonly #known: ExpiringCache<GrantedToken | OAuthFailure>;
  readonly #flights = new SingleFlight<string>();

  constructor(settings: ExchangeSettings, grant: Grant, name: string, world: McpWorld) {
    this.#settings = settings;
    this.#grant = grant;
    this.#name = name;
    this.#world = world;
    this.#known = new ExpiringCache(world.clock, CAPACITY);
  }

  async get({ token }: Caller): Promise<string> {
    if (token === undefined) {
      throw new McpError(
        ERROR_CODES.internalError,
        "This server is asked with an access token's rights: sign in with one.",
      );
    }
    const key = await hashOf(token);
    const known = this.#known.get(key);
    if (known instanceof OAuthFailure) throw known;
    if (known !== undefined && isUsable(known, this.#world.clock)) return known.accessToken;
    return this.#flights.run(key, () => this.#exchange(key, token));
  }

  /** Answers whether the next `get` has another to offer. */
  async drop(token: string, shown: string): Promise<boolean> {
    const key = await hashOf(token);
    const known = this.#known.get(key);
    if (known instanceof OAuthFailure) return false;
    if (known?.accessToken === shown) this.#known.delete(key);
    return true;
  }

  async #exchange(key: string, token: string): Promise<string> {
    const { subjectTokenType, requestedTokenType } = this.#settings;
    const { clock, log } = this.#world;
    try {
      const granted = await this.#grant({
        grant_type: GRANT_TYPE,
        subject_token: token,
        subject_token_type: subjectTokenType,
        requested_token_type: requestedTokenType,
      });
      this.#known.set(key, granted, granted.expiresAt);
      return granted.accessToken;
    } catch (failure) {
      if (failure instanceof OAuthFailure) {
        this.#known.set(key, failure, clock.now() + REFUSAL_BELIEVED);
        log.warn(`token exchange of the MCP server '${this.#name}': no token`, { reason: failure.message });
      }
      throw failure;
    }
  }
}
