/** Ids of tool calls that Claude accepts; other vendors' ids may hold anything. */
const ALLOWED = /^[a-zA-Z0-9_-]+$/;

const PREFIX = "sluice_";

/**
 * An id as Claude accepts it: kept when it is one, else written as `sluice_` and its UTF-8 in base64url, so that {@link fromClaudeId}
 * finds the original again when a client sends it back, on whichever replica.
 */
export function toClaudeId(id: string): string {
  if (ALLOWED.test(id) && !id.startsWith(PREFIX)) return id;
  let binary = "";
  for (const byte of new TextEncoder().encode(id)) binary += String.fromCharCode(byte);
  return PREFIX + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The inverse of {@link toClaudeId}; ids it did not make come back as they are. */
export function fromClaudeId(id: string): string {
  if (!id.startsWith(PREFIX)) return id;
  try {
    const binary = atob(id.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return id;
  }
}
