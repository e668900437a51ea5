/**
 * The one door for state that crosses requests. Memory by default; with Redis the replicas of a gateway share it. Keys are plain text and
 * get the deployment's prefix from the implementation. Every method rejects with an Error whose message holds no secret when the store
 * cannot be reached; callers decide whether to go on without.
 */
export interface Store {
  /** The value, or undefined when there is none or its time is over. */
  get(key: string): Promise<string | undefined>;
  /** Without `ttl` (milliseconds) the value stays until deleted. */
  set(key: string, value: string, ttl?: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** Adds `by` to a counter that starts at 0 and lives `ttl` milliseconds from its first increment; answers the new value. */
  increment(key: string, by: number, ttl: number): Promise<number>;
  /** Adds `values` to the end of a list, whose life of `ttl` milliseconds begins anew. A key holds a value or a list, never one after the other. */
  append(key: string, values: readonly string[], ttl: number): Promise<void>;
  /** A list's values in their order; empty for a list that is not there. */
  list(key: string): Promise<readonly string[]>;
  /** Takes what equals `value` out of a list. */
  remove(key: string, value: string): Promise<void>;
  /** Tells every replica's subscribers of `channel`, this one's included. At most once: a replica that is away misses it. */
  publish(channel: string, message: string): Promise<void>;
  /** Calls `receive` for each message until the returned function is called. */
  subscribe(channel: string, receive: (message: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
