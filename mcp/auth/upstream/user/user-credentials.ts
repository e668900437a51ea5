import type { McpWorld } from "#src/core/mcp/kind.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import { guardedWorld } from "#src/core/network/guarded.ts";
import { createKeyRing } from "#src/sessions/key-ring.ts";
import { bearerIn, readBearerChallenge } from "../../challenge.ts";
import { OAuthFailure } from "../../oauth-failure.ts";
import type { CredentialPlace } from "../client-credentials.ts";
import type { UpstreamCredentials } from "../credentials.ts";
import { noCredentials } from "../no-credentials.ts";
import { Arrivals } from "./arrivals.ts";
import { ClientRegistrations, type GatewayClient } from "./client-registration.ts";
import { Login } from "./login.ts";
import { signInPages } from "./pages.ts";
import { signInPaths, type SignInPaths } from "./paths.ts";
import type { Connection, UserToken } from "./record-kinds.ts";
import { SealedRecords } from "./records.ts";
import type { UserSettings } from "./settings.ts";
import { UpstreamSignIn } from "./upstream-sign-in.ts";
import { type UpstreamTarget, UpstreamTargets } from "./upstream-target.ts";
import { hasAsked, UserTokens } from "./user-tokens.ts";
import { UserPrompts } from "./user-prompts.ts";

/**
 * Each user's own token, had by sending the user to the upstream's authorization server with the gateway as its client. Serves the pages
 * for that. Throws an Error when the settings cannot be used.
 */
export function userCredentials(settings: UserSettings, place: CredentialPlace, open: McpWorld): UpstreamCredentials {
  const world = guardedWorld(open, { named: namedIn(settings, place), ...networkOf(settings) });
  const paths = signInPaths(place.name, settings.publicUrl);
  const records = new SealedRecords(
    createKeyRing({ secrets: settings.sealKeys, store: world.store, clock: world.clock }),
    world.store,
    world.clock,
  );
  const targets = new UpstreamTargets(settings, place, world);
  const self = gatewayClient(place.name, settings.publicUrl, paths);
  const clients = new ClientRegistrations(settings.client, self, records, world);
  const tokens = new UserTokens(records, clients, settings.keptFor, world);
  const arrivals = new Arrivals(world);
  const { redirectUri } = self;
  const upstream = new UpstreamSignIn({ redirectUri, targets, clients, records, tokens, arrivals, world });
  const login =
    settings.login === "none" ? undefined : new Login(settings.login, paths.publicUrl(paths.login), records, world);
  for (const page of signInPages({ server: place.name, paths, records, login, upstream, self, world }))
    world.serve(page);
  const prompts = new UserPrompts(place.name, paths, settings.waitForUser, records, arrivals, world);
  return new UserCredentials(place.name, targets, tokens, prompts, world);
}

/** What the operator wrote may be anywhere; where an upstream's metadata leads may not. */
function namedIn({ issuer, login }: UserSettings, { resource }: CredentialPlace): readonly string[] {
  const own = login === "none" ? undefined : login.issuer;
  return [resource, issuer, own].filter((url) => url !== undefined);
}

function networkOf({ network }: UserSettings): Pick<UserSettings, "network"> {
  return network === undefined ? {} : { network };
}

function gatewayClient(server: string, publicUrl: string, paths: SignInPaths): GatewayClient {
  return {
    name: `Sluice gateway (${server})`,
    uri: publicUrl,
    redirectUri: paths.publicUrl(paths.callback),
    documentUrl: paths.publicUrl(paths.document),
  };
}

class UserCredentials implements UpstreamCredentials {
  readonly #name: string;
  readonly #targets: UpstreamTargets;
  readonly #tokens: UserTokens;
  readonly #prompts: UserPrompts;
  readonly #world: McpWorld;
  /** What the upstream missed of a call's token: other calls go on with what there is. */
  readonly #missed = new WeakMap<McpCall, readonly string[]>();

  constructor(name: string, targets: UpstreamTargets, tokens: UserTokens, prompts: UserPrompts, world: McpWorld) {
    this.#name = name;
    this.#targets = targets;
    this.#tokens = tokens;
    this.#prompts = prompts;
    this.#world = world;
  }

  contextOf({ caller }: McpCall): string {
    return caller.subject;
  }

  async authorize(headers: Parameters<UpstreamCredentials["authorize"]>[0], call: McpCall): Promise<void> {
    try {
      headers.set("authorization", `Bearer ${await this.#tokenFor(call)}`);
    } catch (thrown) {
      if (thrown instanceof OAuthFailure) {
        this.#world.log.warn(`user's token for the MCP server '${this.#name}'`, { reason: thrown.message });
      }
      throw noCredentials(thrown);
    }
  }

  async rejected(
    { status, wwwAuthenticate, sent }: Parameters<UpstreamCredentials["rejected"]>[0],
    call: McpCall,
  ): Promise<boolean> {
    const shown = bearerIn(sent.get("authorization"));
    if (shown === undefined) return false;
    const connection = connectionOf(call, await this.#targets.find());
    if (status === 401) {
      await this.#tokens.refused(connection, shown);
      this.#targets.learn(wwwAuthenticate);
      return true;
    }
    const challenge = readBearerChallenge(wwwAuthenticate);
    const scopes = challenge?.get("scope")?.split(" ").filter(Boolean) ?? [];
    if (challenge?.get("error") !== "insufficient_scope") return false;
    if (!(await this.#tokens.lacks(connection, scopes))) return false;
    this.#missed.set(call, scopes);
    return true;
  }

  close(): void {}

  async #tokenFor(call: McpCall): Promise<string> {
    if (call.caller.subject === "") {
      throw new McpError(
        ERROR_CODES.internalError,
        "This server keeps an account for each user: it must know who asks.",
      );
    }
    const target = await this.#targets.find();
    const connection = connectionOf(call, target);
    const missed = this.#missed.get(call) ?? [];
    const held = await this.#tokens.get(connection, target.server);
    if (held !== undefined && hasAsked(held, missed)) return held.accessToken;
    const prompt = await this.#prompts.open(connection, scopesFor(target, held, missed), call.client);
    await this.#prompts.ask(prompt, connection, call);
    const token = await this.#tokens.get(connection, target.server);
    if (token !== undefined && hasAsked(token, missed)) return token.accessToken;
    throw prompt.required();
  }
}

function connectionOf({ caller }: McpCall, { server, resource }: UpstreamTarget): Connection {
  return { subject: caller.subject, issuer: server.issuer, resource };
}

/** What was granted is asked for again, so that it is not lost; a refresh token where the server has a word for it. */
function scopesFor(
  { scopes, server }: UpstreamTarget,
  held: UserToken | undefined,
  missed: readonly string[],
): readonly string[] {
  const offline = server.scopesSupported.includes("offline_access") ? ["offline_access"] : [];
  return [...new Set([...scopes, ...(held?.asked ?? []), ...missed, ...offline])];
}
