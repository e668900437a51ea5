import type { ContentPart, MediaPart, ReasoningPart } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { restOf } from "../rest.ts";
import { readSeal } from "../seal.ts";
import { isStandIn } from "./stand-in-signature.ts";
import { camel, PROTOCOL, textOf } from "./wire.ts";

/** Fields of a part that the canonical form has a place for, by what the part holds. */
const KNOWN: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(["text", "thought", "thoughtSignature"]),
  inlineData: new Set(["inlineData", "thoughtSignature"]),
  fileData: new Set(["fileData", "thoughtSignature"]),
  functionCall: new Set(["functionCall", "thoughtSignature"]),
  functionResponse: new Set(["functionResponse", "thoughtSignature"]),
};

const NESTED: Readonly<Record<string, ReadonlySet<string>>> = {
  inlineData: new Set(["mimeType", "data", "displayName"]),
  fileData: new Set(["mimeType", "fileUri", "displayName"]),
  functionCall: new Set(["id", "name", "args"]),
  functionResponse: new Set(["id", "name", "response", "parts"]),
};

/** The kind of what a media type names. */
function kindOf(mediaType: string): MediaPart["kind"] {
  const kind = mediaType.slice(0, mediaType.indexOf("/"));
  return kind === "image" || kind === "audio" || kind === "video" ? kind : "document";
}

/** Media of `inlineData` or `fileData`; undefined when it is not what it must be. */
export function mediaOf(part: JsonObject): MediaPart | undefined {
  const inline = isObject(part.inlineData) ? camel(part.inlineData) : undefined;
  const file = isObject(part.fileData) ? camel(part.fileData) : undefined;
  const mediaType = textOf((inline ?? file)?.mimeType) ?? "application/octet-stream";
  const filename = textOf((inline ?? file)?.displayName);
  const base = { type: "media" as const, kind: kindOf(mediaType), ...(filename === undefined ? {} : { filename }) };
  if (inline !== undefined && typeof inline.data === "string") {
    return { ...base, source: { type: "base64", mediaType, data: inline.data } };
  }
  const url = textOf(file?.fileUri);
  if (url === undefined) return undefined;
  const told = textOf(file?.mimeType);
  return { ...base, source: { type: "url", url, ...(told === undefined ? {} : { mediaType: told }) } };
}

/** The arguments of a call as text. */
function inputOf(args: Json | undefined): string {
  return JSON.stringify(args ?? {});
}

/** A signature that stands on a part that is no thought. */
function sealOf(signature: string): ReasoningPart {
  const { sealedBy, value } = readSeal(PROTOCOL, signature);
  return { type: "reasoning", text: "", redacted: value, sealedBy };
}

/** A thought; one that is a signature alone belongs to the thought before it, see {@link alone}. */
function thoughtOf(text: string, signature: string | undefined): ReasoningPart {
  if (signature === undefined) return { type: "reasoning", text };
  const { sealedBy, value } = readSeal(PROTOCOL, signature);
  return { type: "reasoning", text, signature: value, sealedBy };
}

/** A signature for which there was no thought: it stands for one that nobody is shown. */
export function alone(part: ReasoningPart): ReasoningPart {
  const { signature, ...rest } = part;
  return part.text === "" && signature !== undefined ? { ...rest, redacted: signature } : part;
}

/** The id of a call that came without one. */
export type MakeId = (name: string) => string;

function contentOf(part: JsonObject, makeId: MakeId): ContentPart | undefined {
  const { text, functionCall } = part;
  if (isObject(functionCall)) {
    const name = textOf(functionCall.name) ?? "";
    const id = textOf(functionCall.id) ?? makeId(name);
    return { type: "tool-call", id, name, input: inputOf(functionCall.args), kind: "function" };
  }
  if (typeof text === "string") return { type: "text", text };
  return mediaOf(part);
}

function kindOfPart(part: JsonObject): string | undefined {
  return Object.keys(KNOWN).find((key) => part[key] !== undefined && part[key] !== null);
}

/**
 * A part of a model's or a user's turn, with its signature as a part of its own before it; functionResponses are not read here. Parts of
 * kinds that only Gemini has stay as they are.
 */
export function decodePart(value: JsonObject, makeId: MakeId): ContentPart[] {
  const part = camel(value);
  const kind = kindOfPart(part);
  const signature = signatureOf(part);
  const rest = restOf(PROTOCOL, part, KNOWN[kind ?? ""] ?? new Set(), NESTED);
  if (part.thought === true && (typeof part.text === "string" || kind === undefined)) {
    const thought = thoughtOf(typeof part.text === "string" ? part.text : "", signature);
    return [rest === undefined || kind === undefined ? thought : { ...thought, rest }];
  }
  const content = kind === undefined ? undefined : contentOf(part, makeId);
  if (content === undefined) {
    if (kind === undefined && signature !== undefined && Object.keys(part).length === 1) return [sealOf(signature)];
    return [{ type: "native", protocol: PROTOCOL, value: part }];
  }
  const seal = signature === undefined ? [] : [sealOf(signature)];
  if (content.type === "text" && content.text === "" && seal.length > 0) return seal;
  return [...seal, withRest(content, rest?.fields)];
}

function signatureOf({ thoughtSignature }: JsonObject): string | undefined {
  const signature = textOf(thoughtSignature);
  return signature === undefined || isStandIn(signature) ? undefined : signature;
}

function withRest(part: ContentPart, fields: JsonObject | undefined): ContentPart {
  if (fields === undefined) return part;
  return { ...part, rest: { protocol: PROTOCOL, fields } };
}
