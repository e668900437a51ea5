import type { FactsReader, TapTraits } from "../../core/codec.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { spliceMember } from "../../core/json-splice.ts";
import { decodeStopReason } from "./finish-reason.ts";
import { decodeUsage, mergeUsage } from "./usage.ts";

/** Usage is told in two places, to be put together. */
function factsReader(): FactsReader {
  let total: JsonObject | undefined;
  return {
    read({ message, delta, usage }, facts, finish) {
      const start = isObject(message) ? message : {};
      if (typeof start.model === "string") facts.model ??= start.model;
      for (const part of [start.usage, usage]) {
        if (!isObject(part)) continue;
        total ??= {};
        mergeUsage(total, part);
        facts.usage = decodeUsage(total);
      }
      if (!isObject(delta) || typeof delta.stop_reason !== "string") return;
      finish(decodeStopReason(delta.stop_reason, delta.stop_sequence));
    },
  };
}

/** How answers are read on their way. */
export const tap: TapTraits = {
  readFacts({ model, usage, stop_reason: reason, stop_sequence: sequence }, facts) {
    if (typeof model === "string") facts.model = model;
    if (isObject(usage)) facts.usage = decodeUsage(usage);
    if (typeof reason === "string") facts.finish = decodeStopReason(reason, sequence);
  },
  factsReader,
  telling: /message_(?:start|delta|stop)|"error"/,
  carrying: /"type"\s*:\s*"(?:content_block|message)_/,
  terminator: 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  isTerminator: ({ event, data }) => event === "message_stop" || data.includes('"message_stop"'),
  isUsageOnly: () => false,
  withModel(data, { message }, model) {
    return isObject(message) ? spliceMember(data, "message", JSON.stringify({ ...message, model })) : undefined;
  },
};
