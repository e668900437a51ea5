import type { McpWorld } from "#src/core/mcp/kind.ts";
import { clientAuthentication } from "../../client-authentication.ts";
import { OAuthFailure } from "../../oauth-failure.ts";
import { requestToken } from "../../token-endpoint.ts";
import { randomSecret } from "../../token-hash.ts";
import type { Arrivals } from "./arrivals.ts";
import { readAuthorizationAnswer } from "./authorization-answer.ts";
import { authorizationUrl } from "./authorization-request.ts";
import type { ClientRegistrations } from "./client-registration.ts";
import { CONSENT_TRIP, type ConsentTrip, TICKET, type Ticket } from "./record-kinds.ts";
import type { SealedRecords } from "./records.ts";
import type { UpstreamTarget, UpstreamTargets } from "./upstream-target.ts";
import type { UserTokens } from "./user-tokens.ts";

/** How long a browser may be away, in milliseconds. */
const TRIP_LIFE = 600_000;

/** What the parts of a sign-in are. */
export interface SignInParts {
  readonly redirectUri: string;
  readonly targets: UpstreamTargets;
  readonly clients: ClientRegistrations;
  readonly records: SealedRecords;
  readonly tokens: UserTokens;
  readonly arrivals: Arrivals;
  readonly world: McpWorld;
}

/** How it ended: without `refused`, with a token. */
export interface SignInOutcome {
  /** The error code in brackets, or nothing. */
  readonly refused?: string;
}

/** The authorization code grant at the upstream's authorization server, with the gateway as its client. */
export class UpstreamSignIn {
  readonly #parts: SignInParts;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /** Where the browser of a user who agreed is sent. Rejects with an OAuthFailure. */
  async begin(id: string, ticket: Ticket, browser: string): Promise<string> {
    const { redirectUri, clients, records } = this.#parts;
    const { server } = await this.#targetOf(ticket.issuer);
    const client = await clients.clientFor(server);
    const [state, verifier] = [randomSecret(), randomSecret()];
    const trip: ConsentTrip = { ticket: id, browser, verifier, issuer: server.issuer, client };
    await records.put(CONSENT_TRIP, state, trip, TRIP_LIFE);
    const { scopes, resource } = ticket;
    return authorizationUrl(server, { clientId: client.id, redirectUri, scopes, state, verifier, resource });
  }

  /**
   * Takes the answer: keeps the token, or tells why there is none. Undefined when the answer is not that to a question of this browser.
   * Rejects with an OAuthFailure.
   */
  async finish(query: URLSearchParams, browser: string): Promise<SignInOutcome | undefined> {
    const { records, arrivals } = this.#parts;
    const trip = await records.take(CONSENT_TRIP, query.get("state") ?? "");
    const ticket = trip && (await records.get(TICKET, trip.ticket));
    if (trip === undefined || ticket === undefined || trip.browser !== browser) return undefined;
    const target = await this.#targetOf(trip.issuer);
    const answer = readAuthorizationAnswer(query, target.server);
    if (answer === "foreign") return undefined;
    if ("error" in answer) return { refused: answer.error === "" ? "" : ` (${answer.error})` };
    await this.#exchange(answer.code, trip, ticket, target);
    await records.delete(TICKET, trip.ticket);
    await arrivals.tell(ticket);
    return {};
  }

  /** The user does not want to. */
  async cancel(id: string, ticket: Ticket): Promise<void> {
    await this.#parts.records.delete(TICKET, id);
    await this.#parts.arrivals.tell(ticket);
  }

  async #exchange(code: string, trip: ConsentTrip, ticket: Ticket, { server }: UpstreamTarget): Promise<void> {
    const { redirectUri, clients, tokens, world } = this.#parts;
    if (server.tokenEndpoint === undefined)
      throw new OAuthFailure("refused", `${server.issuer} names no token endpoint`);
    const client = clientAuthentication(clients.settingsOf(trip.client), world.clock);
    const params = {
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      code_verifier: trip.verifier,
      resource: ticket.resource === "" ? undefined : ticket.resource,
    };
    const granted = await requestToken(server.tokenEndpoint, client, params, world);
    await tokens.put(ticket, granted, { asked: ticket.scopes, client: trip.client });
  }

  /** The upstream may have changed its authorization server meanwhile: nothing of the old one is told to the new one. */
  async #targetOf(issuer: string): Promise<UpstreamTarget> {
    const target = await this.#parts.targets.find();
    if (target.server.issuer === issuer) return target;
    throw new OAuthFailure("refused", "The upstream has another authorization server now");
  }
}
