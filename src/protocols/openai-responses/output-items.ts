/** The items of an answer's output, as a whole answer and a stream write them alike. */
import type { ReasoningPart } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { wrapSeal } from "../seal.ts";
import { reasoningBody } from "./reasoning.ts";
import { PROTOCOL, textOf } from "./wire.ts";

/** What the ids of each kind of item begin with. */
export const PREFIXES = {
  message: "msg",
  reasoning: "rs",
  function_call: "fc",
  custom_tool_call: "ctc",
  image_generation_call: "ig",
} as const;

/** The id of the `index`th item of an answer. */
export function itemId(kind: keyof typeof PREFIXES, base: string, index: number): string {
  return `${PREFIXES[kind]}_${base}_${index}`;
}

/** A reasoning item. Another vendor's seal goes into `encrypted_content` wrapped, from where it comes back. */
export function reasoningItem(part: Omit<ReasoningPart, "type">, id: string, losses: Losses): JsonObject {
  const own = losses.restOfThought(part.rest);
  const { summary: _, ...fields } = own ?? {};
  const seal = part.signature ?? part.redacted;
  return {
    ...fields,
    id: textOf(fields.id) ?? id,
    ...reasoningBody(part),
    ...(seal === undefined ? {} : { encrypted_content: wrapSeal(PROTOCOL, part.sealedBy ?? PROTOCOL, seal) }),
  };
}
