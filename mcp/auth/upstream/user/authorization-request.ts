import type { ServerMetadata } from "../../authorization-server.ts";
import { OAuthFailure } from "../../oauth-failure.ts";
import { hashOf } from "../../token-hash.ts";

/** What an authorization request says (RFC 6749, section 4.1.1, with RFC 7636 and RFC 8707). */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly verifier: string;
  readonly resource?: string;
  readonly nonce?: string;
}

/**
 * The URL that a browser is sent to. Rejects with an OAuthFailure when the server does not say that it knows PKCE with S256: MCP's clients
 * must not go on then.
 */
export async function authorizationUrl(server: ServerMetadata, request: AuthorizationRequest): Promise<string> {
  const { authorizationEndpoint, codeChallengeMethods, issuer } = server;
  if (authorizationEndpoint === undefined || !codeChallengeMethods.includes("S256")) {
    throw new OAuthFailure("refused", `The authorization server ${issuer} does not offer PKCE with S256`);
  }
  const url = new URL(authorizationEndpoint);
  const params: Readonly<Record<string, string | undefined>> = {
    response_type: "code",
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    scope: request.scopes.join(" ") || undefined,
    state: request.state,
    code_challenge: await hashOf(request.verifier),
    code_challenge_method: "S256",
    resource: request.resource === "" ? undefined : request.resource,
    nonce: request.nonce,
    // OpenID Connect gives refresh tokens with the user's consent alone.
    prompt: request.scopes.includes("offline_access") ? "consent" : undefined,
  };
  for (const [name, value] of Object.entries(params)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}
