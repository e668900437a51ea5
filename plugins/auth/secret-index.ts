/**
 * Consumers by the SHA-256 of what they show. What is compared is a digest: how long it takes tells nothing of a secret.
 */
export class SecretIndex {
  readonly #names: ReadonlyMap<string, string>;

  private constructor(names: ReadonlyMap<string, string>) {
    this.#names = names;
  }

  /** Throws an Error when two have the same secret. */
  static async of(secrets: readonly (readonly [secret: string, name: string])[]): Promise<SecretIndex> {
    const names = new Map<string, string>();
    for (const [secret, name] of secrets) {
      const key = await digest(secret);
      if (names.has(key)) throw new Error(`the consumer '${name}' has the credential of '${names.get(key)}'`);
      names.set(key, name);
    }
    return new SecretIndex(names);
  }

  async nameOf(secret: string): Promise<string | undefined> {
    return this.#names.get(await digest(secret));
  }
}

async function digest(secret: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  return new Uint8Array(bytes).toHex();
}
