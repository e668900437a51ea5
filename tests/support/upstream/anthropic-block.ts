/** What Anthropic's messages API refuses in one content block. Fields: the `…BlockParam` types of `@anthropic-ai/sdk`. */
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { word } from "./word.ts";

/** The fields a block of each type may have beside `type`; server tools' results are let through unseen. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  text: ["text", "cache_control", "citations"],
  image: ["source", "cache_control", "transformations"],
  document: ["source", "cache_control", "citations", "context", "title"],
  search_result: ["content", "source", "title", "cache_control", "citations"],
  thinking: ["thinking", "signature"],
  redacted_thinking: ["data"],
  tool_use: ["id", "input", "name", "cache_control", "caller", "toolset_name"],
  tool_result: ["tool_use_id", "cache_control", "content", "is_error"],
};

const ASSISTANT_ONLY: ReadonlySet<string> = new Set(["thinking", "redacted_thinking", "tool_use", "server_tool_use"]);
const USER_ONLY: ReadonlySet<string> = new Set(["image", "document", "tool_result"]);
const IMAGE_TYPES: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

/** What is wrong with one block at `at`, or undefined. */
export function anthropicBlockRefusal(
  block: JsonObject,
  at: string,
  assistant: boolean,
  signatures: ReadonlySet<string>,
): string | undefined {
  const type = word(block.type);
  const fields = FIELDS[type];
  if (fields === undefined)
    return type.includes("_tool_")
      ? undefined
      : `${at}: Input tag '${type}' found using 'type' does not match any of the expected tags`;
  const extra = Object.keys(block).find((key) => key !== "type" && !fields.includes(key));
  if (extra !== undefined) return `${at}.${type}.${extra}: Extra inputs are not permitted`;
  if (assistant ? USER_ONLY.has(type) : ASSISTANT_ONLY.has(type))
    return `${at}: \`${type}\` blocks are not allowed in this role`;
  return CHECKS[type]?.(block, at, signatures);
}

type Check = (block: JsonObject, at: string, signatures: ReadonlySet<string>) => string | undefined;

const CHECKS: Readonly<Record<string, Check>> = {
  text: (block) =>
    typeof block.text === "string" && block.text !== "" ? undefined : "messages: text content blocks must be non-empty",
  thinking: (block, at, signatures) =>
    signatures.has(word(block.signature)) ? undefined : `${at}: Invalid \`signature\` in \`thinking\` block`,
  redacted_thinking: (block, at, signatures) =>
    signatures.has(word(block.data)) ? undefined : `${at}: Invalid \`data\` in \`redacted_thinking\` block`,
  tool_use: (block, at) => {
    if (!isObject(block.input)) return `${at}.tool_use.input: Input should be a valid dictionary`;
    return /^[a-zA-Z0-9_-]+$/.test(word(block.id))
      ? undefined
      : `${at}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`;
  },
  tool_result: (block, at) => resultContent(block.content, at),
  image: (block, at) => imageSource(block.source, at),
};

function resultContent(content: Json | undefined, at: string): string | undefined {
  if (content === undefined || typeof content === "string") return undefined;
  if (!Array.isArray(content)) return `${at}.tool_result.content: Input should be a valid list`;
  const known = content.every(
    (part) =>
      isObject(part) && ["text", "image", "document", "search_result", "tool_reference"].includes(word(part.type)),
  );
  if (!known) return `${at}.tool_result.content: Input tag does not match any of the expected tags`;
  const empty = content.some((part) => isObject(part) && part.type === "text" && part.text === "");
  return empty ? "messages: text content blocks must be non-empty" : undefined;
}

function imageSource(source: Json | undefined, at: string): string | undefined {
  if (!isObject(source)) return `${at}.image.source: Field required`;
  if (source.type === "url")
    return typeof source.url === "string" ? undefined : `${at}.image.source.url: Field required`;
  if (source.type === "file") return undefined;
  if (source.type !== "base64" || typeof source.data !== "string") return `${at}.image.source: Input tag is unknown`;
  if (!IMAGE_TYPES.has(word(source.media_type)))
    return `${at}.image.source.base64.media_type: Input should be an image type`;
  return /^[A-Za-z0-9+/]+=*$/.test(source.data) ? undefined : `${at}.image.source.base64.data: invalid base64 data`;
}
