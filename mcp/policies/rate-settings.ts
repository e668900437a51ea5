import { z } from "zod";
import { anyText, duration, flag, integer, text } from "#src/core/settings/scalars.ts";
import { list, word } from "#src/core/settings/shapes.ts";
import { namePattern } from "./name-pattern.ts";

/** Whose calls are counted together. */
export type CountedBy = "subject" | "consumer" | "ip" | "server";

/** One limit. */
export interface RateRule {
  /** Names its counters; unlike the other rules of its server. */
  readonly id: string;
  /** Patterns of the tools it is for. */
  readonly tools: readonly string[];
  /** Each tool is counted by itself. */
  readonly each: boolean;
  readonly by: CountedBy;
  readonly requests: number;
  /** Milliseconds. */
  readonly per: number;
}

/** The settings of `rateLimit`, whichever way they are written: plain data, by which a reload tells whether they changed. */
export interface RateSettings {
  readonly rules: readonly RateRule[];
  /** Subjects, consumers and users who are not limited. */
  readonly exempt: readonly string[];
  /** Users with settings of their own pay for themselves. */
  readonly exemptOwnConfig: boolean;
  /** How a call that is too much is answered. */
  readonly answer: "result" | "error" | "status";
  /** What is said then, in place of Sluice's own words. */
  readonly text: string | undefined;
}

const DAY = 86_400;
const ANY: readonly string[] = ["*"];

/** As Higress has it: for users who have no settings of their own. */
const higress = z
  .strictObject({
    limit: integer("Calls that a user may make in a window.", 1).default(100),
    window: integer("The window, in seconds.", 1).default(DAY),
    white_list: list(text("A user's id."), "Users who are not limited.").default([]),
    error_text: anyText("What the tool result says when it is too much.").default("API rate limit exceeded"),
  })
  .transform(({ limit, window, white_list: exempt, error_text: said }): RateSettings => ({
    rules: [ruleOf({ by: "subject", each: false, requests: limit, per: window * 1000, tools: ANY })],
    exempt,
    exemptOwnConfig: true,
    answer: "result",
    text: said,
  }));

const BY = ["subject", "consumer", "ip", "server"] as const;
const by = word(
  BY,
  "Whose calls are counted together: the subject's (of somebody unknown, the address's), the consumer's, the IP address's, or everybody's.",
);
const requests = integer("Calls that are allowed in each `per`.", 1);
const per = duration("How long the calls are counted.", 1000);

const rule = z.strictObject({
  tools: list(namePattern, "The tools it is for."),
  each: flag("Each tool is counted by itself, and not together with the others of the rule.").default(false),
  requests,
  per,
  by: by.exactOptional(),
});

const native = z
  .strictObject({
    requests: requests.exactOptional(),
    per: per.exactOptional(),
    by: by.default("subject"),
    rules: list(rule, "Limits of certain tools, besides that of all of them.").default([]),
    exempt: list(text("A subject, a consumer or a user's id."), "Who is not limited.").default([]),
    answer: word(
      ["result", "error", "status"],
      "How a call that is too much is answered: by a tool result that the model can read, a JSON-RPC error, or HTTP 429.",
    ).default("result"),
    text: text("What is said then.").exactOptional(),
  })
  .transform((given, context): RateSettings => {
    const { requests: most, per: span } = given;
    if ((most === undefined) !== (span === undefined) || (most === undefined && given.rules.length === 0)) {
      context.issues.push({ code: "custom", message: "needs both requests and per, or rules", input: given });
    }
    const all =
      most === undefined || span === undefined
        ? []
        : [ruleOf({ by: given.by, each: false, requests: most, per: span, tools: ANY })];
    return {
      rules: [...all, ...given.rules.map((one) => ruleOf({ by: given.by, ...one }))],
      exempt: given.exempt,
      exemptOwnConfig: false,
      answer: given.answer,
      text: given.text,
    };
  });

/** The field `rateLimit`. */
export const rateSettings: z.ZodType<RateSettings> = z.union([higress, native]);

/** What changes the meaning of a count is in its name: a changed limit begins anew. */
function ruleOf(rule: Omit<RateRule, "id">): RateRule {
  const { tools, each, by: whose, per: span, requests: most } = rule;
  return { ...rule, id: [tools.join(","), each ? "each" : "all", whose, span, most].join(" ") };
}
