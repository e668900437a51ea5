/** What the decoder of an answer remembers, of a stream and of a whole answer alike. */
import type { ChatEvent, Rest, ToolCallPart } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";

/** A tool call being put together. */
export interface ToolDraft {
  id: string;
  name: string;
  readonly kind: ToolCallPart["kind"];
  /** Its block once its call event went out, which needs the id and the name; until then input waits in `held`. */
  block: number | undefined;
  held: string;
  rest: Rest | undefined;
}

/** A block of reasoning. */
export interface ReasoningBlock {
  readonly block: number;
  /** It has its signature or is encrypted, so nothing can follow in it. */
  sealed: boolean;
}

/** The kinds of block that text goes into; one of them at most is open in a choice. */
export type TextKind = "text" | "reasoning" | "refusal";

/** One of the answers asked for. */
export interface ChoiceState {
  readonly index: number;
  open: { readonly kind: TextKind; readonly block: number } | undefined;
  /** The block that citations belong to. */
  text: number | undefined;
  reasoning: ReasoningBlock | undefined;
  /** Reasoning blocks by the `index` of their details. */
  readonly details: Map<number, ReasoningBlock>;
  readonly tools: ToolDraft[];
  readonly toolsByIndex: Map<number, ToolDraft>;
  /** Fields of the choice that the canonical form has no place for; they go out with the finish. */
  rest: JsonObject | undefined;
  finished: boolean;
}

/** All of an answer. */
export interface AnswerState {
  started: boolean;
  failed: boolean;
  /** The terminator was seen. */
  done: boolean;
  id: string;
  nextBlock: number;
  /** Fields of the answer that came before it could be said to begin. */
  rest: JsonObject | undefined;
  readonly choices: Map<number, ChoiceState>;
}

/** The state before anything came. */
export function initialState(): AnswerState {
  return { started: false, failed: false, done: false, id: "", nextBlock: 0, rest: undefined, choices: new Map() };
}

/** The state of a choice, made when it is first heard of. */
export function choiceOf(state: AnswerState, index: number): ChoiceState {
  const known = state.choices.get(index);
  if (known !== undefined) return known;
  const choice: ChoiceState = {
    index,
    open: undefined,
    text: undefined,
    reasoning: undefined,
    details: new Map(),
    tools: [],
    toolsByIndex: new Map(),
    rest: undefined,
    finished: false,
  };
  state.choices.set(index, choice);
  return choice;
}

type Placeable = Extract<ChatEvent, { choice?: number }>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Sends an event, marked with its choice unless that is the first. */
export function send(out: ChatEvent[], choice: ChoiceState, event: Mutable<Placeable>): void {
  if (choice.index !== 0) event.choice = choice.index;
  out.push(event);
}

/** The block that text of a kind goes into now; a block of another kind is ended. */
export function blockFor(state: AnswerState, choice: ChoiceState, kind: TextKind, out: ChatEvent[]): number {
  if (choice.open?.kind === kind) return choice.open.block;
  endOpen(choice, out);
  const block = state.nextBlock++;
  choice.open = { kind, block };
  if (kind === "text") choice.text = block;
  return block;
}

/** Ends the open block of text, if there is one. */
export function endOpen(choice: ChoiceState, out: ChatEvent[]): void {
  if (choice.open === undefined) return;
  send(out, choice, { type: "block-end", block: choice.open.block });
  choice.open = undefined;
}
