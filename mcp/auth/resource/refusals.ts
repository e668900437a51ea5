import { McpRefusal } from "#src/core/mcp/policy.ts";
import { bearerChallenge } from "../challenge.ts";
import { metadataUrl } from "./place.ts";

/** The answers of OAuth's resource servers (RFC 6750, section 3.1) with what MCP adds. */

/** No token was shown. */
export function tokenNeeded(resource: string, scopes: readonly string[]): McpRefusal {
  return refusal(401, "An access token is needed.", { resource, scopes });
}

/** The token is not taken; `why` is told to the client. */
export function tokenRefused(resource: string, scopes: readonly string[], why: string): McpRefusal {
  return refusal(401, why, { resource, scopes, error: "invalid_token" });
}

/** The token allows too little; `needed` is all that this request needs. */
export function scopesMissing(resource: string, needed: readonly string[]): McpRefusal {
  const why = "The access token does not allow this request.";
  return refusal(403, why, { resource, scopes: needed, error: "insufficient_scope" });
}

/** A token where none may be. */
export function misplacedToken(resource: string): McpRefusal {
  const why = "Access tokens are taken from the Authorization header alone.";
  return refusal(400, why, { resource, scopes: [], error: "invalid_request" });
}

/** Whether the token holds cannot be told now. */
export function issuerAway(): McpRefusal {
  return new McpRefusal(503, "The authorization server cannot be asked now.", { "retry-after": "5" });
}

interface Challenge {
  readonly resource: string;
  readonly scopes: readonly string[];
  readonly error?: string;
}

function refusal(status: number, why: string, { resource, scopes, error }: Challenge): McpRefusal {
  const challenge = bearerChallenge({
    error,
    error_description: error === undefined ? undefined : why,
    scope: scopes.join(" "),
    resource_metadata: URL.canParse(resource) && /^https?:/.test(resource) ? metadataUrl(resource) : undefined,
  });
  return new McpRefusal(status, why, { "www-authenticate": challenge });
}
