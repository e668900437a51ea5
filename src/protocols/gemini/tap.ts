import type { AnswerFacts, FactsReader, TapTraits } from "../../core/codec.ts";
import type { FinishReason } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { spliceMember } from "../../core/json-splice.ts";
import { decodeBlock, decodeFinish } from "./finish-reason.ts";
import { decodeUsage } from "./usage.ts";
import { objects, textOf } from "./wire.ts";

function readHead({ modelVersion, usageMetadata }: JsonObject, facts: AnswerFacts): void {
  const model = textOf(modelVersion);
  if (model !== undefined) facts.model ??= model;
  if (isObject(usageMetadata)) facts.usage = decodeUsage(usageMetadata);
}

function calls({ content }: JsonObject): boolean {
  return isObject(content) && objects(content.parts).some(({ functionCall }) => isObject(functionCall));
}

function blocked({ promptFeedback }: JsonObject): FinishReason | undefined {
  const reason = isObject(promptFeedback) ? textOf(promptFeedback.blockReason) : undefined;
  return reason === undefined ? undefined : decodeBlock(reason);
}

function factsReader(): FactsReader {
  const called = new Set<number>();
  return {
    read(body, facts, finish) {
      readHead(body, facts);
      for (const candidate of objects(body.candidates)) {
        const index = typeof candidate.index === "number" ? candidate.index : 0;
        if (calls(candidate)) called.add(index);
        const raw = textOf(candidate.finishReason);
        if (raw !== undefined) finish(decodeFinish(raw, called.has(index)), index);
      }
      const block = blocked(body);
      if (block !== undefined) finish(block, 0);
    },
  };
}

/** Gemini's answers, read on their way. Every event repeats `usageMetadata`; that of the event that finishes, or of one behind it, is the total. */
export const tap: TapTraits = {
  readFacts(body, facts) {
    readHead(body, facts);
    const [candidate] = objects(body.candidates);
    const raw = textOf(candidate?.finishReason);
    const finish = candidate === undefined || raw === undefined ? blocked(body) : decodeFinish(raw, calls(candidate));
    if (finish !== undefined) facts.finish = finish;
  },
  factsReader,
  // Every event has usage; alone, without candidates, it is worth a look.
  telling: /"(?:finishReason|blockReason|functionCall|error)"\s*:|^(?!.*"candidates"\s*:).*"usageMetadata"\s*:/m,
  carrying: /"candidates"\s*:/,
  terminator: "",
  isTerminator: () => false,
  isUsageOnly: () => false,
  withModel: (data, body, model) =>
    "modelVersion" in body ? spliceMember(data, "modelVersion", JSON.stringify(model)) : undefined,
};
