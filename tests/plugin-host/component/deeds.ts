import type { Filter, Hooks } from "#src/core/plugin.ts";
import type { FakeCall } from "#tests/support/fake-call.ts";
import { hooksOf } from "./probe.ts";

/** How each hook is called. */
export const CALLS: Readonly<Record<string, (hooks: Hooks, call: FakeCall) => unknown>> = {
  requestHeaders: (hooks, call) => hooks.requestHeaders?.(call),
  requestBody: (hooks, call) => hooks.requestBody?.(call, new Uint8Array(10)),
  chatRequest: (hooks, call) => hooks.chatRequest?.(call, { model: "m", stream: false, messages: [] }),
  responseHeaders: (hooks, call) => hooks.responseHeaders?.(call),
  responseBody: (hooks, call) => hooks.responseBody?.(call, new Uint8Array(10)),
  responseChunk: (hooks, call) => hooks.responseChunk?.(call, new Uint8Array(10), true),
  chatEvent: (hooks, call) => hooks.chatEvent?.(call, { type: "text", block: 0, text: "a" }),
};

/** Calls a hook; what was thrown, or nothing. */
export async function failure(filter: Filter, hook = "requestHeaders"): Promise<string> {
  const { hooks, call } = hooksOf(filter);
  call.answer(200);
  try {
    await CALLS[hook]?.(hooks, call);
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } finally {
    hooks.done?.(call);
  }
  return "";
}
