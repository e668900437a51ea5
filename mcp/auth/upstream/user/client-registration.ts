/** Who the gateway is at an upstream's authorization server, in MCP's order: registered beforehand, by its metadata's URL, by asking. */
import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { ServerMetadata } from "../../authorization-server.ts";
import { fetchJson } from "../../json-fetch.ts";
import { OAuthFailure } from "../../oauth-failure.ts";
import type { ClientSettings } from "../../oauth-settings.ts";
import { SingleFlight } from "../../single-flight.ts";
import { type KeptClient, REGISTERED_CLIENT } from "./record-kinds.ts";
import type { SealedRecords } from "./records.ts";

/** What the gateway says of itself. */
export interface GatewayClient {
  readonly name: string;
  readonly uri: string;
  readonly redirectUri: string;
  /** Where its metadata is served. */
  readonly documentUrl: string;
}

/** The client's metadata (RFC 7591), which is also the document at its URL. */
export function clientMetadata({ name, uri, redirectUri }: GatewayClient): Readonly<Record<string, unknown>> {
  return {
    client_name: name,
    client_uri: uri,
    redirect_uris: [redirectUri],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  };
}

/** How long a registration without an end is kept, in milliseconds. */
const KEPT = 2_000_000_000;

/** Finds the gateway's client at each authorization server. */
export class ClientRegistrations {
  readonly #configured: ClientSettings | undefined;
  readonly #self: GatewayClient;
  readonly #records: SealedRecords;
  readonly #world: McpWorld;
  readonly #flights = new SingleFlight<KeptClient>();

  constructor(configured: ClientSettings | undefined, self: GatewayClient, records: SealedRecords, world: McpWorld) {
    this.#configured = configured;
    this.#self = self;
    this.#records = records;
    this.#world = world;
  }

  /** Rejects with an OAuthFailure when the server takes none of the ways. */
  async clientFor(server: ServerMetadata): Promise<KeptClient> {
    if (this.#configured !== undefined) return { id: this.#configured.id };
    const { documentUrl } = this.#self;
    if (server.clientIdDocuments && documentUrl.startsWith("https:")) return { id: documentUrl, method: "none" };
    return this.#flights.run(server.issuer, () => this.#registered(server));
  }

  /** What the token endpoint is shown for a client that was kept. */
  settingsOf(client: KeptClient): ClientSettings {
    return this.#configured?.id === client.id ? this.#configured : client;
  }

  /** The server does not know the client any more. */
  forget(issuer: string): Promise<void> {
    return this.#records.delete(REGISTERED_CLIENT, this.#idAt(issuer));
  }

  async #registered(server: ServerMetadata): Promise<KeptClient> {
    const id = this.#idAt(server.issuer);
    const known = await this.#records.get(REGISTERED_CLIENT, id);
    if (known !== undefined) return known;
    const { client, life } = await this.#register(server);
    // Of two replicas the first one's client is both's.
    return this.#records.putFirst(REGISTERED_CLIENT, id, client, life);
  }

  /** A client is bound to the server that gave it, and to where it sends its users. */
  #idAt(issuer: string): string {
    return JSON.stringify([issuer, this.#self.redirectUri]);
  }

  async #register(server: ServerMetadata): Promise<{ readonly client: KeptClient; readonly life: number }> {
    const endpoint = server.registrationEndpoint;
    if (endpoint === undefined) {
      const why = `The authorization server ${server.issuer} lets no client register itself: configure 'client'`;
      throw new OAuthFailure("refused", why);
    }
    const loopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(this.#self.redirectUri);
    const body = JSON.stringify({
      ...clientMetadata(this.#self),
      token_endpoint_auth_method: methodAt(server),
      application_type: loopback ? "native" : "web",
    });
    const headers = { "content-type": "application/json" };
    const answer = await fetchJson(
      "The registration endpoint",
      endpoint,
      { method: "POST", headers, body },
      this.#world,
    );
    return clientIn(answer.status, answer.body ?? {}, this.#world.clock.now());
  }
}

/** RFC 8414: a server that says nothing takes client_secret_basic. */
function methodAt({ tokenEndpointAuthMethods: offered }: ServerMetadata): string {
  const wanted = ["none", "client_secret_basic", "client_secret_post"];
  return wanted.find((method) => offered.includes(method)) ?? "client_secret_basic";
}

function clientIn(
  status: number,
  body: Readonly<Record<string, unknown>>,
  now: number,
): { readonly client: KeptClient; readonly life: number } {
  const {
    client_id: id,
    client_secret: secret,
    token_endpoint_auth_method: method,
    client_secret_expires_at: end,
  } = body;
  if (status !== 201 && status !== 200)
    throw new OAuthFailure("refused", `The registration endpoint answered ${status}`);
  if (typeof id !== "string" || id === "") throw new OAuthFailure("refused", "The registration gave no client");
  const life = typeof end === "number" && end > 0 ? Math.min(end * 1000 - now, KEPT) : KEPT;
  if (life <= 0) throw new OAuthFailure("refused", "The registration gave a client that has ended");
  if (typeof secret !== "string" || method === "none") return { client: { id, method: "none" }, life };
  return { client: { id, secret, method: method === "client_secret_post" ? "post" : "basic" }, life };
}
