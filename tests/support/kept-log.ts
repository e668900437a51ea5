import type { Log } from "#src/core/log.ts";

/** A log, and its lines so far. */
export function keptLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const writing =
    (level: keyof Log): Log["info"] =>
    (message, fields) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  return { log: { info: writing("info"), warn: writing("warn"), error: writing("error") }, lines };
}
