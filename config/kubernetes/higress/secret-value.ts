import { Buffer } from "node:buffer";
import { isMapping } from "../../check-values.ts";
import type { Resource } from "../resource.ts";

/** What a Secret says under a key, as text; undefined when it has no such key, or what is there is no text. */
export function secretValue(secret: Resource, key: string): string | undefined {
  const plain = field(secret["stringData"], key);
  if (plain !== undefined) return plain;
  const encoded = field(secret.data, key);
  if (encoded === undefined || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What a ConfigMap says under a key. */
export function configMapValue(configMap: Resource, key: string): string | undefined {
  return field(configMap.data, key);
}

function field(data: unknown, key: string): string | undefined {
  if (!isMapping(data) || !Object.hasOwn(data, key)) return undefined;
  const value = data[key];
  return typeof value === "string" ? value : undefined;
}
