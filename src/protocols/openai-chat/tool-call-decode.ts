/** Tool calls of an answer, put together from whatever pieces a vendor sends them in. */
import type { ChatEvent } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { restOf } from "../rest.ts";
import { endOpen, send, type AnswerState, type ChoiceState, type ToolDraft } from "./answer-state.ts";
import { PROTOCOL, type WireToolCall } from "./wire.ts";

const KNOWN = new Set(["index", "id", "type", "function", "custom"]);
const NESTED = { function: new Set(["name", "arguments"]), custom: new Set(["name", "input"]) };

/** Takes in one entry of `tool_calls`; `index` says which call it is a piece of, where that is known. */
export function takeToolCall(
  state: AnswerState,
  choice: ChoiceState,
  call: WireToolCall,
  index: number | undefined,
  out: ChatEvent[],
): void {
  const custom = call.type === "custom" || (call.custom !== undefined && call.custom !== null);
  const id = word(call.id);
  const name = word(custom ? call.custom?.name : call.function?.name);
  const draft = draftOf(choice, index, id, name) ?? begin(choice, custom ? "custom" : "function", index);
  if (draft.block === undefined) {
    if (draft.id === "") draft.id = id;
    if (draft.name === "") draft.name = name;
    draft.rest ??= restOf(PROTOCOL, call as unknown as JsonObject, KNOWN, NESTED);
  }
  takeInput(state, choice, draft, inputText(custom ? call.custom?.input : call.function?.arguments), out);
}

/** An id or a name; some vendors number their calls. */
function word(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** The call an entry goes on with; undefined for a new one. */
function draftOf(choice: ChoiceState, index: number | undefined, id: string, name: string): ToolDraft | undefined {
  const last = choice.tools.at(-1);
  if (index === undefined && id !== "") {
    return choice.tools.find((tool) => tool.id === id) ?? (last?.id === "" ? last : undefined);
  }
  const draft = index === undefined ? last : choice.toolsByIndex.get(index);
  if (draft === undefined || name === "") return draft;
  // Some vendors number every call 0, or none; then a new name with a new id tells, or without ids a new name.
  const other = id === "" ? index === undefined && draft.name !== name : draft.id !== "" && draft.id !== id;
  return other && draft.name !== "" ? undefined : draft;
}

function begin(choice: ChoiceState, kind: ToolDraft["kind"], index: number | undefined): ToolDraft {
  const draft: ToolDraft = { id: "", name: "", kind, block: undefined, held: "", rest: undefined };
  choice.tools.push(draft);
  if (index !== undefined) choice.toolsByIndex.set(index, draft);
  return draft;
}

/** The input's text; some vendors send the arguments as an object. */
function inputText(value: Json | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

function takeInput(state: AnswerState, choice: ChoiceState, draft: ToolDraft, text: string, out: ChatEvent[]): void {
  if (draft.block === undefined) {
    draft.held += text;
    if (draft.id !== "" && draft.name !== "") open(state, choice, draft, out);
  } else if (text !== "") {
    send(out, choice, { type: "tool-input", block: draft.block, text });
  }
}

function open(state: AnswerState, choice: ChoiceState, draft: ToolDraft, out: ChatEvent[]): void {
  endOpen(choice, out);
  const { id, name, kind, rest, held } = draft;
  const block = state.nextBlock++;
  draft.block = block;
  send(out, choice, { type: "tool-call", block, id, name, kind, ...(rest === undefined ? {} : { rest }) });
  if (held !== "") send(out, choice, { type: "tool-input", block, text: held });
  draft.held = "";
}

/** Sends what waited for an id or a name that never came. Ids are made of the answer's own, so that they differ between turns. */
export function flushToolCalls(state: AnswerState, choice: ChoiceState, out: ChatEvent[]): void {
  for (const [position, draft] of choice.tools.entries()) {
    if (draft.block !== undefined || (draft.name === "" && draft.held === "")) continue;
    if (draft.id === "") draft.id = madeId(state.id, choice.index, position);
    open(state, choice, draft, out);
  }
}

function madeId(answer: string, choice: number, position: number): string {
  const base = answer.slice(answer.indexOf("-") + 1).replaceAll(/[^A-Za-z0-9_-]/g, "");
  return ["call", base, choice === 0 ? "" : String(choice), String(position)].filter((piece) => piece !== "").join("_");
}
