import type { Call } from "../../core/plugin.ts";
import type { PluginHost } from "../../core/plugin-host.ts";
import { Fuel } from "../wasm/fuel.ts";
import { FUEL_EXPORT } from "../wasm/meter.ts";
import {
  type CoreExports,
  type CoreImports,
  directFunctions,
  directImports,
  type GuestFunctions,
  isDirect,
} from "./direct.ts";
import { GuestMemory } from "./guest-memory.ts";
import { glueFunctions, glueImports } from "./glue.ts";
import { hostCalls } from "./host-calls.ts";

/** The function that jco's output exports. */
export type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: Readonly<Record<string, unknown>>,
  instantiateCore: (
    module: WebAssembly.Module,
    imports?: CoreImports,
  ) => WebAssembly.Instance | Promise<WebAssembly.Instance>,
) => Promise<Readonly<Record<string, unknown>>> | Readonly<Record<string, unknown>>;

/** A component that is compiled. */
export interface Compiled {
  /** Core modules by the names that the glue asks for. */
  readonly modules: ReadonlyMap<string, WebAssembly.Module>;
  readonly instantiate: Instantiate;
  /** Its functions may have to wait for the host. */
  readonly waits: boolean;
  /** It can be called without glue. */
  readonly direct: boolean;
}

/** One instance of a component: one hook at a time. */
export class Instance {
  /** The request of the hook under way. */
  call: Call | undefined;
  /** It has trapped, or was ended: nobody may call it again. */
  dead = false;
  /** Requests that have their state in it. */
  requests = 0;
  #functions: GuestFunctions = {};
  #busy: Promise<unknown> | undefined;
  readonly #fuel = new Fuel();
  readonly #units: number;

  private constructor(units: number) {
    this.#units = units;
  }

  /** Units for each call; 0: as many as it likes. */
  static async open(component: Compiled, host: PluginHost, units: number): Promise<Instance> {
    const instance = new Instance(units);
    await instance.#link(component, host);
    return instance;
  }

  /** A hook is under way. */
  get busy(): boolean {
    return this.#busy !== undefined;
  }

  /** Calls a function about a request, after those that are under way. Throws, or rejects with, what ended the guest. */
  ask(name: string, call: Call | undefined, args: readonly unknown[]): unknown {
    if (this.#busy === undefined) return this.#run(name, call, args);
    return this.#busy.then(() => this.ask(name, call, args));
  }

  #run(name: string, call: Call | undefined, args: readonly unknown[]): unknown {
    if (this.dead) throw new Error("its instance was discarded after a failure");
    this.call = call;
    this.#refuel();
    try {
      const said = this.#functions[name]?.(...args);
      if (!(said instanceof Promise)) {
        this.call = undefined;
        return said;
      }
      return this.#wait(said);
    } catch (error) {
      throw this.#ended(error);
    }
  }

  async #wait(said: Promise<unknown>): Promise<unknown> {
    const over: Promise<unknown> = said
      .catch(() => {})
      .finally(() => {
        this.call = undefined;
        if (this.#busy === over) this.#busy = undefined;
      });
    this.#busy = over;
    try {
      return await said;
    } catch (error) {
      throw this.#ended(error);
    }
  }

  /** Whatever comes out of a guest has unwound its stack in the middle of something: its memory cannot be trusted. */
  #ended(error: unknown): Error {
    this.dead = true;
    this.call = undefined;
    if (this.#units > 0 && this.#fuel.exhausted) return new Error(`it took more than ${this.#units} steps`);
    const message = error instanceof Error ? error.message : String(error);
    return new Error(`it trapped: ${message}`, { cause: error });
  }

  #refuel(): void {
    if (this.#units > 0) this.#fuel.refuel(this.#units);
  }

  async #link(component: Compiled, host: PluginHost): Promise<void> {
    const calls = hostCalls(this, host);
    const { direct, waits } = component;
    let memory: GuestMemory | undefined;
    let exports: CoreExports | undefined;
    const exported = await component.instantiate(
      (name) => moduleOf(component, name),
      glueImports(calls),
      async (module, given = {}) => {
        const imports = direct ? directImports(given, calls, () => memory ?? never()) : given;
        const core = await WebAssembly.instantiate(module, imports as never);
        if (core.exports[FUEL_EXPORT] !== undefined) this.#fuel.attach(core.exports);
        if (!direct || !isDirect(core.exports)) return core;
        exports = core.exports;
        memory = memoryOf(core.exports);
        return core;
      },
    );
    this.#functions =
      exports === undefined || memory === undefined ? glueFunctions(exported) : directFunctions(exports, memory, waits);
  }
}

function never(): never {
  throw new Error("The guest asked its host before it was there.");
}

function moduleOf({ modules }: Compiled, name: string): WebAssembly.Module {
  const module = modules.get(name);
  if (module === undefined) throw new Error(`the component has no core module ${name}`);
  return module;
}

function memoryOf(exports: CoreExports): GuestMemory {
  const { memory, cabi_realloc: realloc } = exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof realloc !== "function") {
    throw new Error("the component's guest has no memory, or no cabi_realloc");
  }
  return new GuestMemory(memory, realloc as (old: number, oldSize: number, align: number, size: number) => number);
}
