/** Damage and quirks to give a script's `edit`: each takes the frames of a stream and answers those to send. */

type Edit = (frames: readonly string[]) => readonly string[];

/** Without `[DONE]` or `message_stop`: complete all the same. */
export const withoutTerminator: Edit = (frames) => frames.slice(0, -1);

/** Ends cleanly after so many frames, long before the finish reason. */
export function endingAfter(count: number): Edit {
  return (frames) => frames.slice(0, count);
}

/** With one event in the middle that is no JSON. */
export const withMalformedEvent: Edit = (frames) => {
  const middle = Math.floor(frames.length / 2);
  return [...frames.slice(0, middle), 'data: {"broken\n\n', ...frames.slice(middle)];
};

/** Lines ended by CR LF. */
export const withCrLf: Edit = (frames) => frames.map((frame) => frame.replaceAll("\n", "\r\n"));

/** A comment before each event. */
export const withComments: Edit = (frames) => frames.flatMap((frame) => [": keep-alive\n\n", frame]);

/** With frames of the test's own after so many of the stream's. */
export function inserting(after: number, ...extra: string[]): Edit {
  return (frames) => [...frames.slice(0, after), ...extra, ...frames.slice(after)];
}

/** The first `after` frames and then these, nothing else. */
export function endingWith(after: number, ...extra: string[]): Edit {
  return (frames) => [...frames.slice(0, after), ...extra];
}
