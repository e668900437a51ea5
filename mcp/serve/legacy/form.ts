import { isObject, type JsonObject } from "#src/core/json.ts";
import { withoutHints } from "../results.ts";

/**
 * What each revision of the session era knows (the `schema.ts` of each): fields and contents that came later are not shown to clients
 * that would not know them.
 */

/** The revision that brought a field of a tool, a prompt, a resource or an Implementation. */
const FIELDS_SINCE: Readonly<Record<string, string>> = {
  annotations: "2025-03-26",
  title: "2025-06-18",
  outputSchema: "2025-06-18",
  _meta: "2025-06-18",
  icons: "2025-11-25",
  execution: "2025-11-25",
  description: "2024-11-05",
};

/** Resources and their templates had annotations from the begin, Implementations no description until late. */
const RESOURCE_FIELDS: Readonly<Record<string, string>> = { ...FIELDS_SINCE, annotations: "2024-11-05" };
const IMPLEMENTATION_FIELDS: Readonly<Record<string, string>> = {
  ...FIELDS_SINCE,
  description: "2025-11-25",
  websiteUrl: "2025-11-25",
};

/** The revision that brought a server's capability; what is not here is shown to nobody of this era. */
const CAPABILITIES_SINCE: Readonly<Record<string, string>> = {
  tools: "2024-11-05",
  prompts: "2024-11-05",
  resources: "2024-11-05",
  logging: "2024-11-05",
  experimental: "2024-11-05",
  completions: "2025-03-26",
};

/** The lists in results, with the fields of their entries. */
const LISTS: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>> = {
  "tools/list": ["tools", FIELDS_SINCE],
  "prompts/list": ["prompts", FIELDS_SINCE],
  "resources/list": ["resources", RESOURCE_FIELDS],
  "resources/templates/list": ["resourceTemplates", RESOURCE_FIELDS],
};

/** A result as a client of `version` knows it. */
export function legacyResult(method: string, result: JsonObject, version: string): JsonObject {
  const plain = withoutHints(result);
  const list = LISTS[method];
  if (list !== undefined) return withEntries(plain, list[0], (entry) => since(entry, list[1], version));
  if (method === "tools/call") return callResult(plain, version);
  if (method === "prompts/get") return withEntries(plain, "messages", (message) => withContent(message, version));
  return plain;
}

/** A server's capabilities as a client of `version` knows them. */
export function legacyCapabilities(capabilities: JsonObject, version: string): JsonObject {
  const known = Object.entries(capabilities).filter(([name]) => (CAPABILITIES_SINCE[name] ?? "9") <= version);
  return Object.fromEntries(known);
}

/** An Implementation as a client of `version` knows it. */
export function legacyImplementation(info: JsonObject, version: string): JsonObject {
  return since(info, IMPLEMENTATION_FIELDS, version);
}

function since(entry: JsonObject, fields: Readonly<Record<string, string>>, version: string): JsonObject {
  const tooNew = Object.keys(entry).some((key) => (fields[key] ?? "") > version);
  if (!tooNew) return entry;
  return Object.fromEntries(Object.entries(entry).filter(([key]) => (fields[key] ?? "") <= version));
}

function withEntries(result: JsonObject, key: string, change: (entry: JsonObject) => JsonObject): JsonObject {
  const entries = result[key];
  if (!Array.isArray(entries)) return result;
  return { ...result, [key]: entries.map((entry) => (isObject(entry) ? change(entry) : entry)) };
}

function callResult(result: JsonObject, version: string): JsonObject {
  const shown = withEntries(result, "content", (block) => knownContent(block, version));
  if (result["structuredContent"] === undefined || version >= "2025-06-18") return shown;
  const { structuredContent, content, ...rest } = shown;
  const blocks = Array.isArray(content) ? content : [];
  const said = blocks.length > 0 ? blocks : [{ type: "text", text: JSON.stringify(structuredContent) }];
  return { ...rest, content: said };
}

function withContent(message: JsonObject, version: string): JsonObject {
  const { content } = message;
  return isObject(content) ? { ...message, content: knownContent(content, version) } : message;
}

/** A content block in words the client knows. */
function knownContent(block: JsonObject, version: string): JsonObject {
  if (block["type"] === "audio" && version < "2025-03-26") return embedded(block);
  if (block["type"] === "resource_link" && version < "2025-06-18") return linkText(block);
  return block;
}

function embedded({ mimeType = "audio/*", data = "" }: JsonObject): JsonObject {
  return { type: "resource", resource: { uri: "audio:embedded", mimeType, blob: data } };
}

function linkText({ uri, name, description }: JsonObject): JsonObject {
  const parts = [name, uri, description].flatMap((part) => (typeof part === "string" && part !== "" ? [part] : []));
  return { type: "text", text: parts.join(": ") };
}
