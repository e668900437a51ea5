import type { HeaderSink } from "#src/core/header-list.ts";
import { Fault } from "#src/core/fault.ts";
import type { Credential, ProviderSettings } from "#src/core/provider.ts";

/** Throws when a token cannot stand in a header, without repeating it. */
export function checkTokens({ apiTokens }: ProviderSettings): void {
  const wrong = apiTokens.findIndex((token) => !/^[\x21-\x7e]+$/.test(token));
  if (wrong < 0) return;
  throw new Error(
    `apiTokens[${wrong}] is empty or holds a space, a line break or another character no header may hold.`,
  );
}

/** Sets `name` to the secret behind `scheme`; without a credential the header stays unset. */
export function setSecret(headers: HeaderSink, name: string, scheme: string, credential: Credential | undefined): void {
  if (credential === undefined) return;
  try {
    headers.set(name, scheme + credential.secret);
  } catch {
    // The engine's own message repeats the value.
    throw new Fault("no_credential", "A credential of this provider cannot be sent.", { retryable: true });
  }
}
