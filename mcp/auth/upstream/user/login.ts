/** Who sits at the browser: an OpenID Connect sign-in at the gateway's own identity provider. */
import { errors, jwtVerify } from "jose";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { AuthorizationServers } from "../../authorization-server.ts";
import { type ClientAuthentication, clientAuthentication } from "../../client-authentication.ts";
import { ALGORITHMS } from "../../oauth-settings.ts";
import { OAuthFailure } from "../../oauth-failure.ts";
import { SigningKeys } from "../../resource/signing-keys.ts";
import { requestToken } from "../../token-endpoint.ts";
import { randomSecret } from "../../token-hash.ts";
import { readAuthorizationAnswer } from "./authorization-answer.ts";
import { authorizationUrl } from "./authorization-request.ts";
import { LOGIN_TRIP, type LoginTrip } from "./record-kinds.ts";
import type { SealedRecords } from "./records.ts";
import type { LoginSettings } from "./settings.ts";

/** How long a browser may be away, in milliseconds. */
const TRIP_LIFE = 600_000;

/** Who signed in, and for which ticket. */
export interface LoggedIn {
  /** As a caller's subject is written. */
  readonly subject: string;
  readonly ticket: string;
}

export class Login {
  readonly #settings: LoginSettings;
  readonly #redirectUri: string;
  readonly #records: SealedRecords;
  readonly #world: McpWorld;
  readonly #servers: AuthorizationServers;
  readonly #client: ClientAuthentication;
  readonly #keys: SigningKeys;

  /** Throws an Error when the client's settings cannot be used. */
  constructor(settings: LoginSettings, redirectUri: string, records: SealedRecords, world: McpWorld) {
    this.#settings = settings;
    this.#redirectUri = redirectUri;
    this.#records = records;
    this.#world = world;
    this.#servers = new AuthorizationServers(world);
    this.#client = clientAuthentication(settings.client, world.clock);
    this.#keys = new SigningKeys(async () => this.#jwksUri(), world);
  }

  /** Where the browser is sent. Rejects with an OAuthFailure. */
  async begin(ticket: string, browser: string): Promise<string> {
    const server = await this.#servers.find(this.#settings.issuer);
    const [state, verifier, nonce] = [randomSecret(), randomSecret(), randomSecret()];
    await this.#records.put(LOGIN_TRIP, state, { ticket, browser, verifier, nonce }, TRIP_LIFE);
    return authorizationUrl(server, {
      clientId: this.#client.id,
      redirectUri: this.#redirectUri,
      scopes: this.#settings.scopes,
      state,
      verifier,
      nonce,
    });
  }

  /** Undefined when the answer is not that to a question of this browser. Rejects with an OAuthFailure. */
  async finish(query: URLSearchParams, browser: string): Promise<LoggedIn | undefined> {
    const trip = await this.#records.take(LOGIN_TRIP, query.get("state") ?? "");
    if (trip === undefined || trip.browser !== browser) return undefined;
    const server = await this.#servers.find(this.#settings.issuer);
    const answer = readAuthorizationAnswer(query, server);
    if (answer === "foreign" || "error" in answer || server.tokenEndpoint === undefined) return undefined;
    const params = {
      grant_type: "authorization_code",
      code: answer.code,
      redirect_uri: this.#redirectUri,
      code_verifier: trip.verifier,
    };
    const { idToken } = await requestToken(server.tokenEndpoint, this.#client, params, this.#world);
    return { subject: await this.#subjectOf(idToken ?? "", trip), ticket: trip.ticket };
  }

  async #subjectOf(idToken: string, { nonce }: LoginTrip): Promise<string> {
    const { issuer, subjectClaim } = this.#settings;
    try {
      const { payload } = await jwtVerify(idToken, (header, input) => this.#keys.get(header, input), {
        issuer,
        audience: this.#client.id,
        algorithms: [...ALGORITHMS],
        currentDate: new Date(this.#world.clock.now()),
        clockTolerance: 30,
        requiredClaims: ["exp", "nonce"],
      });
      const subject = payload[subjectClaim];
      const same = payload["nonce"] === nonce;
      if (same && typeof subject === "string" && subject !== "") return `${issuer}#${subject}`;
    } catch (thrown) {
      if (!(thrown instanceof errors.JOSEError)) throw thrown;
    }
    throw new OAuthFailure("refused", `The ID token of ${issuer} does not hold`);
  }

  async #jwksUri(): Promise<string> {
    const { jwksUri } = await this.#servers.find(this.#settings.issuer);
    if (jwksUri !== undefined) return jwksUri;
    throw new OAuthFailure("refused", `The issuer ${this.#settings.issuer} names no keys`);
  }
}
