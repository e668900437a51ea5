import type { Clock } from "../core/clock.ts";
import type { LogAppend, LogBatch, LogEntry } from "../core/store.ts";

interface Entry extends LogEntry {
  readonly batch: string | undefined;
}

interface Log {
  readonly entries: Entry[];
  /** Characters of all values. */
  length: number;
  /** `Clock.monotonic` milliseconds. */
  until: number;
}

/** What an entry costs beside its value, roughly; so that many empty ones count as well. */
const ENTRY_COST = 64;

/** The logs of one process. Bounded: the log written longest ago makes room. */
export class MemoryLogs {
  readonly #logs = new Map<string, Log>();
  readonly #clock: Clock;
  readonly #maxLength: number;
  /** Begins each id, so that those of an earlier process, or of a log that was there before, are known to be no more. */
  readonly #epoch = crypto.randomUUID().slice(0, 8);
  #length = 0;
  #next = 1;
  #appends = 0;

  constructor(clock: Clock, maxLength: number = 2 ** 26) {
    this.#clock = clock;
    this.#maxLength = maxLength;
  }

  append(key: string, values: readonly string[], { maxLength: keep, ttl, batch }: LogAppend): readonly string[] {
    const made = batch?.again === true ? this.#made(key, batch) : [];
    if (values.length === 0 || made.length > 0) return made;
    if (++this.#appends % 1024 === 0) this.#sweep();
    const log = this.#live(key) ?? { entries: [], length: 0, until: 0 };
    // Deleted and set anew, so that the map's order is that of the writes.
    this.#logs.delete(key);
    this.#logs.set(key, log);
    log.until = this.#clock.monotonic() + ttl;
    const ids = values.map((value) => this.#add(log, value, batch));
    // Twice as many before any go: cutting off the front costs as much as is left.
    if (log.entries.length >= keep * 2) this.#cut(log, keep);
    this.#makeRoom(key, log);
    return ids;
  }

  read(key: string, after: string | undefined, limit: number): readonly LogEntry[] | undefined {
    const log = this.#live(key);
    if (after === undefined) return log?.entries.slice(0, limit).map(plain) ?? [];
    const at = log?.entries.findLastIndex(({ id }) => id === after) ?? -1;
    return at < 0 ? undefined : log?.entries.slice(at + 1, at + 1 + limit).map(plain);
  }

  touch(key: string, ttl: number): boolean {
    const log = this.#live(key);
    if (log !== undefined) log.until = this.#clock.monotonic() + ttl;
    return log !== undefined;
  }

  delete(key: string): void {
    this.#length -= this.#logs.get(key)?.length ?? 0;
    this.#logs.delete(key);
  }

  clear(): void {
    this.#logs.clear();
    this.#length = 0;
  }

  #live(key: string): Log | undefined {
    const log = this.#logs.get(key);
    if (log === undefined || log.until > this.#clock.monotonic()) return log;
    this.delete(key);
    return undefined;
  }

  #made(key: string, { id }: LogBatch): readonly string[] {
    return this.#live(key)?.entries.flatMap((entry) => (entry.batch === id ? [entry.id] : [])) ?? [];
  }

  #add(log: Log, value: string, batch: LogBatch | undefined): string {
    const id = `${this.#epoch}-${this.#next++}`;
    log.entries.push({ id, value, batch: batch?.id });
    const length = value.length + ENTRY_COST;
    log.length += length;
    this.#length += length;
    return id;
  }

  #cut(log: Log, keep: number): void {
    const gone = log.entries.splice(0, log.entries.length - keep);
    const length = gone.reduce((sum, { value }) => sum + value.length + ENTRY_COST, 0);
    log.length -= length;
    this.#length -= length;
  }

  #makeRoom(own: string, log: Log): void {
    for (const key of this.#logs.keys()) {
      if (this.#length <= this.#maxLength) return;
      if (key !== own) this.delete(key);
    }
    // Alone it is too long: the newer half stays, until one entry is left.
    while (this.#length > this.#maxLength && log.entries.length > 1) this.#cut(log, log.entries.length >> 1);
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    for (const [key, { until }] of this.#logs) if (until <= now) this.delete(key);
  }
}

function plain({ id, value }: Entry): LogEntry {
  return { id, value };
}
