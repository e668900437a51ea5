import type { ContentPart, ReasoningPart, ToolCallPart, ToolResultPart } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { encodeInput } from "../anthropic-messages/content-encode.ts";
import { toClaudeId } from "../anthropic-messages/tool-ids.ts";
import type { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { type Caching, markedPoint } from "./cache-points.ts";
import type { DocumentNames } from "./document-names.ts";
import { encodeMedia } from "./media-encode.ts";
import { PROTOCOL } from "./wire.ts";

/** What encoding content needs to know. */
export interface Context {
  readonly losses: Losses;
  readonly names: DocumentNames;
  readonly caching: Caching;
}

/** The blocks of a list of parts, each with the cache point its client marked it with behind it. */
export function encodeParts(parts: readonly ContentPart[], path: string, context: Context): JsonObject[] {
  const blocks: JsonObject[] = [];
  for (const [index, part] of parts.entries()) {
    const at = `${path}.content[${index}]`;
    const block = blockOf(part, at, context);
    if (block === undefined) continue;
    writeRest(block, part.rest, at, context.losses);
    blocks.push(block);
    const point = part.cacheControl === undefined ? undefined : markedPoint(part.cacheControl, at, context);
    if (point !== undefined) blocks.push(point);
  }
  return blocks;
}

function blockOf(part: ContentPart, path: string, context: Context): JsonObject | undefined {
  const { losses } = context;
  switch (part.type) {
    case "text":
      if ((part.citations ?? []).length > 0) losses.dropped(`${path}.citations`);
      return textBlock(part.text);
    case "refusal":
      losses.approximated(`${path}.refusal`, "sent as text");
      return textBlock(part.text);
    case "reasoning":
      return encodeReasoning(part, path, losses);
    case "media":
      return encodeMedia(part, path, context);
    case "tool-call":
      return encodeCall(part, path, losses);
    case "tool-result":
      return encodeResult(part, path, context);
    case "native":
      if (part.protocol === PROTOCOL) return { ...part.value };
      losses.dropped(path);
      return undefined;
  }
}

/** Blank text is left out: Bedrock refuses it, and it says nothing. */
function textBlock(text: string): JsonObject | undefined {
  return text.trim() === "" ? undefined : { text };
}

/** Reasoning that came from Bedrock, with its seal. Its models take back no other. */
function encodeReasoning(part: ReasoningPart, path: string, losses: Losses): JsonObject | undefined {
  const { text, signature, redacted, sealedBy = PROTOCOL } = part;
  const own = sealedBy === PROTOCOL;
  if (own && redacted !== undefined) return { reasoningContent: { redactedContent: redacted } };
  if (own && signature !== undefined) return { reasoningContent: { reasoningText: { text, signature } } };
  losses.dropped(`${path}.reasoning`, own ? "reasoning without a signature is refused" : "another vendor's reasoning");
  return undefined;
}

function encodeCall(part: ToolCallPart, path: string, losses: Losses): JsonObject | undefined {
  if (part.kind === "server") {
    losses.dropped(`${path}.tool_call`, "a call of another vendor's own tool");
    return undefined;
  }
  return {
    toolUse: { toolUseId: toClaudeId(part.id), name: part.name, input: encodeInput(part, path, losses) },
  };
}

/** What may stand in a tool's answer. */
const IN_RESULTS: ReadonlySet<string> = new Set(["text", "image", "document", "video", "json", "searchResult"]);

function encodeResult(part: ToolResultPart, path: string, context: Context): JsonObject {
  const content: JsonObject[] = [];
  for (const block of encodeParts(part.content, path, context)) {
    const [kind = ""] = Object.keys(block);
    if (IN_RESULTS.has(kind)) content.push(block);
    else context.losses.dropped(`${path}.content.${kind === "cachePoint" ? "cache_control" : kind}`);
  }
  const result: JsonObject = { toolUseId: toClaudeId(part.toolCallId), content };
  // Said only when it is news: not every model takes the field.
  if (part.isError === true) result["status"] = "error";
  return { toolResult: result };
}
