import type { LogEntry, Store } from "../core/store.ts";
import { type EventId, formatEventId } from "./event-id.ts";

/** An event of a stream. */
export interface LogEvent {
  readonly id: string;
  readonly message: string;
}

/** Events that follow each other. */
export interface LogPage {
  readonly events: readonly LogEvent[];
  /** The id to read on from. */
  readonly cursor: string;
  /** The stream ended: nothing follows. */
  readonly last: boolean;
  /** There may be more at once. */
  readonly full: boolean;
}

/** An entry is a message behind this, */
const MESSAGE = "m";
/** or the stream's end, */
const END = "e";
/** or a mark, which only has an id. */
export const MARK = "";

/** Messages as entries of a log. */
export function written(messages: readonly string[], last: boolean): readonly string[] {
  const values = messages.map((message) => MESSAGE + message);
  return last ? [...values, END] : values;
}

/** At most `limit` entries after `after`; undefined when that is not there. */
export async function readPage(store: Store, key: string, after: EventId, limit: number): Promise<LogPage | undefined> {
  const entries = await store.logRead(key, after.entry, limit);
  if (entries === undefined) return undefined;
  const { stream } = after;
  const cursor = formatEventId({ stream, entry: entries.at(-1)?.id ?? after.entry });
  const events = entries.filter(isMessage).map(({ id, value }) => ({
    id: formatEventId({ stream, entry: id }),
    message: value.slice(MESSAGE.length),
  }));
  return { events, cursor, last: entries.at(-1)?.value === END, full: entries.length === limit };
}

function isMessage({ value }: LogEntry): boolean {
  return value.startsWith(MESSAGE);
}
