/** Where a session's state is in the store. The braces keep it on one node of a Redis Cluster. */
export interface SessionKeys {
  /** Where followers are woken, by the words of {@link wakeOf}. */
  readonly channel: string;
  readonly log: (stream: string) => string;
  /** Who follows a stream. */
  readonly holder: (stream: string) => string;
  /** Where the last follower was when it left. */
  readonly left: (stream: string) => string;
  readonly claim: (name: string) => string;
}

export function sessionKeys(id: string): SessionKeys {
  const session = `session:{${id}}`;
  return {
    channel: session,
    log: (stream) => `${session}:log:${stream}`,
    holder: (stream) => `${session}:holder:${stream}`,
    left: (stream) => `${session}:left:${stream}`,
    claim: (name) => `${session}:claim:${name}`,
  };
}

/** What followers are told on a session's channel. */
export const wakeOf = {
  /** A stream's log changed. */
  entries: (stream: string): string => stream,
  /** A stream has another follower. */
  holder: (stream: string): string => `${stream}!`,
};

/** A name as part of a key: what is long, as clients may make it, is told by its digest. */
export async function digested(name: string): Promise<string> {
  if (name.length <= 64) return name;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name));
  return `sha256:${new Uint8Array(digest).toBase64()}`;
}
