import type { AnswerFacts, FactsReader, TapTraits } from "../../core/codec.ts";
import { faultOf } from "../../core/error-event.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { spliceMember } from "../../core/json-splice.ts";
import { errorIn } from "./error.ts";
import { decodeFinish } from "./finish-reason.ts";
import { decodeUsage } from "./usage.ts";
import { objects, textOf } from "./wire.ts";

const CALLS: ReadonlySet<unknown> = new Set(["function_call", "custom_tool_call"]);

function finishOf({ status, incomplete_details: details, output }: JsonObject): AnswerFacts["finish"] {
  const called = objects(output).some(({ type }) => CALLS.has(type));
  return decodeFinish(status, details, called);
}

function readHead({ model, usage }: JsonObject, facts: AnswerFacts): void {
  const name = textOf(model);
  if (name !== undefined) facts.model ??= name;
  if (isObject(usage)) facts.usage = decodeUsage(usage);
}

/** Events behind which nothing comes, but for an error's. */
const ENDS: ReadonlySet<unknown> = new Set(["response.completed", "response.incomplete", "response.cancelled"]);

const READER: FactsReader = {
  read({ type, response }, facts, finish) {
    if (!isObject(response)) return;
    readHead(response, facts);
    if (type === "response.failed") facts.fault ??= faultOf(errorIn(response));
    const reason = ENDS.has(type) ? finishOf(response) : undefined;
    if (reason !== undefined) finish(reason);
  },
};

/** How answers are read on their way. A stream's last event holds facts and ends it, so that there is no terminator to put in. */
export const tap: TapTraits = {
  readFacts(body, facts) {
    readHead(body, facts);
    if (body.status === "failed") facts.fault = faultOf(errorIn(body));
    else if (Array.isArray(body.output)) {
      const finish = finishOf(body);
      if (finish !== undefined) facts.finish = finish;
    }
  },
  factsReader: () => READER,
  telling:
    /"type"\s*:\s*"(?:response\.(?:created|queued|in_progress|completed|incomplete|cancelled|failed)|error)"|"error"\s*:\s*\{/,
  carrying: /"type"\s*:\s*"response\.(?!failed|error)/,
  terminator: "",
  isTerminator: () => false,
  isUsageOnly: () => false,
  withModel(data, body, model) {
    if (typeof body.model === "string") return spliceMember(data, "model", JSON.stringify(model));
    const { response } = body;
    if (!isObject(response) || !("model" in response)) return undefined;
    return spliceMember(data, "response", JSON.stringify({ ...response, model }));
  },
};
