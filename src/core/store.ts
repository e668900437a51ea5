/** An entry of a log. */
export interface LogEntry {
  /** Names the entry in its log. Never given again, not even after the store has lost everything it held. */
  readonly id: string;
  readonly value: string;
}

/** Names an addition to a log, so that it can be repeated. */
export interface LogBatch {
  /** Random. */
  readonly id: string;
  /** It was tried before, and nobody knows what became of it: when it was made, its ids are answered and nothing is added. */
  readonly again: boolean;
}

/** How entries are added to a log. */
export interface LogAppend {
  /** At least so many of the newest entries stay; older ones may go. */
  readonly maxLength: number;
  /** Milliseconds; the log's life begins anew. */
  readonly ttl: number;
  readonly batch?: LogBatch;
  /** Published in the same step, once the entries can be read. */
  readonly wake?: { readonly channel: string; readonly message: string };
}

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
  /** Sets the value where there is none, in one step; false when there is one. */
  setIfAbsent(key: string, value: string, ttl?: number): Promise<boolean>;
  delete(key: string): Promise<void>;
  /** Begins the life of a value, a list or a log anew; false when it is not there. */
  touch(key: string, ttl: number): Promise<boolean>;
  /** Adds `by` to a counter that starts at 0 and lives `ttl` milliseconds from its first increment; answers the new value. */
  increment(key: string, by: number, ttl: number): Promise<number>;
  /** Adds `values` to the end of a list, whose life of `ttl` milliseconds begins anew. A key holds a value, a list or a log, never one after the other. */
  append(key: string, values: readonly string[], ttl: number): Promise<void>;
  /** A list's values in their order; empty for a list that is not there. */
  list(key: string): Promise<readonly string[]>;
  /** Takes what equals `value` out of a list. */
  remove(key: string, value: string): Promise<void>;
  /** Adds to the end of a log, all values in a row; answers their ids. */
  logAppend(key: string, values: readonly string[], options: LogAppend): Promise<readonly string[]>;
  /**
   * At most `limit` entries in their order: those after the entry `after`, or from the oldest that is left. Undefined when `after` is not
   * there: it has gone, with others perhaps that were never read, or never was.
   */
  logRead(key: string, after: string | undefined, limit: number): Promise<readonly LogEntry[] | undefined>;
  /** Tells every replica's subscribers of `channel`, this one's included. At most once: a replica that is away misses it. */
  publish(channel: string, message: string): Promise<void>;
  /**
   * Calls `receive` for each message until the returned function is called, and `regained` whenever the store is heard again after a
   * loss: messages may have been missed by then.
   */
  subscribe(channel: string, receive: (message: string) => void, regained?: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
