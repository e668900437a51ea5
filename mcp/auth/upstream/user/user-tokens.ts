import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { ServerMetadata } from "../../authorization-server.ts";
import { clientAuthentication } from "../../client-authentication.ts";
import { isAging, isUsable } from "../../held-token.ts";
import { OAuthFailure } from "../../oauth-failure.ts";
import { SingleFlight } from "../../single-flight.ts";
import { type GrantedToken, requestToken } from "../../token-endpoint.ts";
import { hashOf } from "../../token-hash.ts";
import type { ClientRegistrations } from "./client-registration.ts";
import { type Connection, type KeptClient, USER_TOKEN, type UserToken } from "./record-kinds.ts";
import type { SealedRecords } from "./records.ts";

/** A replica that refreshes has this long, in milliseconds; others look this often whether it is done. */
const LOCK_LIFE = 15_000;
const LOOK_EVERY = 250;

/** Users' tokens, sealed in the store, refreshed when they age: by one replica, since a refresh token may be good for one use. */
export class UserTokens {
  readonly #records: SealedRecords;
  readonly #clients: ClientRegistrations;
  readonly #keptFor: number;
  readonly #world: McpWorld;
  readonly #flights = new SingleFlight<UserToken | undefined>();

  constructor(records: SealedRecords, clients: ClientRegistrations, keptFor: number, world: McpWorld) {
    this.#records = records;
    this.#clients = clients;
    this.#keptFor = keptFor;
    this.#world = world;
  }

  /** A token that can be shown; undefined when the user has to sign in. Rejects with an OAuthFailure when a refresh fails for now. */
  async get(connection: Connection, server: ServerMetadata): Promise<UserToken | undefined> {
    const token = await this.#stored(connection);
    if (token === undefined || !this.#isOld(token)) return token;
    if (token.refreshToken === undefined) return isUsable(token, this.#world.clock) ? token : undefined;
    return this.#flights.run(idOf(connection), () => this.#refreshOnce(connection, token, server));
  }

  /** Keeps what a user's sign-in, or a refresh, brought. */
  async put(
    connection: Connection,
    granted: GrantedToken,
    { asked, client }: Pick<UserToken, "asked" | "client">,
    before?: UserToken,
  ): Promise<UserToken> {
    const { accessToken, expiresAt, refreshToken = before?.refreshToken, scope } = granted;
    const token: UserToken = {
      accessToken,
      expiresAt,
      grantedAt: this.#world.clock.now(),
      // A server that says nothing of scopes granted what it was asked for.
      granted: scope?.split(" ") ?? before?.granted ?? asked,
      ...(refreshToken === undefined ? {} : { refreshToken }),
      asked,
      client,
    };
    await this.#save(connection, token);
    return token;
  }

  /** The upstream does not take this token: the next `get` refreshes it, or has none. */
  async refused(connection: Connection, accessToken: string): Promise<void> {
    const token = await this.#stored(connection);
    if (token?.accessToken !== accessToken) return;
    if (token.refreshToken === undefined) await this.#records.delete(USER_TOKEN, idOf(connection));
    else await this.#save(connection, { ...token, expiresAt: 0 });
  }

  /** Whether a user who has a token was not asked for one of these scopes: asking then may help. */
  async lacks(connection: Connection, scopes: readonly string[]): Promise<boolean> {
    const token = await this.#stored(connection);
    return token !== undefined && !hasAsked(token, scopes);
  }

  /** Expired, or about to; a token that was refused counts as expired. */
  #isOld(token: UserToken): boolean {
    return isAging(token, token.grantedAt, this.#world.clock);
  }

  #stored(connection: Connection): Promise<UserToken | undefined> {
    return this.#records.get(USER_TOKEN, idOf(connection));
  }

  #save(connection: Connection, token: UserToken): Promise<void> {
    return this.#records.put(USER_TOKEN, idOf(connection), token, this.#keptFor);
  }

  async #refreshOnce(connection: Connection, old: UserToken, server: ServerMetadata): Promise<UserToken | undefined> {
    const { store, clock } = this.#world;
    const lock = `mcp:refresh:${await hashOf(idOf(connection))}`;
    if (!(await store.setIfAbsent(lock, "1", LOCK_LIFE))) return this.#refreshedElsewhere(connection, old);
    try {
      // Somebody may have been done just before the lock was free.
      const current = await this.#stored(connection);
      if (current === undefined || !this.#isOld(current)) return current;
      return await this.#refresh(connection, current, server);
    } catch (thrown) {
      if (!(thrown instanceof OAuthFailure) || thrown.kind === "refused" || !isUsable(old, clock)) throw thrown;
      return old;
    } finally {
      await store.delete(lock);
    }
  }

  async #refresh(connection: Connection, old: UserToken, server: ServerMetadata): Promise<UserToken | undefined> {
    const { tokenEndpoint } = server;
    if (tokenEndpoint === undefined) throw new OAuthFailure("refused", `${server.issuer} names no token endpoint`);
    const params = {
      grant_type: "refresh_token",
      refresh_token: old.refreshToken,
      resource: connection.resource === "" ? undefined : connection.resource,
    };
    try {
      const client = this.#authentication(old.client);
      const granted = await requestToken(tokenEndpoint, client, params, this.#world);
      return await this.put(connection, granted, old, old);
    } catch (thrown) {
      if (!(thrown instanceof OAuthFailure) || !ENDS.has(thrown.code ?? "")) throw thrown;
      // The user, or time, has ended what was granted: only the user can mend that.
      await this.#records.delete(USER_TOKEN, idOf(connection));
      if (thrown.code !== "invalid_grant") await this.#clients.forget(connection.issuer);
      return undefined;
    }
  }

  async #refreshedElsewhere(connection: Connection, old: UserToken): Promise<UserToken | undefined> {
    const { clock } = this.#world;
    const end = clock.now() + LOCK_LIFE;
    while (clock.now() < end) {
      const current = await this.#stored(connection);
      if (current === undefined || !this.#isOld(current)) return current;
      await new Promise<void>((resolve) => clock.after(LOOK_EVERY, resolve));
    }
    if (isUsable(old, clock)) return old;
    throw new OAuthFailure("unreachable", "Another replica did not finish refreshing a user's token");
  }

  #authentication(client: KeptClient): ReturnType<typeof clientAuthentication> {
    return clientAuthentication(this.#clients.settingsOf(client), this.#world.clock);
  }
}

/** Refusals after which a refresh token is of no use. */
const ENDS: ReadonlySet<string> = new Set(["invalid_grant", "invalid_client", "unauthorized_client"]);

/** The name of a connection among records and channels. */
export function idOf({ subject, issuer, resource }: Connection): string {
  return JSON.stringify([subject, issuer, resource]);
}

/** What was asked for and not granted will not be granted by asking again. */
export function hasAsked({ asked }: UserToken, scopes: readonly string[]): boolean {
  return scopes.every((scope) => asked.includes(scope));
}
