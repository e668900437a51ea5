import { z } from "zod";
import { compileRegex } from "#src/core/regex.ts";
import { flag, integer, regex, text } from "#src/core/settings/scalars.ts";
import { list, makes } from "#src/core/settings/shapes.ts";
import { namePattern } from "./name-pattern.ts";

/** The settings of `audit`. */
export interface AuditSettings {
  readonly file?: string;
  readonly arguments: boolean;
  readonly mask: AuditMask;
}

export interface AuditMask {
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly maxLength: number;
}

const mask = z.strictObject({
  names: list(namePattern, "Arguments whose values are not written down, beside those named like secrets.").default([]),
  values: list(
    regex("A regular expression."),
    "What is not written down wherever it stands in a text, beside what looks like a token or a key.",
  ).default([]),
  maxLength: integer("Characters of one text that are written down.", 0, 65_536).default(256),
});

/** The field `audit`. */
export const auditSettings: z.ZodType<AuditSettings> = makes<AuditSettings>()(
  z.strictObject({
    file: text(
      "A file that records are added to, a line of JSON each; left out, they go to the gateway's log.",
    ).exactOptional(),
    arguments: flag("The calls' arguments are written down, masked.").default(true),
    mask: mask.default({ names: [], values: [], maxLength: 256 }),
  }),
);

/** The expressions of `mask.values`, for replacing all they match. */
export function valuePatterns({ values }: AuditMask): readonly RegExp[] {
  return values.map((source) => {
    const once = compileRegex(source, "search");
    return new RegExp(once.source, `${once.flags}g`);
  });
}
