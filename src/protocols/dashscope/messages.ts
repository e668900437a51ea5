import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { formatDataUrl } from "../data-url.ts";
import type { Losses } from "../losses.ts";

/** OpenAI's messages as the models of either API take them: a text, or a list of parts without types. */
export function toDashScope(messages: readonly JsonObject[], multimodal: boolean, losses: Losses): JsonObject[] {
  const written = messages.map((message, index): JsonObject => {
    const content = partsOf(message["content"], `messages[${index}]`, { multimodal, losses });
    return { ...message, content: multimodal ? listOf(content) : textOf(content) };
  });
  const last = written.at(-1);
  // What the model shall go on from.
  if (last?.["role"] === "assistant" && last["tool_calls"] === undefined) last["partial"] = true;
  return written;
}

interface Context {
  readonly multimodal: boolean;
  readonly losses: Losses;
}

function partsOf(content: Json | undefined, path: string, context: Context): JsonObject[] {
  if (typeof content === "string") return content === "" ? [] : [{ text: content }];
  const parts = Array.isArray(content) ? content.filter(isObject) : [];
  return parts.flatMap((part, index): JsonObject[] => {
    const wire = partOf(part, `${path}.content[${index}]`, context);
    return wire === undefined ? [] : [wire];
  });
}

function partOf(part: JsonObject, path: string, { multimodal, losses }: Context): JsonObject | undefined {
  const { type, text, refusal } = part;
  if (type === "text" || type === "refusal") return { text: text ?? refusal ?? "" };
  const medium = multimodal ? mediumOf(part) : undefined;
  if (medium === undefined) losses.dropped(path, multimodal ? "DashScope takes no such part" : "a model of text alone");
  return medium;
}

function mediumOf(part: JsonObject): JsonObject | undefined {
  const { image_url: image, video_url: video, input_audio: audio } = part;
  if (isObject(image)) return { image: image["url"] ?? "" };
  if (isObject(video)) return { video: video["url"] ?? "" };
  if (!isObject(audio)) return undefined;
  const { data, format } = audio;
  return typeof data === "string" && typeof format === "string"
    ? { audio: formatDataUrl(`audio/${format}`, data) }
    : undefined;
}

/** Messages without content (those that call tools) have an empty one. */
function listOf(parts: JsonObject[]): JsonObject[] {
  return parts.length === 0 ? [{ text: "" }] : parts;
}

function textOf(parts: readonly JsonObject[]): string {
  return parts.map(({ text }) => (typeof text === "string" ? text : "")).join("\n\n");
}
