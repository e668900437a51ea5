import { z } from "zod";
import { duration } from "#src/core/settings/scalars.ts";
import { makes } from "#src/core/settings/shapes.ts";

/** Deadlines of one upstream call in milliseconds; 0 means none, left out means that the next outer level decides. */
export interface Timeouts {
  readonly connect?: number;
  readonly firstByte?: number;
  readonly idle?: number;
  readonly total?: number;
}

/** What holds when neither route nor provider says anything. */
export const DEFAULT_TIMEOUTS: Readonly<Required<Timeouts>> = {
  connect: 10_000,
  firstByte: 600_000,
  idle: 300_000,
  total: 0,
};

/** Deadlines, of a provider or an AI route. */
export const timeouts: z.ZodType<Timeouts> = makes<Timeouts>()(
  z.strictObject({
    connect: duration("The longest wait for a connection; 0: none. Default 10s.").exactOptional(),
    firstByte: duration("The longest wait for the answer's first byte; 0: none. Default 10m.").exactOptional(),
    idle: duration("The longest silence between two chunks; 0: none. Default 5m.").exactOptional(),
    total: duration("The longest time the whole call may take; 0: none. Default 0.").exactOptional(),
  }),
);
