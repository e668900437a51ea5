import { type Call, LocalReply } from "../../core/plugin.ts";
import type { StreamContext } from "./stream-context.ts";
import type { Vm } from "./vm.ts";

/** One request at a guest. */
export interface Run {
  readonly vm: Vm;
  readonly stream: StreamContext;
  /** Milliseconds after which a stream that is held up has failed. */
  readonly longestPause: number;
  /** The most of a body that is kept for the guest, in bytes. */
  readonly bodyLimit: number;
}

/** Waits until `ready`. Rejects when the client is gone, the guest ends, or nothing happens for too long. */
export async function pause({ vm, stream, longestPause }: Run, ready: () => boolean): Promise<void> {
  const { signal } = stream.call;
  const gone = (): void => stream.fail(new Error("The client has left."));
  if (signal.aborted) gone();
  signal.addEventListener("abort", gone, { once: true });
  const stop = vm.host.clock.after(longestPause, () =>
    stream.fail(new Error(`The plugin has held the stream up for more than ${longestPause} ms.`)),
  );
  try {
    await stream.until(ready);
  } finally {
    stop();
    signal.removeEventListener("abort", gone);
  }
}

/** What the guest has answered by itself, if it has. */
export function replyOf({ reply, closed }: StreamContext): LocalReply | undefined {
  if (reply !== undefined) return reply;
  return closed ? LocalReply.respond(503, "", { reason: "closed_by_plugin" }) : undefined;
}

/** Has the route looked up anew when the guest has changed what it is found by. Envoy does so unless told not to. */
export function reroute(call: Call, stream: StreamContext): void {
  if (!stream.rerouting) return;
  stream.rerouting = false;
  if (!stream.keepsRoute && call.response === undefined) call.reroute();
}

/** What a guest that stops a stream must be able to do. */
export function stuck(half: "request" | "answer"): Error {
  return new Error(`The plugin has stopped the ${half}, and waits for nothing that would let it go on.`);
}
