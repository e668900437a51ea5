import type { Bytes, Call, HookName, Hooks } from "../../core/plugin.ts";
import type { AskedHook, HookCall } from "./hosted-plugin.ts";
import type { AnyVerdict } from "./verdicts.ts";

/** Has a hook called in the plugin's process. */
export type AskRemote = (hook: AskedHook, call: Call, more?: Pick<HookCall, "body" | "details">) => Promise<AnyVerdict>;

/** A request's hooks in the gateway, and how they become others: a plugin may find out on the way what it wants to see. */
export interface RemoteHooks {
  readonly opened: Hooks;
  readonly choose: (wanted: readonly unknown[]) => void;
}

/** Hooks that ask the process. `done` is always among them. */
export function remoteHooks(wanted: readonly HookName[], ask: AskRemote, done: () => void): RemoteHooks {
  const all: AllHooks = {
    requestHeaders: (call) => ask("requestHeaders", call),
    requestBody: (call, body) => ask("requestBody", call, { body }),
    chatRequest: (call, chat) => ask("chatRequest", call, { details: { chat } }),
    responseHeaders: (call) => ask("responseHeaders", call),
    responseBody: (call, body) => ask("responseBody", call, { body }),
    responseChunk: (call, body, last) => ask("responseChunk", call, { body, details: { last } }),
    chatEvent: (call, event) => ask("chatEvent", call, { details: { event } }),
  };
  const opened: Hooks = { done };
  const choose = (wanted: readonly unknown[]): void => {
    for (const [name, hook] of Object.entries(all)) {
      if (wanted.includes(name)) Object.assign(opened, { [name]: hook });
      else delete opened[name as AskedHook];
    }
  };
  choose(wanted);
  return { opened, choose };
}

type AllHooks = {
  readonly [Hook in AskedHook]: (call: Call, ...rest: HookArguments[Hook]) => Promise<AnyVerdict>;
};

type Details = NonNullable<HookCall["details"]>;

interface HookArguments {
  readonly requestHeaders: [];
  readonly requestBody: [body: Bytes];
  readonly chatRequest: [chat: NonNullable<Details["chat"]>];
  readonly responseHeaders: [];
  readonly responseBody: [body: Bytes];
  readonly responseChunk: [chunk: Uint8Array, last: boolean];
  readonly chatEvent: [event: NonNullable<Details["event"]>];
}
