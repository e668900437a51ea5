import type { ChatEvent, ChatMessage, ChatRequest, ChatTool, ContentPart, FinishReason } from "#src/core/chat.ts";

const NOTICE = "This is Sluice's echo provider: no model is behind it.";

/**
 * What the echo provider says: a notice, then what it was told. The words `call <tool>` in the last user text, or a tool choice that
 * demands one, make it call that tool, with the JSON object after the name as its input. Usage is an estimate at four characters a token.
 */
export function echoAnswer(request: ChatRequest): ChatEvent[] {
  const events: ChatEvent[] = [{ type: "start", model: request.model }];
  const choices = request.candidates ?? 1;
  let written = 0;
  let reasoned = 0;
  for (let choice = 0; choice < choices; choice++) {
    const answer = new Answer(choice === 0 ? {} : { choice }, events);
    if (wantsReasoning(request))
      reasoned += answer.reason("An echo needs no thought, but here is some, since it was asked for.");
    written += write(answer, request);
  }
  events.push({
    type: "usage",
    usage: {
      inputTokens: tokens(inputLength(request)),
      outputTokens: written + reasoned,
      ...(reasoned === 0 ? {} : { reasoningTokens: reasoned }),
    },
  });
  return events;
}

/** Writes one choice; answers its tokens. */
function write(answer: Answer, request: ChatRequest): number {
  const call = callAsked(request);
  if (call !== undefined) return answer.call(call.tool, call.input, request.messages.length);
  return answer.text(`${NOTICE} ${saying(request.messages)}`, request.maxOutputTokens);
}

/** The blocks of one choice, written to the common list of events. */
class Answer {
  readonly #at: { readonly choice?: number };
  readonly #events: ChatEvent[];
  #block = 0;

  constructor(at: { readonly choice?: number }, events: ChatEvent[]) {
    this.#at = at;
    this.#events = events;
  }

  reason(text: string): number {
    const at = { ...this.#at, block: this.#block++ };
    for (const piece of pieces(text)) this.#events.push({ type: "reasoning", text: piece, ...at });
    // Anthropic's clients send thinking back only with a signature.
    this.#events.push(
      { type: "reasoning", text: "", signature: "ZWNobw==", sealedBy: "anthropic-messages", ...at },
      { type: "block-end", ...at },
    );
    return tokens(text.length);
  }

  text(text: string, limit: number | undefined): number {
    const at = { ...this.#at, block: this.#block++ };
    const all = pieces(text);
    const kept = limit === undefined ? all : all.slice(0, limit);
    for (const piece of kept) this.#events.push({ type: "text", text: piece, ...at });
    this.#events.push({ type: "block-end", ...at });
    this.#finish(kept.length < all.length ? { unified: "length", raw: "length" } : { unified: "stop", raw: "stop" });
    return Math.min(tokens(text.length), limit ?? Infinity);
  }

  call(tool: ChatTool, input: string, turn: number): number {
    const at = { ...this.#at, block: this.#block++ };
    const id = `call_echo_${turn}_${this.#at.choice ?? 0}`;
    const kind = tool.type === "custom" ? "custom" : "function";
    this.#events.push({ type: "tool-call", id, name: tool.name, kind, ...at });
    for (const piece of pieces(input)) this.#events.push({ type: "tool-input", text: piece, ...at });
    this.#events.push({ type: "block-end", ...at });
    this.#finish({ unified: "tool-calls", raw: "tool_calls" });
    return tokens(input.length);
  }

  #finish(reason: FinishReason): void {
    this.#events.push({ type: "finish", reason, ...this.#at });
  }
}

/** Words with the blank before them, at most sixteen characters, so that even an echo streams. */
function pieces(text: string): string[] {
  return text.match(/\s*\S{1,16}|\s+$/gu) ?? [];
}

function tokens(characters: number): number {
  return Math.ceil(characters / 4);
}

function wantsReasoning({ reasoning }: ChatRequest): boolean {
  if (reasoning === undefined || reasoning.mode === "disabled" || reasoning.effort === "none") return false;
  return reasoning.mode !== undefined || reasoning.effort !== undefined || reasoning.budgetTokens !== undefined;
}

/** The tool the request demands, by its tool choice or by the words of its last message. */
function callAsked(request: ChatRequest): { tool: ChatTool; input: string } | undefined {
  const { toolChoice, messages } = request;
  const tools = (request.tools ?? []).filter(({ type }) => type !== "native");
  const last = messages.at(-1);
  if (tools.length === 0 || toolChoice?.type === "none" || last?.role !== "user") return undefined;
  const said = plainText(last.content);
  const [, name, input] = /\bcall\s+([\w.-]+)\s*(\{[^]*\})?/i.exec(said) ?? [];
  const demanded = toolChoice?.type === "tool" ? toolChoice.name : name;
  const offered = tools.filter((known) => toolChoice?.type !== "allowed" || toolChoice.names.includes(known.name));
  const required =
    toolChoice?.type === "required" || (toolChoice?.type === "allowed" && toolChoice.mode === "required");
  const tool = offered.find((known) => known.name === demanded) ?? (required ? offered[0] : undefined);
  return tool === undefined ? undefined : { tool, input: tool.type === "custom" ? said : jsonOf(input) };
}

function jsonOf(text: string | undefined): string {
  if (text === undefined) return "{}";
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return "{}";
  }
}

/** What the answer repeats: the tools' results, else the last user text. */
function saying(messages: readonly ChatMessage[]): string {
  const last = messages.at(-1);
  if (last?.role === "tool") return `The tool answered: ${plainText(last.content)}`;
  const user = messages.findLast(({ role }) => role === "user");
  const said = user === undefined ? "" : plainText(user.content);
  return said === "" ? "You said nothing." : `You said: ${said}`;
}

function plainText(parts: readonly ContentPart[]): string {
  return parts.map(partText).filter(Boolean).join(" ");
}

function partText(part: ContentPart): string {
  if (part.type === "text") return part.text;
  if (part.type === "media") return `[${part.kind}]`;
  return part.type === "tool-result" ? plainText(part.content) : "";
}

function inputLength({ messages, tools }: ChatRequest): number {
  const said = messages.reduce((sum, { content }) => sum + plainText(content).length, 0);
  return said + (tools === undefined ? 0 : JSON.stringify(tools).length);
}
