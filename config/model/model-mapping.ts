import { z } from "zod";
import { anyText, regexComplaint } from "#src/core/settings/scalars.ts";

/** Model names to others, by the patterns of `core/pattern.ts`. */
export type ModelMapping = Readonly<Record<string, string>>;

/** `modelMapping`, of a provider or of a route's upstream. */
export const modelMapping: z.ZodType<ModelMapping> = z
  .record(
    z.string(),
    anyText("The model to ask the provider for; empty: the name asked for; $1 is a regex' first group."),
  )
  .superRefine((mapping, context) => {
    for (const pattern of Object.keys(mapping)) {
      const complaint = pattern.startsWith("~") ? regexComplaint(pattern.slice(1)) : undefined;
      if (complaint === undefined) continue;
      const { message, hint } = complaint;
      context.addIssue({
        code: "custom",
        path: [pattern],
        message: `the pattern ${message}`,
        params: { hint, atKey: true },
      });
    }
  })
  .describe("Model names: exact, abc* prefix, ~regex, or *; the first kind that fits wins, in this order.");
