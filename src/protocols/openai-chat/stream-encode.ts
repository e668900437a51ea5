import type { ChatEvent, ToolCallPart, Usage, Citation, Span } from "../../core/chat.ts";
import type { ResponseTarget, Stepper } from "../../core/codec.ts";
import { faultOf } from "../../core/error-event.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Loss } from "../../core/protocol.ts";
import type { SseFrame } from "../../core/sse.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { saysNothing } from "../vendor-metadata.ts";
import { answerId, encodeCitation, encodeToolCall } from "./answer-encode.ts";
import { encodeImage } from "./content.ts";
import { errorFrames } from "./error.ts";
import { encodeFinish } from "./finish-reason.ts";
import { encodeDetail } from "./reasoning-details.ts";
import { encodeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";
import { cutShort } from "../stream-faults.ts";

/** A tool call under way; one that ends `empty` is given `{}`, since clients parse the arguments as JSON. */
interface ToolOut {
  readonly index: number;
  readonly kind: ToolCallPart["kind"];
  empty: boolean;
}

interface ChoiceOut {
  readonly index: number;
  readonly tools: Map<number, ToolOut>;
  /** The place of each block of reasoning among them. */
  readonly reasoning: Map<number, number>;
  images: number;
  /** How much text went out, which is where a citation stands. */
  text: number;
  /** Where the text of each block begins. */
  readonly begins: Map<number, number>;
  finished: boolean;
}

interface State {
  readonly target: ResponseTarget;
  readonly losses: Losses;
  readonly choices: Map<number, ChoiceOut>;
  /** What each chunk begins with, up to its choices; undefined until the answer begins. */
  head: string | undefined;
  /** What each chunk ends with after its choices. */
  readonly tail: string;
  /** Fields the upstream gave the answer; they go out with the first chunk only. */
  extra: string;
  usage: Usage | undefined;
  failed: boolean;
}

/** Writes canonical events as Chat Completions chunks. */
export function createEncoder(
  target: ResponseTarget,
): Stepper<ChatEvent, SseFrame> & { readonly losses: readonly Loss[] } {
  const state: State = {
    target,
    losses: new Losses(PROTOCOL, saysNothing),
    choices: new Map(),
    head: undefined,
    tail: target.includeUsage ? '],"usage":null' : "]",
    extra: "",
    usage: undefined,
    failed: false,
  };
  return { step: (event) => step(state, event), end: () => end(state), losses: state.losses.list };
}

function step(state: State, event: ChatEvent): SseFrame[] {
  const out: SseFrame[] = [];
  if (!state.failed) (HANDLERS[event.type] as Handler<ChatEvent>)(state, event, out);
  return out;
}

type Handler<E> = (state: State, event: E, out: SseFrame[]) => void;

const HANDLERS: { readonly [K in ChatEvent["type"]]: Handler<Extract<ChatEvent, { type: K }>> } = {
  start(state, event, out) {
    begin(state, event);
    choiceOf(state, 0, out);
  },
  text(state, { block, text, logprobs, choice = 0 }, out) {
    const to = choiceOf(state, choice, out);
    if (to.finished || (text === "" && logprobs === undefined)) return;
    if (!to.begins.has(block)) to.begins.set(block, to.text);
    to.text += text.length;
    const scores = logprobs === undefined ? "null" : `{"content":${JSON.stringify(logprobs)},"refusal":null}`;
    chunk(state, to, `{"content":${JSON.stringify(text)}}`, out, scores);
  },
  refusal(state, { text, logprobs, choice = 0 }, out) {
    const to = choiceOf(state, choice, out);
    if (to.finished || (text === "" && logprobs === undefined)) return;
    const scores = logprobs === undefined ? "null" : `{"content":null,"refusal":${JSON.stringify(logprobs)}}`;
    chunk(state, to, `{"refusal":${JSON.stringify(text)}}`, out, scores);
  },
  reasoning(state, event, out) {
    const to = choiceOf(state, event.choice ?? 0, out);
    if (to.finished) return;
    let index = to.reasoning.get(event.block);
    if (index === undefined) to.reasoning.set(event.block, (index = to.reasoning.size));
    const { text, signature, redacted } = event;
    if (text === "" && signature === undefined && redacted === undefined) return;
    const delta: JsonObject = { reasoning_details: [encodeDetail(event, index)] };
    if (text !== "") delta.reasoning_content = text;
    chunk(state, to, JSON.stringify(delta), out);
  },
  citation(state, { block, citation, choice = 0 }, out) {
    const to = choiceOf(state, choice, out);
    if (to.finished) return;
    const path = `${contentPath(to, block)}.citations`;
    const annotation = encodeCitation(citation, spanOfBlock(to, block, citation), path, state.losses);
    if (annotation !== undefined) chunk(state, to, JSON.stringify({ annotations: [annotation] }), out);
  },
  "tool-call"(state, event, out) {
    const to = choiceOf(state, event.choice ?? 0, out);
    if (to.finished) return;
    if (event.kind === "server") {
      state.losses.dropped(contentPath(to, event.block), "a tool its vendor ran");
      return;
    }
    const tool: ToolOut = { index: to.tools.size, kind: event.kind, empty: true };
    to.tools.set(event.block, tool);
    const call: JsonObject = { index: tool.index, ...encodeToolCall(event, "") };
    writeRest(call, event.rest, contentPath(to, event.block), state.losses);
    chunk(state, to, JSON.stringify({ tool_calls: [call] }), out);
  },
  "tool-input"(state, { block, text, choice = 0 }, out) {
    const to = choiceOf(state, choice, out);
    const tool = to.tools.get(block);
    if (tool === undefined || to.finished || text === "") return;
    tool.empty = false;
    chunk(state, to, inputDelta(tool, text), out);
  },
  media(state, { block, part, choice = 0 }, out) {
    const to = choiceOf(state, choice, out);
    if (to.finished) return;
    const image = encodeImage(part, to.images);
    if (image === undefined) {
      state.losses.dropped(`${contentPath(to, block)}.${part.kind}`);
      return;
    }
    to.images++;
    chunk(state, to, JSON.stringify({ images: [image] }), out);
  },
  native(state, { block, protocol, value, choice = 0 }, out) {
    const to = choiceOf(state, choice, out);
    if (to.finished) return;
    if (protocol === PROTOCOL) chunk(state, to, JSON.stringify(value), out);
    else state.losses.dropped(contentPath(to, block), "a part only its own protocol knows");
  },
  "block-end"(state, { block, choice = 0 }, out) {
    const to = choiceOf(state, choice, out);
    const tool = to.tools.get(block);
    if (tool !== undefined && !to.finished) completeTool(state, to, tool, out);
  },
  finish(state, event, out) {
    const to = choiceOf(state, event.choice ?? 0, out);
    if (to.finished) return;
    for (const tool of to.tools.values()) completeTool(state, to, tool, out);
    to.finished = true;
    const { reason, rest } = event;
    const path = `choices[${to.index}]`;
    const choice: JsonObject = {
      index: to.index,
      delta: {},
      logprobs: null,
      finish_reason: encodeFinish(reason, `${path}.finish_reason`, state.losses),
    };
    if (reason.stopSequence !== undefined) choice.stop_reason = reason.stopSequence;
    writeRest(choice, rest, path, state.losses);
    write(state, JSON.stringify(choice), out);
  },
  usage(state, { usage }) {
    state.usage = usage;
  },
  ping(_state, _event, out) {
    out.push({ comment: "ping" });
  },
  error(state, event, out) {
    state.failed = true;
    out.push(...errorFrames(faultOf(event)));
  },
};

/** Fields of an answer that every chunk of OpenAI's repeats. */
const REPEATED = ["system_fingerprint", "service_tier"];

function begin(state: State, event: Partial<Extract<ChatEvent, { type: "start" }>>): void {
  if (state.head !== undefined) return;
  const { target } = state;
  const head: JsonObject = {
    id: answerId(event.id, target.id),
    object: "chat.completion.chunk",
    created: event.created ?? Math.floor(target.now() / 1000),
    model: target.model ?? event.model ?? "",
  };
  const extra: JsonObject = {};
  writeRest(extra, event.rest, "", state.losses);
  for (const key of REPEATED) {
    if (extra[key] === undefined) continue;
    head[key] = extra[key];
    delete extra[key];
  }
  state.head = `${JSON.stringify(head).slice(0, -1)},"choices":[`;
  const fields = JSON.stringify(extra).slice(1, -1);
  state.extra = fields === "" ? "" : `,${fields}`;
}

/** The choice, its role told first of all. */
function choiceOf(state: State, index: number, out: SseFrame[]): ChoiceOut {
  const known = state.choices.get(index);
  if (known !== undefined) return known;
  begin(state, {});
  const choice: ChoiceOut = {
    index,
    tools: new Map(),
    reasoning: new Map(),
    images: 0,
    text: 0,
    begins: new Map(),
    finished: false,
  };
  state.choices.set(index, choice);
  chunk(state, choice, '{"role":"assistant","content":""}', out);
  return choice;
}

/** Adds a chunk with a delta, given as JSON text: nothing is parsed or built twice on this path. */
function chunk(state: State, choice: ChoiceOut, delta: string, out: SseFrame[], logprobs = "null"): void {
  write(state, `{"index":${choice.index},"delta":${delta},"logprobs":${logprobs},"finish_reason":null}`, out);
}

function write(state: State, choice: string, out: SseFrame[]): void {
  out.push({ data: `${state.head}${choice}${state.tail}${state.extra}}` });
  state.extra = "";
}

function inputDelta({ index, kind }: ToolOut, text: string): string {
  const input = JSON.stringify(text);
  return kind === "custom"
    ? `{"tool_calls":[{"index":${index},"custom":{"input":${input}}}]}`
    : `{"tool_calls":[{"index":${index},"function":{"arguments":${input}}}]}`;
}

function completeTool(state: State, choice: ChoiceOut, tool: ToolOut, out: SseFrame[]): void {
  if (tool.empty && tool.kind === "function") chunk(state, choice, inputDelta(tool, "{}"), out);
  tool.empty = false;
}

/** A passage is counted from its block's begin; without one, a citation stands where the text is now. */
function spanOfBlock({ begins, text }: ChoiceOut, block: number, { span }: Citation): Span {
  return { start: span === undefined ? text : (begins.get(block) ?? text), end: text };
}

function contentPath(choice: ChoiceOut, block: number): string {
  return `choices[${choice.index}].content[${block}]`;
}

/** The terminator is a promise that the answer is whole, so one without a finish reason gets an error in its place. */
function end(state: State): SseFrame[] {
  if (state.failed) return [];
  const choices = [...state.choices.values()];
  if (choices.length === 0 || choices.some((choice) => !choice.finished)) {
    state.failed = true;
    return errorFrames(cutShort());
  }
  const out: SseFrame[] = [];
  if (state.target.includeUsage && state.usage !== undefined) {
    const usage: Json = encodeUsage(state.usage, state.losses);
    out.push({ data: `${state.head}],"usage":${JSON.stringify(usage)}}` });
  }
  out.push({ data: "[DONE]" });
  return out;
}
