import type { ChatEvent, ChatRequest } from "../../core/chat.ts";
import type { Header } from "../../core/header-list.ts";
import { isObject, type Json } from "../../core/json.ts";
import { type HookName, LocalReply } from "../../core/plugin.ts";
import type { WireVerdict } from "./messages.ts";

/** What any hook may return. */
export type AnyVerdict =
  | void
  | "pass-body"
  | "stream-body"
  | LocalReply
  | Uint8Array
  | ChatRequest
  | readonly ChatEvent[];

/** A verdict, and its bytes apart. */
export interface SentVerdict {
  readonly verdict: WireVerdict;
  readonly blobs: readonly Uint8Array[];
}

/** In the process: a hook's verdict as it is sent. */
export function sendVerdict(hook: HookName, said: AnyVerdict): SentVerdict {
  if (said === undefined) return { verdict: { is: "nothing" }, blobs: [] };
  if (said === "pass-body" || said === "stream-body") return { verdict: { is: said }, blobs: [] };
  if (said instanceof Uint8Array) return { verdict: { is: "bytes" }, blobs: [said] };
  if (said instanceof LocalReply) return sendReply(said);
  if (hook === "chatEvent") return { verdict: { is: "events", events: said as readonly ChatEvent[] }, blobs: [] };
  return { verdict: { is: "chat", chat: said as ChatRequest }, blobs: [] };
}

function sendReply({ status, headers, refusal, reason, finish, body }: LocalReply): SentVerdict {
  const details = {
    status,
    headers,
    refusal,
    ...(reason === undefined ? {} : { reason }),
    ...(finish === undefined ? {} : { finish }),
  };
  if (typeof body === "string") return { verdict: { is: "reply", ...details, text: body }, blobs: [] };
  return { verdict: { is: "reply", ...details }, blobs: [body] };
}

const HEADERS = ["nothing", "pass-body", "reply"];
const BODY = ["nothing", "bytes", "reply"];

/** What each hook may say. */
const ALLOWED: Readonly<Record<Exclude<HookName, "done">, readonly string[]>> = {
  requestHeaders: HEADERS,
  requestBody: BODY,
  chatRequest: ["nothing", "chat", "reply"],
  responseHeaders: [...HEADERS, "stream-body"],
  responseBody: BODY,
  responseChunk: ["nothing", "bytes"],
  chatEvent: ["nothing", "events"],
};

/** In the gateway: reads a verdict. Throws an Error if it is not one that the hook may give. */
export function readVerdict(
  hook: Exclude<HookName, "done">,
  verdict: Json | undefined,
  blobs: readonly Uint8Array<ArrayBuffer>[],
): AnyVerdict {
  const is = isObject(verdict ?? null) ? (verdict as { is?: Json }).is : undefined;
  if (typeof is !== "string" || !ALLOWED[hook].includes(is)) throw new Error(`Its hook ${hook} said what it may not.`);
  return READERS[is]?.(verdict as Fields, blobs);
}

type Fields = Readonly<Record<string, Json | undefined>>;

const READERS: Readonly<Record<string, (fields: Fields, blobs: readonly Uint8Array<ArrayBuffer>[]) => AnyVerdict>> = {
  nothing: () => undefined,
  "pass-body": () => "pass-body",
  "stream-body": () => "stream-body",
  bytes: (_, [bytes]) => bytes ?? new Uint8Array(),
  reply: readReply,
  chat({ chat }) {
    if (!isObject(chat ?? null) || !Array.isArray((chat as { messages?: Json }).messages)) throw broken();
    return chat as unknown as ChatRequest;
  },
  events({ events }) {
    const sound =
      Array.isArray(events) && events.every((event) => isObject(event) && typeof event["type"] === "string");
    if (!sound) throw broken();
    return events as unknown as readonly ChatEvent[];
  },
};

function readReply(
  { status, headers, refusal, reason, finish, text }: Fields,
  [bytes = new Uint8Array()]: readonly Uint8Array[],
): LocalReply {
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) throw broken();
  const details = { headers: readHeaders(headers), ...(typeof reason === "string" ? { reason } : {}) };
  const words = (): string => (typeof text === "string" ? text : new TextDecoder().decode(bytes));
  if (finish !== undefined) return LocalReply.chat(words(), readFinish(finish), details);
  if (refusal === true) return LocalReply.refuse(status, words(), details);
  return LocalReply.respond(status, typeof text === "string" ? text : bytes, details);
}

type Finish = NonNullable<LocalReply["finish"]>;

const FINISHES: Readonly<Record<Finish, true>> = {
  stop: true,
  "stop-sequence": true,
  length: true,
  "context-window": true,
  "tool-calls": true,
  "content-filter": true,
  refusal: true,
  pause: true,
  other: true,
};

function readFinish(finish: Json): Finish {
  if (typeof finish !== "string" || !Object.hasOwn(FINISHES, finish)) throw broken();
  return finish as Finish;
}

/** Reads a list of headers. Throws an Error if it is none. */
export function readHeaders(headers: Json | undefined): readonly Header[] {
  const sound = Array.isArray(headers) && headers.every(isHeader);
  if (!sound) throw broken();
  return headers as unknown as readonly Header[];
}

function isHeader(header: Json): boolean {
  return Array.isArray(header) && header.length === 2 && header.every((part) => typeof part === "string");
}

function broken(): Error {
  return new Error("The plugin's process sent what cannot be understood.");
}
