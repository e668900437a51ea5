/**
 * Calls of custom (free-text) tools that come back from a vendor without such tools. There a custom tool is offered as a function with
 * one text, `input`; a client who offered the tool is given its call as it wants it.
 */
import type { ChatEvent, ChatRequest, ChatResponse, ContentPart, ToolCallEvent, ToolCallPart } from "../core/chat.ts";
import type { ResponseTarget, Stepper } from "../core/codec.ts";
import { isObject, type Json } from "../core/json.ts";
import type { Loss } from "../core/protocol.ts";

function customNames(request: ChatRequest | undefined): ReadonlySet<string> {
  return new Set(request?.tools?.flatMap((tool) => (tool.type === "custom" ? [tool.name] : [])));
}

/** The text in a function's input; what is no object with one text stays as it is. */
function textOf(input: string): string {
  let value: Json;
  try {
    value = JSON.parse(input) as Json;
  } catch {
    return input;
  }
  return isObject(value) && typeof value.input === "string" && Object.keys(value).length === 1 ? value.input : input;
}

/** An answer whose calls of custom tools are calls of custom tools again. */
export function withCustomCalls(response: ChatResponse, { request }: ResponseTarget): ChatResponse {
  const names = customNames(request);
  if (names.size === 0) return response;
  const restored = (part: ContentPart): ContentPart =>
    part.type === "tool-call" && isMistaken(part, names)
      ? { ...part, kind: "custom", input: textOf(part.input) }
      : part;
  const choices = response.choices.map((choice) =>
    Object.assign({ ...choice }, { content: choice.content.map(restored) }),
  );
  return { ...response, choices };
}

function isMistaken({ kind, name }: ToolCallPart | ToolCallEvent, names: ReadonlySet<string>): boolean {
  return kind === "function" && names.has(name);
}

type Encoder<Frame> = Stepper<ChatEvent, Frame> & { readonly losses: readonly Loss[] };

/** An encoder that is given such calls as those of custom tools, their text at their end: in JSON it has another form. */
export function customCallsTo<Frame>(encoder: Encoder<Frame>, { request }: ResponseTarget): Encoder<Frame> {
  const names = customNames(request);
  if (names.size === 0) return encoder;
  const open = new Map<number, { input: string; readonly choice: { readonly choice?: number } }>();
  const closed = (block: number): Frame[] => {
    const call = open.get(block);
    if (call === undefined) return [];
    open.delete(block);
    const text = textOf(call.input);
    return text === "" ? [] : encoder.step({ type: "tool-input", block, text, ...call.choice });
  };
  const step = (event: ChatEvent): Frame[] => {
    if (event.type === "tool-call" && isMistaken(event, names)) {
      open.set(event.block, { input: "", choice: event.choice === undefined ? {} : { choice: event.choice } });
      return encoder.step({ ...event, kind: "custom" });
    }
    if (event.type === "tool-input") {
      const call = open.get(event.block);
      if (call === undefined) return encoder.step(event);
      call.input += event.text;
      return [];
    }
    if (event.type === "block-end") return [...closed(event.block), ...encoder.step(event)];
    if (event.type === "finish") return [...[...open.keys()].flatMap(closed), ...encoder.step(event)];
    return encoder.step(event);
  };
  return { step, end: () => encoder.end(), losses: encoder.losses };
}
