import type { AnswerFacts, FactsReader, TapTraits } from "../../core/codec.ts";
import { isObject } from "../../core/json.ts";
import { spliceMember } from "../../core/json-splice.ts";
import { decodeFinish } from "./finish-reason.ts";
import { decodeUsage } from "./usage.ts";

/** Words of vendors that tell the finish in every chunk, for an answer that is not finished. */
const UNFINISHED: ReadonlySet<string> = new Set(["", "null"]);

const READER: FactsReader = {
  read({ model, usage, choices }, facts, finish) {
    if (typeof model === "string" && model !== "") facts.model ??= model;
    if (isObject(usage)) facts.usage = decodeUsage(usage);
    for (const choice of Array.isArray(choices) ? choices : []) {
      if (!isObject(choice) || typeof choice.finish_reason !== "string") continue;
      if (UNFINISHED.has(choice.finish_reason)) continue;
      const reason = decodeFinish(choice.finish_reason, { called: false, sequence: undefined });
      finish(reason, typeof choice.index === "number" ? choice.index : undefined);
    }
  },
};

/** How answers are read on their way. */
export const tap: TapTraits = {
  readFacts({ model, usage, choices }, facts: AnswerFacts) {
    if (typeof model === "string") facts.model = model;
    if (isObject(usage)) facts.usage = decodeUsage(usage);
    const choice = Array.isArray(choices) ? choices[0] : undefined;
    if (!isObject(choice) || typeof choice.finish_reason !== "string") return;
    const calls = isObject(choice.message) ? choice.message.tool_calls : undefined;
    const called = Array.isArray(calls) && calls.length > 0;
    facts.finish = decodeFinish(choice.finish_reason, { called, sequence: undefined });
  },
  factsReader: () => READER,
  telling: /"finish_reason"\s*:\s*"|"usage"\s*:\s*\{|"error"\s*:|\[DONE\]/,
  carrying: /"choices"\s*:/,
  terminator: "data: [DONE]\n\n",
  isTerminator: ({ data }) => data === "[DONE]",
  isUsageOnly: ({ choices, usage }) => Array.isArray(choices) && choices.length === 0 && isObject(usage),
  withModel: (data, body, model) => ("model" in body ? spliceMember(data, "model", JSON.stringify(model)) : undefined),
};
