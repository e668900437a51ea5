import type { Call, LocalReply } from "../../core/plugin.ts";
import type { BodyBuffer } from "./body-buffer.ts";

/** A request, or an answer, on its way through a guest. */
class StreamHalf {
  /** The guest has said that it goes on. */
  resumed = false;
  /** What of the body the guest may see now. */
  buffer: BodyBuffer | undefined;
}

/** One request as a guest knows it, its answer included: the ABI's stream context. */
export class StreamContext {
  readonly id: number;
  /** As the hook that runs was given it: hosts may give another one to each. */
  call: Call;
  readonly request: StreamHalf = new StreamHalf();
  readonly response: StreamHalf = new StreamHalf();
  /** The guest's own answer. */
  reply: LocalReply | undefined;
  /** The guest wants the stream to be broken off. */
  closed = false;
  /** How many of its call-outs have no answer yet. */
  callouts = 0;
  /** Headers have changed by which a route may be found. */
  rerouting = false;
  /** Higress: the route stays, whatever changes. */
  keepsRoute = false;
  /** Bytes that the guest has put into the answer besides what came. */
  injected: Uint8Array[] = [];
  /** Nothing comes after them. */
  injectedLast = false;
  /** The most of a request's and of an answer's body that this guest wants to have kept for it. */
  requestLimit: number | undefined;
  responseLimit: number | undefined;
  /** Properties that are no text. */
  readonly binaryProperties: Map<string, Uint8Array<ArrayBuffer>> = new Map();
  #failure: Error | undefined;
  #changed: PromiseWithResolvers<void> | undefined;

  constructor(id: number, call: Call) {
    this.id = id;
    this.call = call;
  }

  /** Something has happened to the stream that whoever waits may want to look at. */
  wake(): void {
    this.#changed?.resolve();
    this.#changed = undefined;
  }

  /** The guest has ended; whoever waits need not any more. */
  fail(error: Error): void {
    this.#failure = error;
    this.wake();
  }

  /** Waits until `ready`. Rejects when the guest ends before. */
  async until(ready: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (ready()) return;
      this.#changed ??= Promise.withResolvers();
      await this.#changed.promise;
    }
  }

  /** Takes what the guest has put into the answer. */
  takeInjected(): Uint8Array[] {
    const taken = this.injected;
    this.injected = [];
    return taken;
  }
}
