import type { ChatChoice, ChatResponse, ContentPart, ReasoningPart } from "../../core/chat.ts";
import type { ResponseTarget } from "../../core/codec.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Encoded } from "../../core/protocol.ts";
import { Losses } from "../losses.ts";
import { allSayNothing, saysNothing } from "../vendor-metadata.ts";
import { encodeCallHead, encodeHead, encodeSeal, endFields } from "./answer-encode.ts";
import { encodeCitations, encodeInput } from "./content-encode.ts";
import { encodeStopReason, isClientCall } from "./finish-reason.ts";
import { toClaudeId } from "./tool-ids.ts";
import { encodeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";

/** Writes a whole answer. Claude gives one: of several, the first is told. */
export function encodeResponse(response: ChatResponse, target: ResponseTarget): Encoded<JsonObject> {
  const losses = new Losses(PROTOCOL, saysNothing);
  const [choice, ...others] = response.choices;
  for (const index of others.keys()) losses.dropped(`choices[${index + 1}]`);
  const value = encodeHead(response, target, losses);
  value.content = encodeContent(choice?.content ?? [], losses);
  value.stop_reason = choice === undefined ? "end_turn" : stopReason(choice, losses);
  if (choice?.finish.stopSequence !== undefined) value.stop_sequence = choice.finish.stopSequence;
  Object.assign(value, endFields(choice?.rest, losses));
  value.usage = encodeUsage(response.usage, losses);
  return { value, losses: losses.list };
}

function stopReason({ content, finish }: ChatChoice, losses: Losses): string {
  const refused = content.some((part) => part.type === "refusal");
  return encodeStopReason(finish, refused, content.some(isClientCall), losses);
}

function encodeContent(parts: readonly ContentPart[], losses: Losses): Json[] {
  const blocks: Json[] = [];
  for (const [index, part] of parts.entries()) {
    const block = encodeBlock(part, `choices[0].content[${index}]`, losses);
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

function encodeBlock(part: ContentPart, path: string, losses: Losses): JsonObject | undefined {
  switch (part.type) {
    case "text": {
      if (part.logprobs !== undefined) losses.dropped("logprobs");
      if (part.text === "") return undefined;
      const citations = encodeCitations(part, path, losses);
      return withRest(
        { type: "text", text: part.text, citations: citations.length > 0 ? citations : null },
        part,
        path,
        losses,
      );
    }
    case "refusal":
      return part.text === "" ? undefined : { type: "text", text: part.text, citations: null };
    case "reasoning":
      return { ...encodeThought(part), ...losses.restOfThought(part.rest) };
    case "tool-call": {
      const block = encodeCallHead({ ...part, id: toClaudeId(part.id) }, path, losses);
      block.input = encodeInput(part, path, losses);
      return block;
    }
    case "native":
      if (part.protocol === PROTOCOL) return part.value;
      if (!allSayNothing(part.value)) losses.dropped(path);
      return undefined;
    default:
      losses.dropped(part.type === "media" ? `${path}.${part.kind}` : path);
      return undefined;
  }
}

function encodeThought(part: ReasoningPart): JsonObject {
  return part.redacted === undefined
    ? { type: "thinking", thinking: part.text, signature: encodeSignature(part) }
    : { type: "redacted_thinking", data: encodeSeal(part.redacted, part.sealedBy) };
}

/** Empty for reasoning without a seal: the field must be there. */
function encodeSignature({ signature, sealedBy }: ReasoningPart): string {
  return signature === undefined ? "" : encodeSeal(signature, sealedBy);
}

function withRest(block: JsonObject, part: ContentPart, path: string, losses: Losses): JsonObject {
  return Object.assign(block, losses.rest(part.rest, path));
}
