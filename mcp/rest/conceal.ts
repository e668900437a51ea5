import type { Json } from "#src/core/json.ts";

/** Shorter ones are no secrets, and would be found everywhere. */
const SHORTEST = 6;

/** A value without the credentials that were sent: an API that echoes a request must not tell them to the model. */
export function concealed<T extends Json>(value: T, credentials: readonly string[]): T {
  const secrets = credentials
    .flatMap((credential) => [credential, credential.replace(/^(?:Bearer|Basic)\s+/i, "")])
    .filter((secret) => secret.length >= SHORTEST);
  return secrets.length === 0 ? value : (without(value, secrets) as T);
}

function without(value: Json, secrets: readonly string[]): Json {
  if (typeof value === "string")
    return secrets.reduce((text, secret) => (text.includes(secret) ? text.replaceAll(secret, "***") : text), value);
  if (Array.isArray(value)) return value.map((item) => without(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, without(member, secrets)]));
}
