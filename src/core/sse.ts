/** One event of a `text/event-stream`, as the WHATWG HTML standard dispatches it (section 9.2.6); `event` is `""` when none was named. */
export interface SseEvent {
  readonly event: string;
  readonly data: string;
}

/** One event to be written; without `event` no `event:` line is written. A frame with `comment` is a keep-alive. */
export type SseFrame = { readonly event?: string; readonly data: string } | { readonly comment: string };

/** A frame's bytes as text. `data` must hold no line break: JSON never does. */
export function formatSse(frame: SseFrame): string {
  if ("comment" in frame) return `: ${frame.comment}\n\n`;
  if (frame.event === undefined) return `data: ${frame.data}\n\n`;
  return `event: ${frame.event}\ndata: ${frame.data}\n\n`;
}
