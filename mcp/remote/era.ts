import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES } from "#src/core/mcp/messages.ts";
import { isLegacy, isModern } from "#src/core/mcp/versions.ts";
import { HttpRefusal } from "./http-failure.ts";
import { ServerError } from "./rpc-message.ts";

/** Whether a server is stateless (2026-07-28) or has sessions that begin with `initialize`. */
export type Era = "modern" | "legacy";

/** What the answer to `server/discover` shows; undefined when it shows neither. */
export function eraOfDiscovery({ supportedVersions }: JsonObject): Era | undefined {
  return eraOfVersions(supportedVersions) ?? (supportedVersions === undefined ? "legacy" : undefined);
}

/** What a failure of `server/discover` shows; undefined when it only shows that something is wrong just now. */
export function eraOfFailure(error: unknown): Era | undefined {
  // Whatever failed before the server answered, such as getting credentials, says nothing of it.
  if (!(error instanceof ServerError || error instanceof HttpRefusal)) return undefined;
  if (error.code === ERROR_CODES.unsupportedVersion) {
    return eraOfVersions(isObject(error.data) ? error.data["supported"] : undefined);
  }
  if (error.code === ERROR_CODES.headerMismatch || error.code === ERROR_CODES.missingCapability) return "modern";
  // Every server of the newest revision answers `server/discover`; one that does not know it, or wants a session first, is older.
  return error instanceof ServerError || error.formal ? "legacy" : undefined;
}

function eraOfVersions(versions: JsonObject[string] | undefined): Era | undefined {
  if (!Array.isArray(versions)) return undefined;
  const names = versions.filter((version) => typeof version === "string");
  if (names.some(isModern)) return "modern";
  return names.some(isLegacy) ? "legacy" : undefined;
}
