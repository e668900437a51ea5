import type { ChatEvent, ChatRequest } from "../../core/chat.ts";
import { isObject } from "../../core/json.ts";
import { type Bytes, type Call, type HookName, type Hooks, LocalReply } from "../../core/plugin.ts";
import type { Header } from "../../core/header-list.ts";
import type { Instance } from "./instance.ts";
import type { Pool } from "./pool.ts";
import type { Tagged } from "./variant-types.ts";

/** A reply as the world has it. */
interface Reply {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
  readonly kind: "plain" | "refusal" | "chat";
  readonly reason: string | undefined;
}

const decoder = new TextDecoder();

let requests = 0;

/** The hooks of one request: all of them are asked of the instance that its first one was given. */
export function openRequest(pool: Pool, names: readonly HookName[]): Hooks {
  const ctx = (requests = (requests + 1) >>> 0);
  let taken: Instance | Promise<Instance> | undefined;

  function ask<R>(call: Call, name: string, args: readonly unknown[], read: (said: unknown) => R): R | Promise<R> {
    taken ??= pool.take();
    if (taken instanceof Promise) {
      return taken.then((instance) => {
        taken = instance;
        return answered(instance.ask(name, call, [ctx, ...args]), read);
      });
    }
    return answered(taken.ask(name, call, [ctx, ...args]), read);
  }

  const all: Required<Hooks> = {
    requestHeaders: (call) => ask(call, "on-request-headers", [], verdictOf),
    requestBody: (call, body) => ask(call, "on-request-body", [body], editOf),
    chatRequest: (call, chat) => ask(call, "on-chat-request", [JSON.stringify(chat)], chatOf),
    responseHeaders: (call) => ask(call, "on-response-headers", [], verdictOf),
    responseBody: (call, body) => ask(call, "on-response-body", [body], editOf),
    responseChunk: (call, chunk, last) => ask(call, "on-response-chunk", [chunk, last], pieceOf),
    chatEvent: (call, event) =>
      PASSED.has(event.type) ? undefined : ask(call, "on-chat-event", [JSON.stringify(event)], eventsOf),
    done(call) {
      const instance = taken;
      if (instance === undefined) return;
      if (!(instance instanceof Promise)) return finish(instance, call);
      void instance.then(
        (opened) => finish(opened, call),
        () => {},
      );
    },
  };

  function finish(instance: Instance, call: Call): void {
    pool.give(instance);
    if (!names.includes("done") || instance.dead) return;
    const said = instance.ask("on-done", call, [ctx]);
    if (said instanceof Promise) said.catch(() => {});
  }

  const wanted = names.map((name) => [name, all[name]]);
  return { ...Object.fromEntries(wanted), done: all.done };
}

function answered<R>(said: unknown, read: (said: unknown) => R): R | Promise<R> {
  return said instanceof Promise ? said.then(read) : read(said);
}

/** What says nothing that a plugin could change. */
const PASSED: ReadonlySet<ChatEvent["type"]> = new Set(["ping", "error"]);

function replyOf(val: unknown): LocalReply {
  const { status, headers, body, kind, reason } = val as Reply;
  const details = { headers, ...(reason === undefined ? {} : { reason }) };
  if (kind === "refusal") return LocalReply.refuse(status, decoder.decode(body), details);
  if (kind === "chat") return LocalReply.chat(decoder.decode(body), "stop", details);
  return LocalReply.respond(status, body, details);
}

function verdictOf(said: unknown): LocalReply | "pass-body" | undefined {
  const { tag, val } = said as Tagged;
  if (tag === "answer") return replyOf(val);
  return tag === "pass-body" ? tag : undefined;
}

function editOf(said: unknown): LocalReply | Bytes | undefined {
  const { tag, val } = said as Tagged;
  if (tag === "answer") return replyOf(val);
  return tag === "replace" ? (val as Bytes) : undefined;
}

function pieceOf(said: unknown): Uint8Array | undefined {
  const { tag, val } = said as Tagged;
  return tag === "replace" ? (val as Uint8Array) : undefined;
}

function chatOf(said: unknown): LocalReply | ChatRequest | undefined {
  const { tag, val } = said as Tagged;
  if (tag === "answer") return replyOf(val);
  if (tag !== "replace") return undefined;
  const chat: unknown = JSON.parse(String(val));
  if (isObject(chat) && Array.isArray(chat["messages"]) && typeof chat["model"] === "string")
    return chat as unknown as ChatRequest;
  throw new TypeError("it gave back something that is no chat");
}

function eventsOf(said: unknown): readonly ChatEvent[] | undefined {
  const { tag, val } = said as Tagged;
  if (tag !== "replace") return undefined;
  const events: unknown = JSON.parse(String(val));
  if (Array.isArray(events) && events.every((event) => isObject(event) && typeof event["type"] === "string"))
    return events as ChatEvent[];
  throw new TypeError("it gave back something that is no list of a chat's steps");
}
