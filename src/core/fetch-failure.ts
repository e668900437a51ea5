/** How far a request came that fetch rejected: `connect`, and nothing was sent; or `reset`, and something may have been. */
export type FetchFailure = "connect" | "reset";

/** Bun's and Node's codes for connections that did not come about; those of TLS have a common beginning each. */
const NOT_CONNECTED =
  /^(?:ECONNREFUSED|ConnectionRefused|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|EADDRNOTAVAIL|ETIMEDOUT|FailedToOpenSocket|PROXY_REFUSED|HTTP2_REFUSED_STREAM|HTTP2_GOAWAY|ERR_TLS\w*|ERR_SSL\w*|CERT_\w+|UNABLE_TO_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+)$/;

/** Deno tells only in words. */
const DENO_CONNECT = /client error \(Connect\)|are blocked/;

/** Reads what fetch was rejected with. What is unknown counts as `reset`, since a repeated request might then be done twice. */
export function classifyFailure(error: unknown): FetchFailure {
  if (typeof error !== "object" || error === null) return "reset";
  const { code, message, cause } = error as { code?: unknown; message?: unknown; cause?: unknown };
  if (typeof code === "string" && NOT_CONNECTED.test(code)) return "connect";
  if (typeof message === "string" && DENO_CONNECT.test(message)) return "connect";
  return cause === undefined ? "reset" : classifyFailure(cause);
}

/** The same for the log. Deno puts the URL into its messages, and a URL's query may hold a key. */
export function failureDetail(error: unknown): string {
  if (!(error instanceof Error)) return "unknown failure";
  const { code } = error as { code?: unknown };
  const cause = error.cause instanceof Error ? ` (${failureDetail(error.cause)})` : "";
  return typeof code === "string" ? code : error.message.replaceAll(/\b(?:https?|wss?):\/\/[^\s)]+/g, "<url>") + cause;
}
