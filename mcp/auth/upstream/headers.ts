import type { UpstreamCredentials } from "./credentials.ts";

/** Headers that do not change, such as an API key. Throws an Error for what no header may be. */
export function headerCredentials(headers: Readonly<Record<string, string>>): UpstreamCredentials {
  for (const [name, value] of Object.entries(headers)) check(name, value);
  const lines = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    contextOf: () => "",
    authorize(sink) {
      for (const [name, value] of lines) sink.set(name, value);
      return undefined;
    },
    rejected: async () => false,
    close() {},
  };
}

function check(name: string, value: string): void {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new Error("A name among the 'headers' cannot be a header's.");
  // The value is a secret, so it is not quoted.
  if (!/^[\x20-\x7e\x80-\xff\t]*$/.test(value))
    throw new Error(`The header '${name}' has a value that cannot be sent.`);
}
