import type { ChatChoice, ChatResponse, Citation, FinishReason, Rest } from "../../core/chat.ts";
import type { ResponseTarget } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Encoded } from "../../core/protocol.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { wrapSeal } from "../seal.ts";
import { saysNothing } from "../vendor-metadata.ts";
import { encodeFinish } from "./finish-reason.ts";
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

/** Citations as Gemini shows the pages it searched. */
export function encodeCitations(citations: readonly Citation[], path: string, losses: Losses): JsonObject | undefined {
  const chunks: JsonObject[] = [];
  for (const { url, title } of citations) {
    if (url === undefined) losses.dropped(`${path}.citations`);
    else {
      losses.approximated(`${path}.citations`, "the pages alone");
      chunks.push({ web: { uri: url, ...(title === undefined ? {} : { title }) } });
    }
  }
  return chunks.length === 0 ? undefined : { groundingChunks: chunks };
}

/** What a candidate says when it stops. */
export function encodeEnd(finish: FinishReason, rest: Rest | undefined, index: number, losses: Losses): JsonObject {
  const path = `choices[${index}]`;
  if (finish.stopSequence !== undefined) losses.dropped(`${path}.stop_sequence`);
  const wire: JsonObject = { finishReason: encodeFinish(finish), index };
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
  if (texts.some(({ logprobs }) => logprobs !== undefined)) losses.dropped("logprobs");
  const grounding = encodeCitations(
    texts.flatMap(({ citations = [] }) => citations),
    path,
    losses,
  );
  return {
    content: { role: "model", parts: encodeParts(choice.content, path, losses, anySeal) },
    ...(grounding === undefined ? {} : { groundingMetadata: grounding }),
    ...encodeEnd(choice.finish, choice.rest, index, losses),
  };
}
