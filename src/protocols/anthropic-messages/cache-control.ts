import type { CacheControl } from "../../core/chat.ts";
import { isObject, type Json } from "../../core/json.ts";

/** A cache mark the canonical form can say whole; undefined for one with more in it, which then rides along in `rest`. */
export function decodeCacheControl(value: Json | undefined): CacheControl | undefined {
  if (!isObject(value) || value.type !== "ephemeral") return undefined;
  for (const key of Object.keys(value)) if (key !== "type" && key !== "ttl") return undefined;
  const ttl = value.ttl ?? undefined;
  if (ttl === undefined) return { type: "ephemeral" };
  return typeof ttl === "string" ? { type: "ephemeral", ttl } : undefined;
}
