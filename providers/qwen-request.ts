import { isObject, type JsonObject } from "#src/core/json.ts";
import type { UpstreamCall } from "#src/core/provider.ts";

/** What the settings add to requests. */
export interface QwenSettings {
  readonly qwenEnableSearch?: boolean | undefined;
  readonly qwenFileIds?: readonly string[] | undefined;
}

/** True when the settings say something. */
export function changesRequests({ qwenEnableSearch, qwenFileIds = [] }: QwenSettings): boolean {
  return qwenEnableSearch === true || qwenFileIds.length > 0;
}

/** A chat request, of OpenAI's protocol or of DashScope's, with what the settings say and the client did not. */
export function withQwenSettings(
  body: JsonObject,
  { api, protocol, model }: UpstreamCall,
  settings: QwenSettings,
): JsonObject {
  if (api !== "chat" || (protocol !== "openai-chat" && protocol !== "dashscope")) return body;
  const changed = { ...body };
  const native = protocol === "dashscope";
  if (settings.qwenEnableSearch === true) add(changed, native ? "parameters" : undefined, "enable_search", true);
  const files = settings.qwenFileIds ?? [];
  if (files.length > 0 && model.startsWith("qwen-long")) {
    const holder = native && isObject(changed["input"]) ? { ...changed["input"] } : changed;
    holder["messages"] = withFiles(messagesOf(holder), files);
    if (native) changed["input"] = holder;
  }
  return changed;
}

/** Adds a field, below `place` when one is named, that the client left out. */
function add(body: JsonObject, place: string | undefined, key: string, value: boolean): void {
  if (place === undefined) body[key] ??= value;
  else {
    const inner = body[place];
    body[place] = { [key]: value, ...(isObject(inner) ? inner : {}) };
  }
}

function messagesOf({ messages }: JsonObject): JsonObject[] {
  return Array.isArray(messages) ? messages.filter(isObject) : [];
}

/** What stands before the files when there is no system message, since they must not come first. */
const DUMMY: JsonObject = { role: "system", content: "You are a helpful assistant." };

/** The files stand in a system message of their own, behind the other one. Source: help.aliyun.com/zh/model-studio/long-context-qwen-long */
function withFiles(messages: JsonObject[], files: readonly string[]): JsonObject[] {
  const content = files.map((id) => `fileid://${id}`).join(",");
  const first = messages.findIndex(({ role }) => role !== "system");
  const at = first < 0 ? messages.length : first;
  const system = at === 0 ? [DUMMY] : messages.slice(0, at);
  return [...system, { role: "system", content }, ...messages.slice(at)];
}
