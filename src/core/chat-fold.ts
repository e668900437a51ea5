import type {
  ChatChoice,
  ChatEvent,
  ChatResponse,
  Citation,
  ContentPart,
  FinishReason,
  Rest,
  StartEvent,
  Usage,
} from "./chat.ts";
import { faultOf } from "./error-event.ts";
import { Fault } from "./fault.ts";
import type { Json } from "./json.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Mutable<ContentPart>;

interface ChoiceDraft {
  readonly blocks: Map<number, Draft>;
  finish?: FinishReason;
  rest?: Rest;
}

interface State {
  start?: StartEvent;
  usage?: Usage;
  readonly choices: Map<number, ChoiceDraft>;
}

/**
 * Makes the whole answer of its events. Throws the answer's own Fault when an `error` event is among them, and `upstream_cut` when a
 * choice has no finish reason.
 */
export function fold(events: Iterable<ChatEvent>): ChatResponse {
  const state: State = { choices: new Map() };
  for (const event of events) apply(state, event);
  const { start, usage } = state;
  return {
    ...(start?.id === undefined ? {} : { id: start.id }),
    ...(start?.model === undefined ? {} : { model: start.model }),
    ...(start?.created === undefined ? {} : { created: start.created }),
    ...(start?.rest === undefined ? {} : { rest: start.rest }),
    ...(usage === undefined ? {} : { usage }),
    choices: [...state.choices.entries()].sort(([a], [b]) => a - b).map(([, draft]) => finished(draft)),
  };
}

function finished(draft: ChoiceDraft): ChatChoice {
  if (draft.finish === undefined) {
    throw new Fault("upstream_cut", "The provider's answer ended before its finish reason.");
  }
  return {
    content: [...draft.blocks.values()] as ContentPart[],
    finish: draft.finish,
    ...(draft.rest === undefined ? {} : { rest: draft.rest }),
  };
}

function choiceOf(state: State, index: number): ChoiceDraft {
  let draft = state.choices.get(index);
  if (draft === undefined) state.choices.set(index, (draft = { blocks: new Map() }));
  return draft;
}

function apply(state: State, event: ChatEvent): void {
  switch (event.type) {
    case "start":
      state.start ??= event;
      return;
    case "usage":
      state.usage = event.usage;
      return;
    case "finish": {
      const draft = choiceOf(state, event.choice ?? 0);
      draft.finish = event.reason;
      if (event.rest !== undefined) draft.rest = event.rest;
      return;
    }
    case "error":
      throw faultOf(event);
    case "ping":
    case "block-end":
      return;
    default:
      applyContent(choiceOf(state, event.choice ?? 0).blocks, event);
  }
}

type ContentEvent = Exclude<ChatEvent, { type: "start" | "usage" | "finish" | "error" | "ping" | "block-end" }>;

/** A block's part before its event is applied; undefined for events that cannot open a block. */
function opened(event: ContentEvent): Draft | undefined {
  switch (event.type) {
    case "text":
    case "citation":
      return { type: "text", text: "" };
    case "reasoning":
      return { type: "reasoning", text: "" };
    case "refusal":
      return { type: "refusal", text: "" };
    case "tool-call": {
      const { id, name, kind, rest } = event;
      return { type: "tool-call", id, name, kind, input: "", ...(rest === undefined ? {} : { rest }) };
    }
    case "media":
      return event.part;
    case "native":
      return { type: "native", protocol: event.protocol, value: event.value };
    case "tool-input":
      return undefined;
  }
}

function applyContent(blocks: Map<number, Draft>, event: ContentEvent): void {
  let part = blocks.get(event.block);
  if (part === undefined) {
    part = opened(event);
    if (part === undefined) return;
    blocks.set(event.block, part);
  }
  if (event.type === "text" && part.type === "text") {
    part.text += event.text;
    if (event.logprobs !== undefined) part.logprobs = joined(part.logprobs, event.logprobs);
  } else if (event.type === "citation" && part.type === "text") {
    part.citations = [...((part.citations ?? []) as Citation[]), event.citation];
  } else if (event.type === "reasoning" && part.type === "reasoning") {
    part.text += event.text;
    if (event.signature !== undefined) part.signature = event.signature;
    if (event.redacted !== undefined) part.redacted = event.redacted;
    if (event.sealedBy !== undefined) part.sealedBy = event.sealedBy;
    if (event.rest !== undefined) part.rest = event.rest;
  } else if (event.type === "refusal" && part.type === "refusal") {
    part.text += event.text;
  } else if (event.type === "tool-input" && part.type === "tool-call") {
    part.input += event.text;
  }
}

/** Log probabilities of two pieces as those of their whole. */
function joined(before: Json | undefined, after: Json): Json {
  return Array.isArray(before) && Array.isArray(after) ? [...before, ...after] : after;
}
