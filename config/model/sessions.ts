import { z } from "zod";
import { checkedText, Complaint } from "#src/core/settings/scalars.ts";
import { list, makes } from "#src/core/settings/shapes.ts";

/** How clients' sessions are sealed. */
export interface SessionsConfig {
  /** Secrets: the first one seals, all open. Empty: one that is made and kept in the store. */
  readonly keys: readonly string[];
}

const SHORTEST = 32;

const key = checkedText({ description: "A random text of at least 32 characters.", minLength: SHORTEST }, (value) =>
  value.length >= SHORTEST
    ? value
    : new Complaint(`must have at least ${SHORTEST} characters`, "as openssl rand -base64 32 makes them"),
);

/** `sessions`. */
export const sessions: z.ZodType<SessionsConfig> = makes<SessionsConfig>()(
  z.strictObject({
    keys: list(
      key,
      "Secrets that seal session ids: the first seals, all open. Left out: one is made and kept in the store.",
    ).prefault([]),
  }),
);
