import { isObject, type Json } from "#src/core/json.ts";
import { META } from "#src/core/mcp/messages.ts";
import { isLegacy } from "#src/core/mcp/versions.ts";

/**
 * The era of a request. A client that names a stateless version, in its header or its body, is of that era; so is one that names a version
 * nobody knows without having a session, for it can be told which versions there are. `initialize` and sessions belong to the other.
 */
export function eraOf(headers: Headers, value: Json = null): "modern" | "legacy" {
  if (saysVersion(value)) return "modern";
  const version = headers.get("mcp-protocol-version");
  if (version === null || isLegacy(version)) return "legacy";
  const initializes = isObject(value) && value["method"] === "initialize";
  return initializes ? "legacy" : "modern";
}

/** A body of the stateless era says its version in `_meta`. */
function saysVersion(value: Json): boolean {
  const params = isObject(value) ? value["params"] : undefined;
  const meta = isObject(params) ? params["_meta"] : undefined;
  return isObject(meta) && meta[META.protocolVersion] !== undefined;
}
