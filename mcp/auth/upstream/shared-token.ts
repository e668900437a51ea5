import type { McpWorld } from "#src/core/mcp/kind.ts";
import { isAging, isUsable } from "../held-token.ts";
import { OAuthFailure } from "../oauth-failure.ts";
import type { GrantedToken } from "../token-endpoint.ts";

/** After a refusal the server is not asked again for this long, in milliseconds: it would refuse every call's question. */
const REST = 5000;

/**
 * One token that is renewed ahead of its end, by one request at a time; who asks meanwhile gets the old one as long as that is good. Of a
 * failure the next question within five seconds is told without asking.
 */
export class SharedToken {
  readonly #grant: () => Promise<GrantedToken>;
  readonly #world: Pick<McpWorld, "clock" | "log">;
  readonly #what: string;
  #held: { readonly token: GrantedToken; readonly grantedAt: number } | undefined;
  #failed: { readonly failure: unknown; readonly until: number } | undefined;
  #pending: Promise<GrantedToken> | undefined;

  /** `what` names the token in the log. */
  constructor(what: string, grant: () => Promise<GrantedToken>, world: Pick<McpWorld, "clock" | "log">) {
    this.#what = what;
    this.#grant = grant;
    this.#world = world;
  }

  async get(): Promise<string> {
    const { clock } = this.#world;
    const held = this.#held;
    if (held !== undefined && !isAging(held.token, held.grantedAt, clock)) return held.token.accessToken;
    if (held !== undefined && isUsable(held.token, clock)) {
      // Nobody waits for this one; when it fails, the next call tries again.
      if (!this.#rests()) this.#renew().catch(() => {});
      return held.token.accessToken;
    }
    if (this.#rests()) throw this.#failed?.failure;
    return (await this.#renew()).accessToken;
  }

  /** Lets the token go if it is this one; answers whether the next `get` has another to offer. */
  drop(token: string): boolean {
    if (this.#held?.token.accessToken === token) this.#held = undefined;
    return !this.#rests();
  }

  #rests(): boolean {
    return this.#failed !== undefined && this.#world.clock.now() < this.#failed.until;
  }

  #renew(): Promise<GrantedToken> {
    this.#pending ??= this.#ask().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #ask(): Promise<GrantedToken> {
    const { clock, log } = this.#world;
    try {
      const token = await this.#grant();
      this.#held = { token, grantedAt: clock.now() };
      this.#failed = undefined;
      return token;
    } catch (failure) {
      this.#failed = { failure, until: clock.now() + REST };
      log.warn(`${this.#what}: no token`, {
        reason: failure instanceof OAuthFailure ? failure.message : "inner failure",
      });
      throw failure;
    }
  }
}
