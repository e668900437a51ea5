import type { ServerMetadata } from "../../authorization-server.ts";

/** What an authorization server sent a browser back with. */
export type AuthorizationAnswer =
  | { readonly code: string }
  /** An error code of OAuth's; empty when it is no word that can be shown. */
  | { readonly error: string }
  /** The answer is another server's, or cannot be told to be this one's: nothing of it may be used or shown. */
  | "foreign";

/** Reads the query of a redirect URI, its `state` known already (RFC 6749, section 4.1.2; RFC 9207, section 2.4). */
export function readAuthorizationAnswer(query: URLSearchParams, server: ServerMetadata): AuthorizationAnswer {
  const iss = query.get("iss");
  if (iss === null ? server.issuesIss : iss !== server.issuer) return "foreign";
  const code = query.get("code");
  if (code !== null && code !== "" && code.length <= 4096 && !query.has("error")) return { code };
  const error = query.get("error") ?? "";
  return { error: /^[a-z_]{1,40}$/.test(error) ? error : "" };
}
