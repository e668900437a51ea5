import { z } from "zod";
import { integer, kindOf, Complaint, regexComplaint, scalar } from "#src/core/settings/scalars.ts";
import { makes } from "#src/core/settings/shapes.ts";

/** One's own knowledge of a model: US dollars for a million tokens, and its context window in tokens. */
export interface PriceConfig {
  readonly input?: number;
  readonly output?: number;
  readonly cachedInput?: number;
  readonly cacheWrite?: number;
  readonly contextWindow?: number;
}

function dollars(description: string): z.ZodType<number> {
  const read = (value: unknown): number | Complaint => {
    const number = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    if (typeof number !== "number") return new Complaint(`must be a number of dollars, not ${kindOf(value)}`);
    return Number.isFinite(number) && number >= 0 ? number : new Complaint("must be at least 0");
  };
  return scalar(read, {
    description: `${description} In US dollars for a million tokens.`,
    anyOf: [
      { type: "number", minimum: 0 },
      { type: "string", pattern: "^\\d+(\\.\\d+)?$|^\\$\\{" },
    ],
  });
}

const price: z.ZodType<PriceConfig> = makes<PriceConfig>()(
  z
    .strictObject({
      input: dollars("Of input tokens.").exactOptional(),
      output: dollars("Of output tokens.").exactOptional(),
      cachedInput: dollars("Of input tokens read from a cache; as input when left out.").exactOptional(),
      cacheWrite: dollars("Of input tokens written to a cache; as input when left out.").exactOptional(),
      contextWindow: integer("The most tokens of a conversation.", 1).exactOptional(),
    })
    .superRefine((written, context) => {
      const { input, output, cachedInput, cacheWrite } = written;
      const priced = [input, output, cachedInput, cacheWrite].some((value) => value !== undefined);
      if (!priced || (input !== undefined && output !== undefined)) return;
      context.addIssue({ code: "custom", message: "a price needs both input and output" });
    }),
);

/** `prices`: by model pattern, in the order written. */
export const prices: z.ZodType<Readonly<Record<string, PriceConfig>>> = z
  .record(z.string(), price)
  .superRefine((written, context) => {
    for (const pattern of Object.keys(written)) {
      const complaint = pattern.startsWith("~") ? regexComplaint(pattern.slice(1)) : undefined;
      if (complaint === undefined) continue;
      const { message, hint } = complaint;
      const params = { hint, atKey: true };
      context.addIssue({ code: "custom", path: [pattern], message: `the pattern ${message}`, params });
    }
  })
  .describe("Prices and context windows over the published ones, by model pattern, or by provider/model.");
