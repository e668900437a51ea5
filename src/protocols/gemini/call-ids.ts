/** Ids for calls that came without one, as Gemini's did for long. They are told by their prefix and never sent to Gemini. */
const PREFIX = "gcall_";

/** The id of the call at `ordinal`, the same whenever the same answer or conversation is read. `seed` sets apart calls of other answers. */
export function madeUpId(seed: string, ordinal: number): string {
  return `${PREFIX}${seed}_${ordinal}`;
}

/** Whether an id is one of {@link madeUpId}. */
export function isMadeUp(id: string): boolean {
  return id.startsWith(PREFIX);
}
