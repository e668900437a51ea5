import type { Clock } from "../../core/clock.ts";
import { isObject, type Json } from "../../core/json.ts";
import type { Call, HookName } from "../../core/plugin.ts";
import type { PluginHost } from "../../core/plugin-host.ts";
import type { WrittenOptions } from "../kind.ts";
import { applyEdits, snapshotOf } from "./call-snapshot.ts";
import type { HookMessage, ToProcess } from "./messages.ts";
import { PluginProcess, type ProcessOptions } from "./plugin-process.ts";
import { QuestionDesk } from "./question-desk.ts";
import type { Frame } from "./frames.ts";
import { type AnyVerdict, readVerdict } from "./verdicts.ts";

/** A hook's name, but for `done`, which nobody waits for. */
export type AskedHook = Exclude<HookName, "done">;

/** What a hook is called with. */
export interface HookCall {
  readonly config: number;
  readonly request: number;
  readonly hook: AskedHook;
  readonly call: Call;
  readonly body?: Uint8Array;
  /** Told the hooks that the request has from now on. */
  readonly changed?: (hooks: readonly unknown[]) => void;
  readonly details?: Pick<HookMessage, "chat" | "event" | "last">;
}

/** What a configuration came to. */
export interface Configured {
  readonly hooks: readonly HookName[];
  readonly stateful: boolean;
}

/** How a plugin's process is started and held to its time. */
export interface HostedPluginOptions extends ProcessOptions {
  readonly maker: string;
  readonly given: Frame;
  /** Milliseconds for a hook. */
  readonly deadline: number;
}

/** Milliseconds for a process to come up, or to take a configuration, and to answer that it is still there. */
const START = 30_000;
const SIGN_OF_LIFE = 500;

/** Characters of its output that an error quotes. */
const MAX_SAID = 500;

interface PendingHook {
  readonly hook: AskedHook;
  readonly config: number;
  readonly call: Call;
  readonly changed: HookCall["changed"];
  readonly settled: PromiseWithResolvers<AnyVerdict>;
}

/** One process with a plugin in it, from its start to its end. */
export class HostedPlugin {
  readonly #process: PluginProcess;
  readonly #desk: QuestionDesk;
  readonly #clock: Clock;
  readonly #deadline: number;
  readonly #hosts = new Map<number, PluginHost>();
  readonly #made = Promise.withResolvers<void>();
  readonly #configuring = new Map<number, PromiseWithResolvers<Configured>>();
  readonly #hooks = new Map<number, PendingHook>();
  /** Requests that the process has not left, by their numbers. */
  readonly #calls = new Map<number, Call>();
  readonly #lifeSigns = new Map<number, () => void>();
  #next = 1;
  /** The beginning of its output: why it did not come up, perhaps. */
  #said = "";

  private constructor(options: HostedPluginOptions, gone: (reason: string) => void) {
    this.#clock = options.clock;
    this.#deadline = options.deadline;
    this.#made.promise.catch(() => {});
    this.#process = new PluginProcess(options, {
      frame: (frame) => this.#receive(frame),
      line: (text) => this.#line(text),
      gone: (reason) => {
        this.#lost(reason);
        gone(reason);
      },
    });
    this.#desk = new QuestionDesk(this.#process, {
      host: (config) => this.#hosts.get(config),
      call: (request) => this.#calls.get(request),
    });
  }

  /** Starts it. Rejects with an Error that says why there is no plugin in it; it is ended then. */
  static async start(options: HostedPluginOptions, gone: (reason: string) => void): Promise<HostedPlugin> {
    const hosted = new HostedPlugin(options, gone);
    const { json, blobs } = options.given;
    try {
      hosted.#send({ kind: "make", maker: options.maker, given: json }, blobs);
      await hosted.#inTime("The plugin's process did not come up", hosted.#made.promise);
    } catch (error) {
      hosted.#process.kill("it did not come up");
      throw error;
    }
    return hosted;
  }

  get running(): boolean {
    return this.#process.running;
  }

  async configure(config: number, options: WrittenOptions, host: PluginHost): Promise<Configured> {
    this.#hosts.set(config, host);
    const configuring = Promise.withResolvers<Configured>();
    this.#configuring.set(config, configuring);
    try {
      this.#send({ kind: "configure", config, name: host.name, hasRules: host.hasRules, options });
      return await this.#inTime("The plugin did not take its configuration", configuring.promise);
    } catch (error) {
      this.#hosts.delete(config);
      throw error;
    } finally {
      this.#configuring.delete(config);
    }
  }

  close(config: number): void {
    this.#hosts.delete(config);
    if (this.running) this.#send({ kind: "close", config });
  }

  /** What the plugin says. One that says nothing in time is told so, and its process ended if it does not even hear that. */
  async hook({ config, request, hook, call, body, changed, details }: HookCall): Promise<AnyVerdict> {
    const id = this.#next++;
    const settled = Promise.withResolvers<AnyVerdict>();
    this.#hooks.set(id, { hook, config, call, changed, settled });
    this.#calls.set(request, call);
    const leave = (): void => this.#cancel(id, false);
    const stop = this.#clock.after(this.#deadline, () => {
      settled.reject(new Error(`Its hook ${hook} took longer than ${this.#deadline} ms.`));
      this.#cancel(id, true);
    });
    try {
      call.signal.addEventListener("abort", leave, { once: true });
      this.#send(
        { kind: "hook", id, config, request, hook, call: snapshotOf(call), ...details },
        body === undefined ? [] : [body],
      );
      if (call.signal.aborted) leave();
      return await settled.promise;
    } finally {
      stop();
      call.signal.removeEventListener("abort", leave);
      this.#hooks.delete(id);
    }
  }

  over(config: number, request: number, call: Call): void {
    if (this.running) this.#send({ kind: "over", config, request, call: snapshotOf(call) });
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  #send(message: ToProcess, blobs: readonly Uint8Array[] = []): void {
    this.#process.send(message, blobs);
  }

  async #inTime<T>(what: string, promise: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const stop = this.#clock.after(START, () => {
      late.reject(new Error(`${what} within ${START / 1000} seconds.`));
      this.#process.kill("it hung");
    });
    try {
      return await Promise.race([promise, late.promise]);
    } finally {
      stop();
    }
  }

  #cancel(id: number, mustAnswer: boolean): void {
    if (!this.running) return;
    if (mustAnswer) {
      const stop = this.#clock.after(SIGN_OF_LIFE, () => this.#process.kill("it is stuck in a hook"));
      this.#lifeSigns.set(id, stop);
    }
    this.#send({ kind: "cancel", id });
  }

  #line(text: string): void {
    this.#said = `${this.#said} ${text}`.slice(0, MAX_SAID);
    this.#hosts.values().next().value?.log("warn", text);
  }

  #lost(reason: string): void {
    const error = new Error(`The plugin's process is gone: ${reason}.`);
    const said = this.#said === "" ? "" : ` It said:${this.#said}`;
    this.#made.reject(new Error(`${error.message}${said}`));
    for (const configuring of this.#configuring.values()) configuring.reject(error);
    for (const { settled } of this.#hooks.values()) settled.reject(error);
    for (const stop of this.#lifeSigns.values()) stop();
  }

  #receive({ json, blobs }: Frame): void {
    if (!isObject(json)) throw new Error("no object");
    const receive = typeof json["kind"] === "string" ? this.#receivers[json["kind"]] : undefined;
    if (receive === undefined) throw new Error("a message of an unknown kind");
    receive(json, blobs);
  }

  /** By the message's kind. Fields are not trusted. */
  readonly #receivers: Readonly<Record<string, (fields: Fields, blobs: readonly Uint8Array<ArrayBuffer>[]) => void>> = {
    made: ({ error }) => (typeof error === "string" ? this.#made.reject(new Error(error)) : this.#made.resolve()),
    configured: ({ config, hooks, stateful }) =>
      this.#configuring
        .get(Number(config))
        ?.resolve({ hooks: Array.isArray(hooks) ? (hooks as HookName[]) : [], stateful: stateful === true }),
    refused: ({ config, error }) => this.#configuring.get(Number(config))?.reject(errorOf(error)),
    verdict: ({ id, verdict, edits, hooks }, blobs) =>
      this.#settle(Number(id), edits, (hook, changed) => {
        const said = readVerdict(hook, verdict, blobs);
        if (Array.isArray(hooks)) changed?.(hooks);
        return said;
      }),
    thrown: ({ id, error, edits }) =>
      this.#settle(Number(id), edits, () => {
        throw errorOf(error);
      }),
    left: ({ request, edits }) => {
      const call = this.#calls.get(Number(request));
      this.#calls.delete(Number(request));
      if (call !== undefined) applyEdits(call, edits);
    },
    cancelled: ({ id }) => {
      this.#lifeSigns.get(Number(id))?.();
      this.#lifeSigns.delete(Number(id));
    },
    ask: (fields, blobs) => void this.#desk.receive(fields, blobs),
  };

  #settle(
    id: number,
    edits: Json | undefined,
    read: (hook: AskedHook, changed: HookCall["changed"]) => AnyVerdict,
  ): void {
    const pending = this.#hooks.get(id);
    if (pending === undefined) return;
    try {
      applyEdits(pending.call, edits);
      pending.settled.resolve(read(pending.hook, pending.changed));
    } catch (error) {
      pending.settled.reject(error);
    }
  }
}

type Fields = Readonly<Record<string, Json | undefined>>;

function errorOf(message: Json | undefined): Error {
  return new Error(typeof message === "string" ? message : "It did not say why it failed.");
}
