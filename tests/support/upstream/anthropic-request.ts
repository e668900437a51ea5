/**
 * What Anthropic's messages API refuses, in its own words where they are known, so that a wrong conversion fails as it would in production.
 * Fields: `MessageCreateParams` of `@anthropic-ai/sdk`; `temperature`, `top_p` and `top_k` are those of models that still take them.
 */
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { word } from "./word.ts";
import { anthropicBlockRefusal } from "./anthropic-block.ts";

const FIELDS: ReadonlySet<string> = new Set(
  `model messages max_tokens cache_control container context_management diagnostics inference_geo mcp_servers metadata output_config
  service_tier speed stop_sequences stream system thinking tool_choice tools temperature top_k top_p user_profile_id workspace_id`.split(
    /\s+/,
  ),
);

const NAME = /^[a-zA-Z0-9_-]{1,128}$/;

/** The first thing the vendor would refuse, or undefined. `signatures` are those it has given out with thinking. */
export function anthropicRefusal(body: JsonObject, signatures: ReadonlySet<string>): string | undefined {
  return (
    unknownField(body) ?? topLevel(body) ?? thinking(body) ?? tools(body) ?? conversation(body.messages, signatures)
  );
}

/** The same for `/v1/messages/count_tokens`, which takes no `max_tokens`. */
export function countTokensRefusal(body: JsonObject, signatures: ReadonlySet<string>): string | undefined {
  if (body.max_tokens !== undefined) return "max_tokens: Extra inputs are not permitted";
  return anthropicRefusal({ ...body, max_tokens: 1_000_000 }, signatures);
}

function unknownField(body: JsonObject): string | undefined {
  const field = Object.keys(body).find((key) => !FIELDS.has(key));
  return field === undefined ? undefined : `${field}: Extra inputs are not permitted`;
}

function isWhole(value: Json | undefined, least: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= least;
}

function topLevel(body: JsonObject): string | undefined {
  if (typeof body.model !== "string" || body.model === "") return "model: Field required";
  if (body.max_tokens === undefined) return "max_tokens: Field required";
  if (!isWhole(body.max_tokens, 1)) return "max_tokens: Input should be greater than or equal to 1";
  const { temperature, metadata, stop_sequences: stops, system } = body;
  if (temperature !== undefined && (typeof temperature !== "number" || temperature < 0 || temperature > 1)) {
    return "temperature: range: 0..1";
  }
  if (isObject(metadata) && Object.keys(metadata).some((key) => key !== "user_id"))
    return "metadata: Extra inputs are not permitted";
  if (
    stops !== undefined &&
    !(Array.isArray(stops) && stops.every((stop) => typeof stop === "string" && stop.trim() !== ""))
  ) {
    return "stop_sequences: each stop sequence must contain non-whitespace";
  }
  if (system === undefined || typeof system === "string") return undefined;
  if (!Array.isArray(system)) return "system: Input should be a valid list";
  return system.every((part) => isObject(part) && part.type === "text" && part.text !== "")
    ? undefined
    : "system: text content blocks must be non-empty";
}

function thinking(body: JsonObject): string | undefined {
  const config = body.thinking;
  if (config === undefined) return undefined;
  if (!isObject(config)) return "thinking: Input should be a valid dictionary";
  if (!["enabled", "disabled", "adaptive", "between_tools"].includes(word(config.type)))
    return "thinking: Input tag is unknown";
  if (config.type !== "enabled") return undefined;
  if (!isWhole(config.budget_tokens, 1024))
    return "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
  if (Number(config.budget_tokens) >= Number(body.max_tokens))
    return "`max_tokens` must be greater than `thinking.budget_tokens`";
  if (body.temperature !== undefined && body.temperature !== 1)
    return "`temperature` may only be set to 1 when thinking is enabled";
  if (body.top_k !== undefined) return "`top_k` must be unset when thinking is enabled";
  if (isObject(body.tool_choice) && ["any", "tool"].includes(word(body.tool_choice.type))) {
    return "Thinking may not be enabled when tool_choice forces tool use.";
  }
  return undefined;
}

function tools(body: JsonObject): string | undefined {
  const list = body.tools ?? [];
  if (!Array.isArray(list)) return "tools: Input should be a valid list";
  const names = new Set<string>();
  for (const [index, tool] of list.entries()) {
    if (!isObject(tool) || typeof tool.name !== "string") return `tools.${index}.name: Field required`;
    if (names.has(tool.name)) return "tools: Tool names must be unique.";
    names.add(tool.name);
    if (tool.type !== undefined && tool.type !== "custom") continue;
    if (!NAME.test(tool.name)) return `tools.${index}.custom.name: String should match pattern '${NAME.source}'`;
    if (!isObject(tool.input_schema) || tool.input_schema.type !== "object") {
      return `tools.${index}.custom.input_schema.type: Field required`;
    }
  }
  return toolChoice(body.tool_choice, names);
}

function toolChoice(choice: Json | undefined, names: ReadonlySet<string>): string | undefined {
  if (choice === undefined) return undefined;
  if (!isObject(choice) || !["auto", "any", "tool", "none"].includes(word(choice.type)))
    return "tool_choice: Input tag is unknown";
  if (choice.type === "none" && choice.disable_parallel_tool_use !== undefined) {
    return "tool_choice.none.disable_parallel_tool_use: Extra inputs are not permitted";
  }
  if (names.size === 0 && choice.type !== "none") return "tool_choice may only be specified while providing tools.";
  return choice.type === "tool" && !names.has(word(choice.name))
    ? `Tool '${word(choice.name)}' not found in provided tools`
    : undefined;
}

function conversation(messages: Json | undefined, signatures: ReadonlySet<string>): string | undefined {
  if (!Array.isArray(messages)) return "messages: Field required";
  if (messages.length === 0) return "messages: at least one message is required";
  let calls: readonly string[] = [];
  for (const [index, item] of messages.entries()) {
    if (!isObject(item)) return `messages.${index}: Input should be a valid dictionary`;
    if (index === 0 && item.role !== "user") return 'messages: first message must use the "user" role';
    if (!["user", "assistant", "system"].includes(word(item.role)))
      return `messages: Unexpected role "${word(item.role)}"`;
    const blocks = blocksOf(item.content);
    const wrong = contentRefusal(blocks, index, item.role === "assistant", index === messages.length - 1, signatures);
    if (wrong !== undefined) return wrong;
    const unpaired = pairing(blocks, calls, index);
    if (unpaired !== undefined) return unpaired;
    calls = blocks.filter((block) => block.type === "tool_use").map((block) => word(block.id));
  }
  return calls.length > 0 ? missingResults(calls, messages.length - 1) : undefined;
}

function blocksOf(content: Json | undefined): readonly JsonObject[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? content.filter((block) => isObject(block)) : [];
}

function contentRefusal(
  blocks: readonly JsonObject[],
  index: number,
  assistant: boolean,
  last: boolean,
  signatures: ReadonlySet<string>,
): string | undefined {
  const text = blocks.map((block) => (block.type === "text" ? word(block.text) : "")).join("");
  if (blocks.length === 0 && !(assistant && last)) return `messages.${index}: all messages must have non-empty content`;
  for (const [at, block] of blocks.entries()) {
    const wrong = anthropicBlockRefusal(block, `messages.${index}.content.${at}`, assistant, signatures);
    if (wrong !== undefined) return wrong;
  }
  if (assistant && last && text !== text.trimEnd()) {
    return "messages: final assistant content cannot end with trailing whitespace";
  }
  return undefined;
}

function missingResults(ids: readonly string[], index: number): string {
  return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
}

/** Results answer the calls of the message before, all of them, and stand before anything else. */
function pairing(blocks: readonly JsonObject[], calls: readonly string[], index: number): string | undefined {
  const results = blocks.filter((block) => block.type === "tool_result").map((block) => word(block.tool_use_id));
  const stray = results.find((id) => !calls.includes(id));
  if (stray !== undefined) {
    return `messages.${index}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
  }
  if (new Set(results).size < results.length) return `messages.${index}: each tool_use must have a single result`;
  const missing = calls.filter((id) => !results.includes(id));
  if (missing.length > 0) return missingResults(missing, index - 1);
  const late = blocks.slice(0, results.length).some((block) => block.type !== "tool_result");
  return late ? missingResults(calls, index - 1) : undefined;
}
