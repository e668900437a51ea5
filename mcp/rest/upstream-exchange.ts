import type { McpCall } from "#src/core/mcp/server.ts";
import type { HeaderList } from "#src/core/header-list.ts";
import type { UpstreamCredentials } from "../auth/upstream/credentials.ts";
import type { ApiAnswer } from "./exchange.ts";
import type { PlannedRequest } from "./request.ts";

/** Writes the gateway's credentials over what stands in a request, and answers them. Rejects with an McpError when there are none. */
export async function authorizeUpstream(
  { headers }: PlannedRequest,
  credentials: UpstreamCredentials,
  call: McpCall,
): Promise<readonly string[]> {
  const before = new Set(valuesOf(headers));
  await credentials.authorize(headers, call);
  return valuesOf(headers).filter((value) => !before.has(value));
}

/** Whether an API's answer says that its credentials were not taken, and there may be better ones. The request did nothing then. */
export async function isWorthAnother(
  { status, headers }: ApiAnswer,
  sent: HeaderList,
  credentials: UpstreamCredentials,
  call: McpCall,
): Promise<boolean> {
  if (status !== 401 && status !== 403) return false;
  return credentials.rejected({ status, wwwAuthenticate: headers.get("www-authenticate"), sent }, call);
}

function valuesOf(headers: HeaderList): string[] {
  const values: string[] = [];
  headers.forEach((value) => void values.push(value));
  return values;
}
