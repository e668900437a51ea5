import type { ZodType } from "zod";
import { Complaint, checkedText, regexComplaint } from "#src/core/settings/scalars.ts";

/** A pattern of names, of tools or arguments, as `src/core/pattern.ts` reads it. */
export const namePattern: ZodType<string> = checkedText(
  {
    description: "A name; `get_*` for all that begin so, `~` before a regular expression.",
    examples: ["get_*"],
  },
  (value) => {
    const complaint = value.startsWith("~") ? regexComplaint(value.slice(1)) : undefined;
    return complaint ?? (/^\S.*$/.test(value) ? value : new Complaint("must not begin with a blank"));
  },
);
