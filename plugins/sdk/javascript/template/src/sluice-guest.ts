/** What a plugin gives back, and the hooks it may leave out. The shapes are those of the world in plugin.wit, version 0.1.0. */
export type Hook =
  | "request-headers"
  | "request-body"
  | "chat-request"
  | "response-headers"
  | "response-body"
  | "response-chunk"
  | "chat-event"
  | "done";

export interface Setup {
  hooks: Hook[];
  /** Every how many milliseconds onTick is wanted; 0: never. */
  tickMs: number;
}

export type Header = [name: string, value: string];

export interface Reply {
  status: number;
  headers: Header[];
  body: Uint8Array;
  kind: "plain" | "refusal" | "chat";
  /** A word for the access log. */
  reason: string | undefined;
}

export type Answer = { tag: "answer"; val: Reply };
export type Verdict = { tag: "proceed" } | { tag: "pass-body" } | Answer;
export type Edit<Body> = { tag: "keep" } | { tag: "replace"; val: Body } | Answer;
export type Piece<Body> = { tag: "keep" } | { tag: "replace"; val: Body };

export interface Guest {
  /** Throws text that says what in the configuration, which is JSON, cannot be used. */
  configure(config: string): Setup;
  onRequestHeaders(ctx: number): Verdict;
  onRequestBody(ctx: number, body: Uint8Array): Edit<Uint8Array>;
  /** A chat in the gateway's own form, as JSON. */
  onChatRequest(ctx: number, chat: string): Edit<string>;
  onResponseHeaders(ctx: number): Verdict;
  onResponseBody(ctx: number, body: Uint8Array): Edit<Uint8Array>;
  onResponseChunk(ctx: number, chunk: Uint8Array, last: boolean): Piece<Uint8Array>;
  /** A step of a chat's answer, as JSON; what takes its place is a JSON list of steps. */
  onChatEvent(ctx: number, event: string): Piece<string>;
  onDone(ctx: number): void;
  onTick(): void;
}

export const PROCEED: Verdict = { tag: "proceed" };
const KEEP = { tag: "keep" } as const;

/** QuickJS has neither TextEncoder nor TextDecoder. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(unescape(encodeURIComponent(text)), (letter) => letter.charCodeAt(0));
}

export function textOf(bytes: Uint8Array): string {
  return decodeURIComponent(escape(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
}

/** Told in the client's protocol where there is one. */
export function refuse(status: number, message: string): Answer {
  return { tag: "answer", val: { status, headers: [], body: bytesOf(message), kind: "refusal", reason: undefined } };
}

export function respond(status: number, body: string, headers: Header[] = []): Answer {
  return { tag: "answer", val: { status, headers, body: bytesOf(body), kind: "plain", reason: undefined } };
}

/** A plugin whose other hooks do nothing. */
export function defineGuest(hooks: Pick<Guest, "configure"> & Partial<Guest>): Guest {
  return {
    onRequestHeaders: () => PROCEED,
    onRequestBody: () => KEEP,
    onChatRequest: () => KEEP,
    onResponseHeaders: () => PROCEED,
    onResponseBody: () => KEEP,
    onResponseChunk: () => KEEP,
    onChatEvent: () => KEEP,
    onDone() {},
    onTick() {},
    ...hooks,
  };
}
