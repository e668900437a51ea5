import type { Call } from "../../core/plugin.ts";
import type { PluginHost } from "../../core/plugin-host.ts";
import { Fuel } from "../wasm/fuel.ts";
import type { AbiVersion, Callback } from "./abi.ts";
import { type BudgetLimits, CallBudget } from "./call-budget.ts";
import { Callouts } from "./callouts.ts";
import { Contexts, ROOT } from "./contexts.ts";
import { Guest } from "./guest.ts";
import type { GuestMemory } from "./guest-memory.ts";
import { importsOf } from "./imports.ts";
import type { CalloutView, VmScope, VmSettings } from "./scope.ts";
import type { SharedQueues } from "./shared-queues.ts";
import type { StreamContext } from "./stream-context.ts";

/** What a VM is made of, and who is told what becomes of it. */
export interface VmParts {
  readonly module: WebAssembly.Module;
  readonly host: PluginHost;
  readonly settings: VmSettings;
  readonly queues: SharedQueues;
  readonly budget: BudgetLimits;
  /** Units of fuel for one callback, and for starting. */
  readonly fuel: number;
  readonly startFuel: number;
  /** The guest has trapped: nothing of the VM can be used any more. */
  ended(vm: Vm, error: Error): void;
  /** The guest asks for a fresh VM. */
  retired(vm: Vm): void;
  /** The last stream is over. */
  idle(vm: Vm): void;
}

/** Streams that a guest may keep after their end. */
const MAX_LINGERING = 1000;
/** Guests ask for less; a timer that fires more often would only burn time. */
const MIN_TICK = 10;

/** One configuration's guest with its root context and the streams that run through it, as a worker of Envoy's has one. Callbacks never overlap: each runs to its end. */
export class Vm implements VmScope {
  readonly host: PluginHost;
  readonly settings: VmSettings;
  readonly queues: SharedQueues;
  readonly budget: CallBudget;
  readonly contexts: Contexts = new Contexts();
  readonly callouts: Callouts;
  answer: CalloutView | undefined;
  redisReply: Uint8Array | undefined;
  readonly #parts: VmParts;
  readonly #fuel = new Fuel();
  readonly #lingering = new Set<StreamContext>();
  readonly #ready = (token: number): void => this.tell("proxy_on_queue_ready", ROOT, token);
  #guest: Guest | undefined;
  #end: Error | undefined;
  #stopTick: (() => void) | undefined;
  #listens = false;

  constructor(parts: VmParts) {
    this.#parts = parts;
    this.host = parts.host;
    this.settings = parts.settings;
    this.queues = parts.queues;
    this.budget = new CallBudget(parts.budget);
    this.callouts = new Callouts(this.budget);
  }

  /** Loads and configures the guest. Throws an Error when it cannot be started, or refuses. */
  start(): void {
    const { module, fuel: units, startFuel: startUnits } = this.#parts;
    try {
      const { exports } = new WebAssembly.Instance(module, importsOf(module, this));
      this.#guest = new Guest(exports, { fuel: this.#fuel, budget: this.budget, units, startUnits });
      this.#guest.start();
    } catch (thrown) {
      throw this.#over("its start", thrown);
    }
    this.run("proxy_on_context_create", ROOT);
    this.#accepted("proxy_on_vm_start", this.settings.vmConfiguration.length);
    this.#accepted("proxy_on_configure", this.settings.configuration.length);
  }

  get memory(): GuestMemory {
    return this.#started.memory;
  }

  get abi(): AbiVersion {
    return this.#started.abi;
  }

  has(callback: Callback): boolean {
    return this.#started.has(callback);
  }

  /** Calls the guest. Throws an Error when the VM has ended, or ends in it. */
  run(callback: Callback, context: number, a?: number, b?: number, c?: number, d?: number): number | undefined {
    if (this.#end !== undefined) throw this.#end;
    this.contexts.enter(context);
    try {
      return this.#started.run(callback, context, a, b, c, d);
    } catch (thrown) {
      throw this.#over(callback, thrown);
    } finally {
      const dropped = this.budget.logLinesDropped;
      if (dropped > 0) this.host.log("warn", `${dropped} more lines of one callback were left out.`);
    }
  }

  tell(callback: Callback, context: number, a?: number, b?: number, c?: number, d?: number): void {
    if (this.#end !== undefined) return;
    try {
      this.run(callback, context, a, b, c, d);
    } catch {
      // Whoever waits for the guest is told by #over.
    }
  }

  /** A request begins. */
  open(call: Call): StreamContext {
    const stream = this.contexts.open(call);
    this.run("proxy_on_context_create", stream.id, ROOT);
    return stream;
  }

  /** A request is over. A guest that is not done with it keeps it for a while. */
  close(stream: StreamContext): void {
    if (this.#end !== undefined || !this.contexts.has(stream) || this.#lingering.has(stream)) return;
    if (this.run("proxy_on_done", stream.id) !== 0) return this.#delete(stream);
    this.#lingering.add(stream);
    const [oldest] = this.#lingering;
    if (oldest !== undefined && this.#lingering.size > MAX_LINGERING) this.#delete(oldest);
  }

  /** Whether something may still happen that lets a stream go on. */
  mayResume(stream: StreamContext): boolean {
    return stream.callouts > 0 || this.callouts.ofRoot > 0 || this.#stopTick !== undefined || this.#listens;
  }

  setTick(milliseconds: number): void {
    this.#stopTick?.();
    this.#stopTick = undefined;
    if (milliseconds > 0) {
      const period = Math.max(MIN_TICK, milliseconds);
      this.#stopTick = this.host.every(period, () => this.tell("proxy_on_tick", ROOT));
    }
    this.contexts.wakeAll();
  }

  listen(queue: string): number {
    this.#listens = true;
    return this.queues.register(this.settings.vmId, queue, this.#ready) ?? 0;
  }

  finished(): boolean {
    const stream = this.contexts.current;
    if (stream === undefined || !this.#lingering.has(stream)) return false;
    // The guest is in the middle of a callback.
    queueMicrotask(() => {
      try {
        this.#delete(stream);
      } catch {
        // Whoever waits for the guest is told by #over.
      }
    });
    return true;
  }

  retire(): void {
    this.#parts.retired(this);
  }

  /** Ends the guest in good order. */
  stop(): void {
    if (this.#guest !== undefined) {
      this.tell("proxy_on_done", ROOT);
      this.tell("proxy_on_delete", ROOT);
    }
    this.#halt(new Error("The plugin was stopped."));
  }

  get #started(): Guest {
    if (this.#guest === undefined) throw new Error("it called its host before it was loaded");
    return this.#guest;
  }

  #accepted(callback: "proxy_on_vm_start" | "proxy_on_configure", size: number): void {
    if (this.run(callback, ROOT, size) !== 0) return;
    this.#halt(new Error("The plugin has refused its configuration."));
    throw new Error(`The plugin refuses its configuration (in ${callback}); what it has logged says why.`);
  }

  #delete(stream: StreamContext): void {
    if (this.#end !== undefined || !this.contexts.has(stream)) return;
    this.run("proxy_on_log", stream.id);
    this.run("proxy_on_delete", stream.id);
    this.#lingering.delete(stream);
    this.contexts.remove(stream);
    if (this.contexts.size === 0) this.#parts.idle(this);
  }

  #over(where: string, thrown: unknown): Error {
    if (this.#end !== undefined) return this.#end;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const reason = this.#fuel.exhausted ? "it used up the fuel of one callback (limits.fuel)" : why;
    const error = new Error(`The plugin's VM has ended in ${where}: ${reason}`, { cause: thrown });
    this.#halt(error);
    this.#parts.ended(this, error);
    return error;
  }

  #halt(error: Error): void {
    this.#end = error;
    this.callouts.close();
    this.#stopTick?.();
    this.#stopTick = undefined;
    this.queues.leave(this.#ready);
    this.#lingering.clear();
    for (const stream of this.contexts.drain()) stream.fail(error);
  }
}
