import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from "@modelcontextprotocol/sdk/shared/auth.js";

/** What an MCP client of the official SDK remembers while its user signs in. Nothing is asked of anybody until the client needs a token. */
export class MemoryClient implements OAuthClientProvider {
  readonly redirectUrl: string;
  /** Where the client sent its user last, and how often it did. */
  readonly sentTo: URL[] = [];
  readonly #id: string;
  #tokens: OAuthTokens | undefined;
  #verifier = "";

  /** `id` is that of a client that is registered already. */
  constructor(redirectUrl: string, id: string) {
    this.redirectUrl = redirectUrl;
    this.#id = id;
  }

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: "Test client",
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
  }

  clientInformation(): OAuthClientInformationMixed {
    return { client_id: this.#id };
  }

  tokens(): OAuthTokens | undefined {
    return this.#tokens;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.#tokens = tokens;
  }

  redirectToAuthorization(url: URL): void {
    this.sentTo.push(url);
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }
}
