/** What a test tells the fake provider to answer, and how to deliver it. */

/** Tokens of an answer in OpenAI's arithmetic: `cached` and `written` are part of `input`, `reasoning` is part of `output`. */
export interface AnswerUsage {
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
  readonly written?: number;
  readonly reasoning?: number;
}

/** One piece of content. A tool's `input` is the text the model writes; empty for a tool without arguments. */
export type AnswerPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly text: string; readonly signature?: string }
  | { readonly type: "redacted"; readonly data: string }
  | { readonly type: "refusal"; readonly text: string }
  | { readonly type: "tool"; readonly id: string; readonly name: string; readonly input: string };

/** Why the fake model stopped; each vendor's word for it is in its own file. */
export type AnswerFinish = "stop" | "length" | "tools" | "stop-sequence" | "filtered" | "refused" | "paused";

/** An answer without a vendor's shape. `model` left out: the one that was asked for. */
export interface Answer {
  readonly parts: readonly AnswerPart[];
  readonly finish?: AnswerFinish;
  readonly stopSequence?: string;
  readonly usage?: AnswerUsage;
  readonly model?: string;
  readonly id?: string;
  /** Streams the inputs of several tool calls turn by turn (OpenAI only; Claude's grammar has one open block). */
  readonly interleaved?: boolean;
}

/** How the bytes go out. Frames are SSE events; an answer that is not streamed is two halves. Gates are opened by the test. */
export interface Delivery {
  readonly headers?: Readonly<Record<string, string>>;
  /** Waited for before the status line. */
  readonly beforeHeaders?: Promise<unknown>;
  /** Waited for between the headers and the first byte of the body. */
  readonly beforeBody?: Promise<unknown>;
  /** Waited for after so many frames. */
  readonly hold?: { readonly afterFrames: number; readonly until: Promise<unknown> };
  /** The connection is destroyed after so many bytes of the body; 0 after the headers, -1 before them. */
  readonly cutAfterBytes?: number;
  /** One write a byte. */
  readonly drip?: boolean;
  readonly gzip?: boolean;
  /** Changes the frames of a streamed answer before they are sent: see edits.ts. */
  readonly edit?: (frames: readonly string[]) => readonly string[];
}

/** An answer in the vendor's shape. */
export interface AnswerScript extends Delivery {
  readonly answer: Answer;
}

/** An error in the vendor's shape, its type derived from the status where it is not given. */
export interface ErrorScript extends Delivery {
  readonly status: number;
  readonly message?: string;
  readonly type?: string;
  readonly code?: string;
}

/** A body of the test's own, streamed as it is read, so that it may be larger than memory. */
export interface RawScript extends Delivery {
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly status?: number;
  readonly contentType?: string;
}

/** One scripted reaction to one request. */
export type Script = AnswerScript | ErrorScript | RawScript;

/** A plain text answer. */
export function text(words: string, more: Omit<Answer, "parts"> & Delivery = {}): AnswerScript {
  return answering([{ type: "text", text: words }], more);
}

/** An answer of these parts. */
export function answering(parts: readonly AnswerPart[], more: Omit<Answer, "parts"> & Delivery = {}): AnswerScript {
  const { finish, stopSequence, usage, model, id, interleaved, ...delivery } = more;
  const given = { finish, stopSequence, usage, model, id, interleaved };
  const answer = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...delivery, answer: { parts, ...answer } };
}

/** An error status in the vendor's shape. */
export function failing(status: number, more: Omit<ErrorScript, "status"> = {}): ErrorScript {
  return { status, ...more };
}

/** The finish reason an answer has when it names none. */
export function finishOf(answer: Answer): AnswerFinish {
  return answer.finish ?? (answer.parts.some((part) => part.type === "tool") ? "tools" : "stop");
}

/** The tokens an answer has when it names none. */
export function usageOf(answer: Answer): AnswerUsage {
  return answer.usage ?? { input: 11, output: 7 };
}

/** Text as a model's tokens might cut it: words with their space, code points never split. */
export function pieces(words: string): readonly string[] {
  return words.match(/\s*\S+|\s+/gu) ?? [];
}

/** JSON text cut in the middle of names and values, as a model's tokens do. */
export function jsonPieces(json: string): readonly string[] {
  return json.match(/[\s\S]{1,7}/gu) ?? [];
}
