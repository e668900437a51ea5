/** The SSE id of an event: its stream's name, a dot, and its entry in the stream's log. Before the dot alone it is the stream's begin. */
export interface EventId {
  readonly stream: string;
  /** Undefined: the begin. */
  readonly entry: string | undefined;
}

export function formatEventId({ stream, entry = "" }: EventId): string {
  return `${stream}.${entry}`;
}

/** Undefined for what no stream ever gave, such as a `Last-Event-ID` that somebody made up. */
export function parseEventId(text: string): EventId | undefined {
  const [, stream, entry] = /^([\w-]{1,64})\.([\w-]{0,64})$/.exec(text) ?? [];
  if (stream === undefined) return undefined;
  return { stream, entry: entry === "" ? undefined : entry };
}
