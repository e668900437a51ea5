import type { ChatMessage, ContentPart, TextPart, ToolResultPart } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { invalid, optional, required } from "../fields.ts";
import { restOf } from "../rest.ts";
import { madeUpId } from "./call-ids.ts";
import { createCallPieces } from "./call-pieces.ts";
import { alone, decodePart, mediaOf } from "./part-decode.ts";
import { camel, objects, PROTOCOL, textOf } from "./wire.ts";

/** Calls that await their result, to match those that come without an id. */
interface Calls {
  readonly open: { readonly id: string; readonly name: string }[];
  count: number;
}

const CONTENT: ReadonlySet<string> = new Set(["role", "parts"]);
const RESPONSE: ReadonlySet<string> = new Set(["id", "name", "response", "parts"]);

/** Reads `systemInstruction` and `contents`. */
export function decodeContents(body: JsonObject): ChatMessage[] {
  const messages: ChatMessage[] = [];
  const system = body.systemInstruction;
  if (typeof system === "string") messages.push({ role: "system", content: [{ type: "text", text: system }] });
  else if (system !== undefined && system !== null) {
    const content = required(system, "object", "systemInstruction");
    pushTurn("system", content, "systemInstruction", { open: [], count: 0 }, messages);
  }
  const calls: Calls = { open: [], count: 0 };
  for (const [index, value] of required(body.contents, "list", "contents").entries()) {
    const path = `contents[${index}]`;
    const content = required(value, "object", path);
    const role = optional(content.role, "string", `${path}.role`) ?? "user";
    if (role !== "user" && role !== "model" && role !== "function") {
      throw invalid(`${path}.role`, `"user" or "model"`);
    }
    pushTurn(role === "model" ? "assistant" : "user", content, path, calls, messages);
  }
  return messages;
}

function pushTurn(
  role: "system" | "user" | "assistant",
  value: JsonObject,
  path: string,
  calls: Calls,
  messages: ChatMessage[],
): void {
  const content: ContentPart[] = [];
  const results: ToolResultPart[] = [];
  for (const part of partsOf(value, path)) {
    if (isObject(part.functionResponse)) results.push(resultOf(part, part.functionResponse, calls));
    else for (const decoded of decodePart(part, () => madeUpId("", calls.count))) add(content, decoded, calls, role);
  }
  const rest = restOf(PROTOCOL, value, CONTENT);
  const more = rest === undefined ? {} : { rest };
  if (results.length > 0) messages.push({ role: "tool", content: results, ...(content.length === 0 ? more : {}) });
  if (results.length === 0 || content.length > 0) messages.push({ role, content, ...more });
}

/** The parts of a turn, checked; calls that were streamed in pieces, as a client may have kept them, are whole again. */
function partsOf(value: JsonObject, path: string): JsonObject[] {
  const pieces = createCallPieces();
  const parts = (optional(value.parts, "list", `${path}.parts`) ?? []).flatMap((one, index) => {
    const part = camel(required(one, "object", `${path}.parts[${index}]`));
    const wholes = pieces.take(part);
    for (const whole of wholes) check(whole, `${path}.parts[${index}]`);
    return wholes;
  });
  return [...parts, ...pieces.rest()];
}

/** Objects and texts must be what they are said to be. */
function check(part: JsonObject, path: string): void {
  optional(part.text, "string", `${path}.text`);
  for (const key of ["inlineData", "fileData", "functionCall", "functionResponse"]) {
    optional(part[key], "object", `${path}.${key}`);
  }
  if (isObject(part.functionCall)) required(part.functionCall.name, "string", `${path}.functionCall.name`);
}

/** Adds a part; pieces of one thought, and of one text of the model's, as streams leave them in a client's history, become one again. */
function add(content: ContentPart[], part: ContentPart, calls: Calls, role: ChatMessage["role"]): void {
  if (part.type === "tool-call") {
    calls.count += 1;
    calls.open.push({ id: part.id, name: part.name });
  }
  const last = content.at(-1);
  if (role === "assistant" && isPlainText(part) && isPlainText(last)) {
    content[content.length - 1] = { type: "text", text: last.text + part.text };
    return;
  }
  if (part.type !== "reasoning") {
    content.push(part);
    return;
  }
  const open = last?.type === "reasoning" && last.signature === undefined && last.redacted === undefined;
  if (!open || part.redacted !== undefined || part.rest !== undefined) content.push(alone(part));
  else content[content.length - 1] = { ...last, ...part, text: last.text + part.text };
}

function isPlainText(part: ContentPart | undefined): part is TextPart {
  return part?.type === "text" && part.rest === undefined && part.citations === undefined;
}

/** The call a result answers: by its id, else the first open one of its name, else the first open one. */
function callOf(response: JsonObject, { open }: Calls): string {
  const id = textOf(response.id);
  const at =
    id === undefined ? open.findIndex(({ name }) => name === response.name) : open.findIndex((c) => c.id === id);
  const [call] = at < 0 ? [] : open.splice(at, 1);
  return id ?? call?.id ?? textOf(response.name) ?? "";
}

function resultOf(part: JsonObject, response: JsonObject, calls: Calls): ToolResultPart {
  const content: ContentPart[] = [];
  const { text, isError } = outputOf(response.response);
  if (text !== undefined) content.push({ type: "text", text });
  for (const one of objects(response.parts)) {
    const media = mediaOf(camel(one));
    content.push(media ?? { type: "native", protocol: PROTOCOL, value: one });
  }
  const rest = restOf(PROTOCOL, part, new Set(["functionResponse", "thoughtSignature"]), {
    functionResponse: RESPONSE,
  });
  const result: ToolResultPart = { type: "tool-result", toolCallId: callOf(response, calls), content };
  return { ...result, ...(isError ? { isError } : {}), ...(rest === undefined ? {} : { rest }) };
}

/** Google's convention: `output` or `error` alone hold the answer, else the whole object is it. */
function outputOf(response: Json | undefined): { readonly text?: string; readonly isError: boolean } {
  if (!isObject(response)) return { isError: false };
  const [key, ...others] = Object.keys(response);
  if (key === undefined) return { isError: false };
  const sole = others.length === 0 && (key === "output" || key === "error");
  const value = sole ? response[key] : response;
  return { text: typeof value === "string" ? value : JSON.stringify(value), isError: sole && key === "error" };
}
