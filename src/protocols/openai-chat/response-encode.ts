import type { ChatChoice, ChatResponse, ContentPart, ReasoningPart, TextPart, ToolCallPart } from "../../core/chat.ts";
import type { ResponseTarget } from "../../core/codec.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Encoded } from "../../core/protocol.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { saysNothing } from "../vendor-metadata.ts";
import { answerId, encodeCitation, encodeToolCall } from "./answer-encode.ts";
import { encodeImage } from "./content.ts";
import { encodeFinish } from "./finish-reason.ts";
import { encodeDetail } from "./reasoning-details.ts";
import { encodeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";

/** A whole answer as Chat Completions writes it. */
export function encodeResponse(response: ChatResponse, target: ResponseTarget): Encoded<JsonObject> {
  const losses = new Losses(PROTOCOL, saysNothing);
  const wire: JsonObject = {
    id: answerId(response.id, target.id),
    object: "chat.completion",
    created: response.created ?? Math.floor(target.now() / 1000),
    model: target.model ?? response.model ?? "",
    choices: response.choices.map((choice, index) => encodeChoice(choice, index, losses)),
  };
  if (response.usage !== undefined) wire.usage = encodeUsage(response.usage, losses);
  writeRest(wire, response.rest, "", losses);
  return { value: wire, losses: losses.list };
}

/** A message being gathered of its parts, which the wire sorts by kind. */
interface Draft {
  readonly losses: Losses;
  text: string | null;
  refusal: string | null;
  logprobs: Json[] | null;
  readonly annotations: JsonObject[];
  readonly reasoning: ReasoningPart[];
  readonly images: JsonObject[];
  readonly calls: JsonObject[];
  readonly native: JsonObject;
}

function encodeChoice(choice: ChatChoice, index: number, losses: Losses): JsonObject {
  const path = `choices[${index}]`;
  const draft: Draft = {
    losses,
    text: null,
    refusal: null,
    logprobs: null,
    annotations: [],
    reasoning: [],
    images: [],
    calls: [],
    native: {},
  };
  for (const [at, part] of choice.content.entries()) addPart(draft, part, `${path}.content[${at}]`);
  const wire: JsonObject = {
    index,
    message: message(draft),
    logprobs: draft.logprobs === null ? null : { content: draft.logprobs, refusal: null },
    finish_reason: encodeFinish(choice.finish, `${path}.finish_reason`, losses),
  };
  if (choice.finish.stopSequence !== undefined) wire.stop_reason = choice.finish.stopSequence;
  writeRest(wire, choice.rest, path, losses);
  return wire;
}

function addPart(draft: Draft, part: ContentPart, path: string): void {
  const { losses } = draft;
  switch (part.type) {
    case "text":
      addText(draft, part, path);
      return;
    case "reasoning":
      draft.reasoning.push(part);
      return;
    case "refusal":
      draft.refusal = (draft.refusal ?? "") + part.text;
      return;
    case "tool-call":
      addCall(draft, part, path);
      return;
    case "native":
      if (part.protocol === PROTOCOL) addNative(draft.native, part.value);
      else losses.dropped(path, "a part only its own protocol knows");
      return;
    case "media": {
      const image = encodeImage(part, draft.images.length);
      if (image === undefined) losses.dropped(`${path}.${part.kind}`);
      else draft.images.push(image);
      return;
    }
    case "tool-result":
      losses.dropped(path);
  }
}

function addText(draft: Draft, part: TextPart, path: string): void {
  const start = draft.text?.length ?? 0;
  draft.text = (draft.text ?? "") + part.text;
  if (Array.isArray(part.logprobs)) draft.logprobs = [...(draft.logprobs ?? []), ...part.logprobs];
  for (const citation of part.citations ?? []) {
    const annotation = encodeCitation(citation, { start, end: draft.text.length }, `${path}.citations`, draft.losses);
    if (annotation !== undefined) draft.annotations.push(annotation);
  }
}

function addCall(draft: Draft, call: ToolCallPart, path: string): void {
  if (call.kind === "server") {
    draft.losses.dropped(path, "a tool its vendor ran");
    return;
  }
  // Clients parse the arguments as JSON; a call without any has an empty object.
  const wire = encodeToolCall(call, call.kind === "function" && call.input === "" ? "{}" : call.input);
  writeRest(wire, call.rest, path, draft.losses);
  draft.calls.push(wire);
}

/** Adds fields to those there are: the pieces of a stream's audio make one. */
function addNative(fields: JsonObject, value: JsonObject): void {
  for (const key of Object.keys(value)) {
    const before = fields[key];
    const later = value[key] as Json;
    if (Array.isArray(before) && Array.isArray(later)) fields[key] = [...before, ...later];
    else if (key === "audio" && isObject(before) && isObject(later)) fields[key] = joinAudio(before, later);
    else fields[key] = later;
  }
}

function joinAudio(before: JsonObject, later: JsonObject): JsonObject {
  const joined: JsonObject = { ...before, ...later };
  for (const key of ["data", "transcript"]) {
    const [a, b] = [before[key], later[key]];
    if (typeof a === "string" && typeof b === "string") joined[key] = a + b;
  }
  return joined;
}

function message(draft: Draft): JsonObject {
  const { reasoning, annotations, images, calls } = draft;
  const wire: JsonObject = { role: "assistant", content: draft.text, refusal: draft.refusal };
  if (reasoning.length > 0) {
    const text = reasoning.map((part) => part.text).join("");
    if (text !== "") wire.reasoning_content = text;
    wire.reasoning_details = reasoning.map((part, index) => encodeDetail(part, index));
  }
  if (annotations.length > 0) wire.annotations = annotations;
  if (images.length > 0) wire.images = images;
  if (calls.length > 0) wire.tool_calls = calls;
  return Object.assign(wire, draft.native);
}
