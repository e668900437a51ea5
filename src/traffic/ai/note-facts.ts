import type { AccessRecord } from "../../core/exchange.ts";
import type { AnswerFacts } from "../../protocols/answer-facts.ts";

/** Puts what is known of an answer into the request's record; what is not known leaves what was there. */
export function noteFacts(record: AccessRecord, { model, usage, finish }: AnswerFacts): void {
  if (model !== undefined) record.modelUsed = model;
  if (usage !== undefined) record.usage = usage;
  if (finish !== undefined) record.finish = finish;
}
