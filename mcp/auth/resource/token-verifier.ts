import type { McpWorld } from "#src/core/mcp/kind.ts";
import { AuthorizationServers } from "../authorization-server.ts";
import { ExpiringCache } from "../expiring-cache.ts";
import { SingleFlight } from "../single-flight.ts";
import { hashOf } from "../token-hash.ts";
import { InvalidToken } from "./invalid-token.ts";
import { Issuer, issuerNamedIn } from "./issuer.ts";
import type { AuthSettings } from "./settings.ts";
import { readClaims, type VerifiedToken } from "./verified-token.ts";

/** How long a verdict is believed, in milliseconds: no longer, so that a revoked token ends. */
const GOOD = 60_000;
const BAD = 10_000;
/** Each kept apart, so that a flood of made-up tokens does not push out those in use. */
const GOOD_CAPACITY = 10_000;
const BAD_CAPACITY = 2000;
/** Longer ones are none. */
const LONGEST = 16_384;

/** Verifies tokens, each at most once a minute and once at a time. */
export class TokenVerifier {
  readonly #issuers: readonly Issuer[];
  readonly #subjectClaim: string;
  readonly #world: McpWorld;
  readonly #good: ExpiringCache<VerifiedToken>;
  readonly #bad: ExpiringCache<InvalidToken>;
  readonly #flights = new SingleFlight<VerifiedToken>();

  constructor(settings: Pick<AuthSettings, "issuers" | "clockSkew" | "subjectClaim">, world: McpWorld) {
    const servers = new AuthorizationServers(world);
    this.#issuers = settings.issuers.map((one) => new Issuer(one, settings.clockSkew, servers, world));
    this.#subjectClaim = settings.subjectClaim;
    this.#world = world;
    this.#good = new ExpiringCache(world.clock, GOOD_CAPACITY);
    this.#bad = new ExpiringCache(world.clock, BAD_CAPACITY);
  }

  /** Rejects with an {@link InvalidToken}, or with an OAuthFailure when that cannot be told now. */
  async verify(token: string, resource: string): Promise<VerifiedToken> {
    if (token.length > LONGEST) throw new InvalidToken("The token is too long.");
    const key = await hashOf(`${resource} ${token}`);
    const good = this.#good.get(key);
    if (good !== undefined) return good;
    const bad = this.#bad.get(key);
    if (bad !== undefined) throw bad;
    return this.#flights.run(key, () => this.#verifyAnew(key, token, resource));
  }

  async #verifyAnew(key: string, token: string, resource: string): Promise<VerifiedToken> {
    const { clock } = this.#world;
    try {
      const verified = await this.#check(token, resource);
      const until = Math.min(clock.now() + GOOD, verified.expiresAt ?? Infinity);
      this.#good.set(key, verified, until);
      return verified;
    } catch (thrown) {
      if (thrown instanceof InvalidToken) this.#bad.set(key, thrown, clock.now() + BAD);
      throw thrown;
    }
  }

  async #check(token: string, resource: string): Promise<VerifiedToken> {
    const named = issuerNamedIn(token);
    if (named === undefined) return this.#checkOpaque(token, resource);
    const issuer = this.#issuers.find(({ settings }) => settings.issuer === named);
    if (issuer === undefined) throw new InvalidToken("The token's issuer is not trusted here.");
    return readClaims(named, await issuer.checkJwt(token, resource), this.#subjectClaim);
  }

  /** Each that may know it is asked, in the order of the settings. */
  async #checkOpaque(token: string, resource: string): Promise<VerifiedToken> {
    let failure: unknown = new InvalidToken("The token is not known here.");
    for (const issuer of this.#issuers) {
      if (!issuer.takesOpaque) continue;
      try {
        const claims = await issuer.checkOpaque(token, resource);
        return readClaims(issuer.settings.issuer, claims, this.#subjectClaim);
      } catch (thrown) {
        // An issuer that cannot be asked outweighs one that does not know the token.
        if (failure instanceof InvalidToken) failure = thrown;
      }
    }
    throw failure;
  }
}
