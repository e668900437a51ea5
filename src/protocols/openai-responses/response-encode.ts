import type { ChatChoice, ChatResponse, ContentPart, TextPart, ToolCallPart } from "../../core/chat.ts";
import type { ResponseTarget } from "../../core/codec.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Encoded } from "../../core/protocol.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { allSayNothing, saysNothing } from "../vendor-metadata.ts";
import { encodeCitation } from "./citations.ts";
import { encodeFinish, isCutShort } from "./finish-reason.ts";
import { encodeImageItem } from "./images.ts";
import { callItem } from "./input-encode.ts";
import { itemId, reasoningItem } from "./output-items.ts";
import { responseHead } from "./response-object.ts";
import { encodeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";

interface Writing {
  readonly losses: Losses;
  readonly base: string;
  readonly output: JsonObject[];
  /** The content of the message that goes on while texts follow. */
  said: JsonObject[] | undefined;
  refused: boolean;
}

/** A whole answer as the Responses API writes it. */
export function encodeResponse(response: ChatResponse, target: ResponseTarget): Encoded<JsonObject> {
  const losses = new Losses(PROTOCOL, saysNothing);
  const base = target.id();
  const head = responseHead(response, target, base, losses);
  const writing: Writing = { losses, base, output: [], said: undefined, refused: false };
  const [choice] = response.choices;
  for (const index of response.choices.keys()) if (index > 0) losses.dropped(`choices[${index}]`);
  for (const [at, part] of (choice?.content ?? []).entries()) addPart(writing, part, `choices[0].content[${at}]`);
  const value: JsonObject = {
    ...head,
    ...ending(choice, writing),
    error: null,
    output: writing.output,
    usage: response.usage === undefined ? null : encodeUsage(response.usage, losses),
  };
  return { value, losses: losses.list };
}

function ending(choice: ChatChoice | undefined, { output, refused, losses }: Writing): JsonObject {
  const last = output.at(-1);
  if (choice !== undefined && last?.type === "message" && isCutShort(choice.finish, refused))
    last.status = "incomplete";
  const wire = encodeFinish(choice?.finish ?? { unified: "stop", raw: "stop" }, refused, losses);
  writeRest(wire, choice?.rest, "choices[0]", losses);
  return wire;
}

function addPart(writing: Writing, part: ContentPart, path: string): void {
  const { losses, output, base } = writing;
  if (part.type === "text" || part.type === "refusal") {
    if (part.type === "refusal") writing.refused = true;
    message(writing).push(
      part.type === "text" ? textPart(part, path, losses) : { type: "refusal", refusal: part.text },
    );
    losses.rest(part.rest, path);
    return;
  }
  const item = itemOf(part, path, output.length, base, losses);
  if (item === undefined) return;
  writing.said = undefined;
  output.push(item);
}

function message(writing: Writing): JsonObject[] {
  if (writing.said !== undefined) return writing.said;
  const { output, base } = writing;
  const content: JsonObject[] = [];
  const id = itemId("message", base, output.length);
  output.push({ id, type: "message", status: "completed", role: "assistant", content });
  writing.said = content;
  return content;
}

function textPart({ text, citations, logprobs }: TextPart, path: string, losses: Losses): JsonObject {
  const annotations = (citations ?? []).flatMap(
    (citation) => encodeCitation(citation, text.length, `${path}.citations`, losses) ?? [],
  );
  return { type: "output_text", text, annotations, logprobs: logprobs ?? ([] as Json[]) };
}

function itemOf(
  part: Exclude<ContentPart, { type: "text" | "refusal" }>,
  path: string,
  index: number,
  base: string,
  losses: Losses,
): JsonObject | undefined {
  switch (part.type) {
    case "reasoning":
      return reasoningItem(part, itemId("reasoning", base, index), losses);
    case "tool-call":
      return encodeCall(part, path, index, base, losses);
    case "native":
      if (part.protocol === PROTOCOL) return part.value;
      if (!allSayNothing(part.value)) losses.dropped(path, "a part only its own protocol knows");
      return undefined;
    case "media": {
      const item = encodeImageItem(part, itemId("image_generation_call", base, index));
      if (item === undefined) losses.dropped(`${path}.${part.kind}`);
      return item;
    }
    case "tool-result":
      losses.dropped(path);
      return undefined;
  }
}

function encodeCall(
  call: ToolCallPart,
  path: string,
  index: number,
  base: string,
  losses: Losses,
): JsonObject | undefined {
  if (call.kind === "server") {
    losses.dropped(path, "a tool its vendor ran");
    return undefined;
  }
  const id = itemId(call.kind === "custom" ? "custom_tool_call" : "function_call", base, index);
  const wire: JsonObject = { id, status: "completed", ...callItem(call, call.input) };
  writeRest(wire, call.rest, path, losses);
  return wire;
}
