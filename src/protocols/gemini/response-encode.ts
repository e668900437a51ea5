import type { ChatChoice, ChatResponse, FinishReason, Rest } from "../../core/chat.ts";
import type { ResponseTarget } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Encoded } from "../../core/protocol.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { wrapSeal } from "../seal.ts";
import { saysNothing } from "../vendor-metadata.ts";
import { encodeFinish } from "./finish-reason.ts";
import { encodeSources } from "./grounding.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { encodeParts, type SealWriter } from "./part-encode.ts";
import { encodeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";

/** A client is given every seal, wrapped so that it comes back unharmed. */
export const anySeal: SealWriter = ({ sealedBy = PROTOCOL }, value) => wrapSeal(PROTOCOL, sealedBy, value);

/** The fields around the candidates. */
export function encodeHead(
  head: { readonly id?: string; readonly model?: string; readonly created?: number; readonly rest?: Rest },
  target: ResponseTarget,
  losses: Losses,
): JsonObject {
  const wire: JsonObject = {
    modelVersion: target.model ?? head.model ?? "",
    responseId: head.id ?? target.id(),
  };
  const created = new Date((head.created ?? Number.NaN) * 1000);
  if (!Number.isNaN(created.getTime())) wire.createTime = created.toISOString();
  writeRest(wire, head.rest, "", losses);
  return wire;
}

/** What a candidate says when it stops; `sources` are the fields of what it cited. */
export function encodeEnd(
  finish: FinishReason,
  rest: Rest | undefined,
  sources: JsonObject,
  index: number,
  losses: Losses,
): JsonObject {
  const path = `choices[${index}]`;
  if (finish.stopSequence !== undefined) losses.dropped(`${path}.stop_sequence`);
  const wire: JsonObject = { ...sources, finishReason: encodeFinish(finish, `${path}.finish_reason`, losses), index };
  writeRest(wire, rest, path, losses);
  return wire;
}

/** Writes a whole answer. */
export function encodeResponse(response: ChatResponse, target: ResponseTarget): Encoded<JsonObject> {
  const losses = new Losses(PROTOCOL, saysNothing);
  const candidates = response.choices.map((choice, index) => encodeChoice(choice, index, losses));
  const value: JsonObject = { candidates };
  if (response.usage !== undefined) value.usageMetadata = encodeUsage(response.usage, losses);
  return { value: { ...value, ...encodeHead(response, target, losses) }, losses: losses.list };
}

function encodeChoice(choice: ChatChoice, index: number, losses: Losses): JsonObject {
  const path = `choices[${index}].content`;
  const texts = choice.content.flatMap((part) => (part.type === "text" ? [part] : []));
  const sources = encodeSources(
    texts.flatMap(({ citations = [] }) => citations),
    texts.length === 1 ? (texts[0]?.text ?? "") : "",
    path,
    losses,
  );
  const logprobs = texts.flatMap(({ logprobs: tokens }) => (Array.isArray(tokens) ? tokens : []));
  return {
    content: { role: "model", parts: encodeParts(choice.content, path, losses, anySeal) },
    ...(logprobs.length === 0 ? {} : { logprobsResult: encodeLogprobs(logprobs) }),
    ...encodeEnd(choice.finish, choice.rest, sources, index, losses),
  };
}
