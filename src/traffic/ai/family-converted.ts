import type { Usage } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { formatSse } from "../../core/sse.ts";
import { MediaAnswer } from "../../protocols/families/family-codec.ts";
import { familyUsage } from "../../protocols/families/usage.ts";
import type { FamilyAnswer } from "./family-send.ts";
import { garbage } from "./upstream-body.ts";

/** An answer as it goes to the client. */
export interface WrittenAnswer {
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What it says was used; read only of answers whose provider's own words do not say it. */
  readonly usage?: Usage | undefined;
}

const encoder = new TextEncoder();

/**
 * A provider's answer, parsed, in the client's format; `now` is Unix time in milliseconds. A client that asked for a stream gets one, all at
 * once, where its format has streams.
 */
export function convertedAnswer(
  { request, outgoing, target }: FamilyAnswer,
  object: JsonObject | undefined,
  now: number,
): WrittenAnswer {
  const { body, model = "", call, stream } = request;
  const answerTarget = {
    model: outgoing.call.model === "" ? model : outgoing.call.model,
    request: body.kind === "json" ? body.json.object : {},
    created: Math.floor(now / 1000),
    ...(call.action === undefined ? {} : { action: call.action }),
  };
  const { conversion } = outgoing;
  const frames = stream && object !== undefined ? conversion?.stream(object, answerTarget) : undefined;
  if (frames !== undefined)
    return { contentType: "text/event-stream", bytes: encoder.encode(frames.map(formatSse).join("")) };
  const answer = object && conversion?.answer(object, answerTarget);
  if (answer === undefined) throw garbage(target.provider.id, `something that is no answer of its ${call.api} API`);
  if (answer instanceof MediaAnswer) return answer;
  return {
    contentType: "application/json",
    bytes: encoder.encode(JSON.stringify(answer)),
    usage: familyUsage(answer),
  };
}
