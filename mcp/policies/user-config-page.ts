import type { Exchange } from "#src/core/exchange.ts";
import { Fault } from "#src/core/fault.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { matchPath } from "#src/core/mcp/path.ts";
import type { McpPage } from "#src/core/mcp/page.ts";
import { isInternal } from "#src/core/network/ranges.ts";
import { configIn, isUserId, type UserConfigs } from "./user-config.ts";

/** Bytes of the settings of one user. */
const LIMIT = 64 * 1024;

/**
 * The page where a user's settings are kept: `GET` and `POST …/{uid}/config`, with bodies and answers as Higress has them. Only for what
 * runs in a network of one's own: the peer, and every address that `x-forwarded-for` names, must be internal, and no page of a browser
 * is let in. A load balancer that tells nothing of its clients must not lead here.
 */
export function userConfigPage(path: string, configs: UserConfigs): McpPage {
  return {
    path,
    async handle(exchange) {
      if (!isFromInside(exchange)) return failure(403, "FORBIDDEN", "This address is for internal clients.");
      const user = matchPath(path, exchange.path)?.["uid"] ?? "";
      if (!isUserId(user)) return failure(400, "INVALID_PATH", "The path names no user.");
      const { method } = exchange.request;
      if (method !== "GET" && method !== "POST") {
        return failure(405, "METHOD_NOT_ALLOWED", "This address takes GET and POST.", { allow: "GET, POST" });
      }
      try {
        return method === "GET" ? await shown(configs, user) : await stored(configs, user, exchange);
      } catch (thrown) {
        if (thrown instanceof Fault) return failure(thrown.status, "INVALID_REQUEST", thrown.message);
        return failure(503, "CONFIG_ERROR", "The settings cannot be reached now.", { "retry-after": "5" });
      }
    },
  };
}

function isFromInside({ request: { headers }, connection: { remoteAddress } }: Exchange): boolean {
  // A browser says where the page comes from; none has business here, and one inside could be led by a page from outside.
  if (headers.has("origin")) return false;
  const forwarded = headers.get("x-forwarded-for")?.split(",") ?? [];
  return remoteAddress !== undefined && [remoteAddress, ...forwarded].every((address) => isInternal(address.trim()));
}

async function shown(configs: UserConfigs, user: string): Promise<Response> {
  const config = await configs.get(user);
  if (config === undefined) return failure(404, "CONFIG_NOT_FOUND", "Nothing is kept for this user.");
  return answer(200, { success: true, config: { ...config } });
}

async function stored(configs: UserConfigs, user: string, exchange: Exchange): Promise<Response> {
  const config = configIn(bodyIn(await exchange.body.bytes(LIMIT)));
  if (config === undefined) {
    return failure(400, "INVALID_REQUEST", 'The body must be {"config": {…}} with texts as values.');
  }
  await configs.set(user, config);
  return answer(200, { success: true });
}

function bodyIn(bytes: Uint8Array): unknown {
  try {
    const body: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isObject(body) ? body["config"] : undefined;
  } catch {
    return undefined;
  }
}

function failure(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return answer(status, { success: false, error: { code, message } }, headers);
}

/** Settings are credentials: nobody on the way keeps them. */
function answer(status: number, body: JsonObject, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });
}
