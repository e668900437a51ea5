import type { Clock } from "../core/clock.ts";

/** Milliseconds that a configuration waits for a module that it can do without. */
const PATIENCE = 2000;

/** What is known of an entry before it is loaded. */
interface Wanted {
  readonly required: boolean;
}

/** What became of an entry that did not come at once. */
interface Late<Kind> {
  kind?: Kind;
  /** Of the last time it was loaded. */
  error?: unknown;
  loading: boolean;
}

/**
 * Loads what is not required without holding configurations up: only the first one waits, and not for long. What did not come, or not in
 * time, is told at once from then on while it is loaded behind; whoever asks after that gets it.
 */
export function patientLoader<E extends Wanted, Kind>(
  load: (entry: E) => Promise<Kind>,
  clock: Clock,
): (entry: E) => Promise<Kind> {
  const known = new Map<string, Late<Kind>>();
  const begin = async (entry: E, late: Late<Kind>): Promise<void> => {
    late.loading = true;
    try {
      late.kind = await load(entry);
    } catch (error) {
      late.error = error;
    }
    late.loading = false;
  };
  return async (entry) => {
    if (entry.required) return load(entry);
    const key = JSON.stringify(entry);
    let late = known.get(key);
    if (late === undefined) {
      known.set(key, (late = { loading: false }));
      await inTime(begin(entry, late), clock);
    } else if (!late.loading && late.kind === undefined) void begin(entry, late);
    const { kind, error = new Error("its module is still being fetched") } = late;
    if (kind === undefined) throw error;
    known.delete(key);
    return kind;
  };
}

function inTime(done: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(PATIENCE, resolve);
    void done.then(() => {
      cancel();
      resolve();
    });
  });
}
