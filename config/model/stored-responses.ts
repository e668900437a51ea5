import { z } from "zod";
import { duration, size } from "#src/core/settings/scalars.ts";
import { makes } from "#src/core/settings/shapes.ts";

/** How answers of OpenAI's Responses, and conversations, are kept for providers that keep none; `false`: not at all. */
export type StoredResponsesConfig = false | { readonly ttl: number; readonly maxSize: number };

/** `storedResponses`. */
export const storedResponses: z.ZodType<StoredResponsesConfig> = z.union([
  z.literal(false),
  makes<Exclude<StoredResponsesConfig, false>>()(
    z.strictObject({
      ttl: duration("How long an answer is kept, and a conversation after its last change.", 1000).prefault("7d"),
      maxSize: size(
        "The largest answer that is kept, with all that came before it; a conversation's likewise.",
      ).prefault("4MiB"),
    }),
  ),
]);
