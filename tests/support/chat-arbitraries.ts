// oxlint-disable oxc/no-map-spread -- test data must not be changed in place
/**
 * Arbitrary canonical chats for property tests. What is generated is held to what a protocol can say, as its {@link Abilities} tell, and
 * stands in the protocol's own normal order, so that a round trip through the wire must give the very same value.
 */
import {
  array,
  boolean,
  constant,
  constantFrom,
  double,
  integer,
  option,
  record,
  string,
  tuple,
  uniqueArray,
  type Arbitrary,
} from "fast-check";
import type {
  ChatChoice,
  ChatEvent,
  ChatMessage,
  ChatRequest,
  ChatResponse,
  ContentPart,
  FinishReason,
  FunctionTool,
  MediaPart,
  ReasoningOptions,
  ReasoningPart,
  Role,
  ToolCallPart,
  ToolChoice,
  ToolResultPart,
  Usage,
} from "#src/core/chat.ts";
import type { ProtocolName } from "#src/core/protocol.ts";

/** What a protocol can say beyond the common ground. */
export interface Abilities {
  /** The roles that may give instructions; `instructionsAnywhere`: in the middle of the conversation too. */
  readonly instructions: readonly Role[];
  readonly instructionsAnywhere: boolean;
  readonly media: Arbitrary<MediaPart>;
  /** What a tool may answer with besides text. */
  readonly resultMedia: boolean;
  readonly resultErrors: boolean;
  /** The answers to parallel calls stand in one message. */
  readonly resultsTogether: boolean;
  readonly cacheControl: boolean;
  readonly refusals: boolean;
  readonly customTools: boolean;
  readonly candidates: number;
  /** The scalar options the protocol has, each with its values. */
  readonly options: { readonly [K in keyof ChatRequest]?: Arbitrary<NonNullable<ChatRequest[K]>> };
  readonly reasoning: Arbitrary<ReasoningOptions>;
  /** Why an answer without tool calls may stop, and why one with them does. */
  readonly finishes: readonly FinishReason[];
  readonly called: FinishReason;
  /** Tool calls may be written side by side in a stream. */
  readonly interleaved: boolean;
  /** Reasoning as the protocol carries it; left out: sealed or encrypted, by Claude ({@link sealedReasoning}). */
  readonly reasoned?: Arbitrary<ReasoningPart>;
  /** What the model may make besides text. */
  readonly generated?: Arbitrary<MediaPart>;
  /** The tokens an answer tells, where the protocol does not tell all. */
  readonly usage?: Arbitrary<Usage>;
  /** Choices of the function of this name, beside `auto`, `required` and that tool alone. */
  readonly choices?: (name: string) => readonly ToolChoice[];
  /** False: a tool cannot be declared strict. */
  readonly strictTools?: boolean;
}

/** Text with what breaks naive code: several scripts, line breaks, quotes, characters of four bytes. */
export const words: Arbitrary<string> = string({ unit: "grapheme", minLength: 1, maxLength: 24 }).filter(
  (text) => text.trim() === text && text !== "",
);

const identifier = string({
  unit: constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789".split("")),
  minLength: 6,
  maxLength: 12,
});

function when<T>(able: boolean, values: Arbitrary<T>): Arbitrary<T | undefined> {
  return able ? option(values, { nil: undefined }) : constant(undefined);
}

/** Without the keys whose value is undefined, which canonical objects never hold. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

const cacheMark = constantFrom({ type: "ephemeral" as const }, { type: "ephemeral" as const, ttl: "1h" });

function textPart(can: Abilities): Arbitrary<ContentPart> {
  return record({ type: constant("text" as const), text: words, cacheControl: when(can.cacheControl, cacheMark) }).map(
    (part) => defined(part) as ContentPart,
  );
}

/** Reasoning with a seal of one of these protocols, over its text or encrypted. */
export function sealedReasoning(...owners: ProtocolName[]): Arbitrary<ReasoningPart> {
  return tuple(boolean(), words, identifier, constantFrom(...owners)).map(([encrypted, text, seal, sealedBy]) =>
    encrypted
      ? { type: "reasoning", text: "", redacted: seal, sealedBy }
      : { type: "reasoning", text, signature: seal, sealedBy },
  );
}

function reasoningPart(can: Abilities): Arbitrary<ReasoningPart> {
  return can.reasoned ?? sealedReasoning("anthropic-messages");
}

const input = record({ city: words, days: integer({ min: -3, max: 1e6 }), deep: record({ flag: boolean() }) }).map(
  (value) => JSON.stringify(value),
);

function toolCall(can: Abilities): Arbitrary<ToolCallPart> {
  const kinds = can.customTools ? (["function", "custom"] as const) : (["function"] as const);
  return record({
    type: constant("tool-call" as const),
    id: identifier.map((id) => `call_${id}`),
    name: identifier,
    input,
    kind: constantFrom(...kinds),
  });
}

function toolCalls(can: Abilities, minLength: number): Arbitrary<ToolCallPart[]> {
  return uniqueArray(toolCall(can), { minLength, maxLength: 3, selector: (call) => call.id });
}

function result(call: ToolCallPart, can: Abilities): Arbitrary<ToolResultPart> {
  const text: Arbitrary<ContentPart> = words.map((value) => ({ type: "text", text: value }));
  const image: Arbitrary<ContentPart> = constant({
    type: "media",
    kind: "image",
    source: { type: "base64", mediaType: "image/png", data: "aGVsbG8=" },
  });
  return record({
    type: constant("tool-result" as const),
    toolCallId: constant(call.id),
    content: can.resultMedia ? tuple(text, image) : tuple(text),
    isError: when(can.resultErrors, constant(true)),
  }).map((part) => defined(part) as ToolResultPart);
}

function instruction(can: Abilities): Arbitrary<ChatMessage> {
  return record({ role: constantFrom(...can.instructions), content: tuple(textPart(can)) });
}

function userMessage(can: Abilities): Arbitrary<ChatMessage> {
  return record({
    role: constant("user" as const),
    content: tuple(textPart(can), option(can.media, { nil: undefined })),
  }).map(({ role, content: [text, media] }) => ({ role, content: media === undefined ? [text] : [text, media] }));
}

/** An assistant's turn that calls tools, and their answers. */
function toolTurn(can: Abilities): Arbitrary<ChatMessage[]> {
  return tuple(
    option(reasoningPart(can), { nil: undefined }),
    option(words, { nil: undefined }),
    toolCalls(can, 1),
  ).chain(([reasoning, text, calls]) => {
    const content: ContentPart[] = [
      ...(reasoning === undefined ? [] : [reasoning]),
      ...(text === undefined ? [] : [{ type: "text" as const, text }]),
      ...calls,
    ];
    return tuple(...calls.map((call) => result(call, can))).map((results): ChatMessage[] => [
      { role: "assistant", content },
      ...(can.resultsTogether
        ? [{ role: "tool" as const, content: results }]
        : results.map((part): ChatMessage => ({ role: "tool", content: [part] }))),
    ]);
  });
}

function turn(can: Abilities): Arbitrary<ChatMessage[]> {
  const answer: Arbitrary<ChatMessage> = words.map((text) => ({
    role: "assistant",
    content: [{ type: "text", text }],
  }));
  const said = tuple(userMessage(can), answer).map((messages): ChatMessage[] => messages);
  const called = tuple(userMessage(can), toolTurn(can), answer).map(([user, turns, last]) => [user, ...turns, last]);
  const middle = can.instructionsAnywhere ? [tuple(instruction(can)).map((messages): ChatMessage[] => messages)] : [];
  return integer({ min: 0, max: 1 + middle.length }).chain((pick) => [said, called, ...middle][pick] ?? said);
}

function messages(can: Abilities): Arbitrary<ChatMessage[]> {
  return tuple(option(instruction(can), { nil: undefined }), array(turn(can), { maxLength: 3 }), userMessage(can)).map(
    ([system, turns, last]) => [...(system === undefined ? [] : [system]), ...turns.flat(), last],
  );
}

/** A schema that every vendor's strict mode takes as it is. */
const schema = record({
  type: constant("object"),
  properties: record({ city: record({ type: constant("string") }) }),
  required: constant<string[]>(["city"]),
  additionalProperties: constant(false),
});

const tool: Arbitrary<FunctionTool> = record({
  type: constant("function" as const),
  name: identifier,
  description: option(words, { nil: undefined }),
  inputSchema: schema,
  strict: option(boolean(), { nil: undefined }),
}).map((value) => defined(value) as FunctionTool);

function loose(declared: FunctionTool): FunctionTool {
  const { strict: _, ...rest } = declared;
  return rest;
}

function toolsOf(can: Abilities): Arbitrary<FunctionTool[]> {
  const values = can.strictTools === false ? tool.map(loose) : tool;
  return uniqueArray(values, { minLength: 1, maxLength: 3, selector: ({ name }) => name });
}

/** Requests a protocol can say whole. */
export function chatRequests(can: Abilities): Arbitrary<ChatRequest> {
  const base = record({
    model: identifier,
    messages: messages(can),
    maxOutputTokens: integer({ min: 1, max: 100_000 }),
    tools: option(toolsOf(can), { nil: undefined }),
    reasoning: option(can.reasoning, { nil: undefined }),
  });
  const options = record(
    Object.fromEntries(
      Object.entries(can.options).map(([key, values]) => [
        key,
        option(values as Arbitrary<unknown>, { nil: undefined }),
      ]),
    ),
  );
  return tuple(base, options, boolean(), integer({ min: 0, max: 5 })).map(([request, more, stream, pick]) =>
    defined({ ...request, ...more, stream, ...choiceAmong(can, request.tools?.[0]?.name, pick) } as ChatRequest),
  );
}

function choiceAmong(can: Abilities, name: string | undefined, pick: number): { toolChoice?: ToolChoice } {
  if (name === undefined) return {};
  const choices: readonly ToolChoice[] = [
    { type: "auto" },
    { type: "required" },
    { type: "tool", name, kind: "function" },
    ...(can.choices?.(name) ?? []),
  ];
  const toolChoice = choices[pick];
  return toolChoice === undefined ? {} : { toolChoice };
}

const usage: Arbitrary<Usage> = tuple(...Array.from({ length: 5 }, () => integer({ min: 0, max: 9999 }))).map(
  ([fresh = 0, cached = 0, written = 0, output = 0, thought = 0]) => ({
    inputTokens: fresh + cached + written,
    outputTokens: output + thought,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    reasoningTokens: thought,
  }),
);

function choice(can: Abilities): Arbitrary<ChatChoice> {
  const refusal: Arbitrary<string | undefined> = when(can.refusals, words);
  return tuple(
    array(reasoningPart(can), { maxLength: 2 }),
    option(words, { nil: undefined }),
    refusal,
    can.generated === undefined ? constant(undefined) : option(can.generated, { nil: undefined }),
    toolCalls(can, 0),
    constantFrom(...can.finishes),
  ).map(([reasoning, text, refused, media, calls, finish]) => ({
    content: [
      ...reasoning,
      ...(text === undefined ? [] : [{ type: "text" as const, text }]),
      ...(refused === undefined ? [] : [{ type: "refusal" as const, text: refused }]),
      ...(media === undefined ? [] : [media]),
      ...calls,
    ],
    finish: calls.length > 0 ? can.called : finish,
  }));
}

/** Whole answers a protocol can say. */
export function chatResponses(can: Abilities): Arbitrary<ChatResponse> {
  return record({
    id: identifier,
    model: identifier,
    created: integer({ min: 1, max: 2 ** 31 }),
    choices: array(choice(can), { minLength: 1, maxLength: can.candidates }),
    usage: can.usage ?? usage,
  });
}

/** An answer and the events of one stream it may have come as. */
export interface StreamedAnswer {
  readonly response: ChatResponse;
  readonly events: readonly ChatEvent[];
}

/** Answers as streams, their text cut anywhere, in the middle of a character too. */
export function streamedAnswers(can: Abilities): Arbitrary<StreamedAnswer> {
  return tuple(chatResponses(can), integer({ min: 1, max: 9 }), can.interleaved ? boolean() : constant(false)).map(
    ([response, size, interleaved]) => ({ response, events: eventsOf(response, size, interleaved) }),
  );
}

function eventsOf(response: ChatResponse, size: number, interleaved: boolean): ChatEvent[] {
  const { id, model, created } = response;
  const counter = { next: 0 };
  const start = defined({ type: "start", id, model, created }) as ChatEvent;
  const choices = response.choices.flatMap((answer, index) => {
    const place = index === 0 ? {} : { choice: index };
    const parts = answer.content.map((part) => partEvents(part, counter.next++, size));
    const calls = answer.content.findIndex((part) => part.type === "tool-call");
    const split = interleaved && calls >= 0 ? calls : parts.length;
    const events = [...parts.slice(0, split).flat(), ...braided(parts.slice(split))];
    const finish: ChatEvent = { type: "finish", reason: answer.finish };
    return [...events, finish].map((event) => ({ ...event, ...place }));
  });
  const end: ChatEvent[] = response.usage === undefined ? [] : [{ type: "usage", usage: response.usage }];
  return [start, ...choices, ...end];
}

/** The lists' events in turn, as parallel calls come. */
function braided(lists: readonly (readonly ChatEvent[])[]): ChatEvent[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list[at] ?? [])).flat();
}

function partEvents(part: ContentPart, block: number, size: number): ChatEvent[] {
  const end: ChatEvent = { type: "block-end", block };
  switch (part.type) {
    case "text":
    case "refusal": {
      const { type } = part;
      return [...pieces(part.text, size).map((text): ChatEvent => ({ type, block, text })), end];
    }
    case "reasoning": {
      const { redacted, signature, sealedBy } = part;
      const owner = sealedBy === undefined ? {} : { sealedBy };
      if (redacted !== undefined) return [{ type: "reasoning", block, text: "", redacted, ...owner }, end];
      const said = pieces(part.text, size).map((text): ChatEvent => ({ type: "reasoning", block, text }));
      return [
        ...said,
        ...(signature === undefined ? [] : [{ type: "reasoning" as const, block, text: "", signature, ...owner }]),
        end,
      ];
    }
    case "tool-call": {
      const { id, name, kind } = part;
      const said = pieces(part.input, size).map((text): ChatEvent => ({ type: "tool-input", block, text }));
      return [{ type: "tool-call", block, id, name, kind }, ...said, end];
    }
    case "media":
      return [{ type: "media", block, part }, end];
    default:
      throw new Error(`no events for a part of type ${part.type}`);
  }
}

function pieces(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
}

/** A number a client may send for temperatures and penalties. */
export function between(min: number, max: number): Arbitrary<number> {
  return double({ min, max, noNaN: true }).map((value) => Math.round(value * 100) / 100 + 0);
}
