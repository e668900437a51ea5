/** The sizes of what is measured, shared by the upstream, the load client and the runner. */

/** Events of one paced stream, its terminator not counted, and the milliseconds between them. */
export const PACED_EVENTS = 80;
export const PACED_INTERVAL = 20;
/** Paced streams open at once. */
export const PACED_STREAMS = 64;
/** Bytes the flood offers to a reader that does not take them: 1 GiB. */
export const FLOOD_BYTES: number = 2 ** 30;

/** What a client can ask the fake upstream for, by the model's name. */
export const KINDS = ["json", "paced", "idle", "flood"] as const;

/** One of {@link KINDS}. */
export type Kind = (typeof KINDS)[number];

/** The wire a client speaks. */
export type Wire = "openai" | "claude";
