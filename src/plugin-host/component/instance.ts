import type { Call } from "../../core/plugin.ts";
import type { PluginHost } from "../../core/plugin-host.ts";
import { BUDGET_LIMITS, CallBudget } from "../proxy-wasm/call-budget.ts";
import { Fuel } from "../wasm/fuel.ts";
import { FUEL_EXPORT } from "../wasm/meter.ts";
import { type CoreExports, type CoreImports, directFunctions, directInstance, type GuestFunctions } from "./direct.ts";
import { glueFunctions, glueImports } from "./glue.ts";
import { type HostCalls, hostCalls } from "./host-calls.ts";

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
export type Compiled = {
  /** Its functions may have to wait for the host. */
  readonly waits: boolean;
} & (DirectGuest | GluedGuest);

/** A guest in one core module, which is called without glue. */
interface DirectGuest {
  readonly kind: "direct";
  readonly module: WebAssembly.Module;
}

/** A guest that jco's glue puts together. */
interface GluedGuest {
  readonly kind: "glued";
  /** By the names that the glue asks for. */
  readonly modules: ReadonlyMap<string, WebAssembly.Module>;
  readonly instantiate: Instantiate;
}

/** One instance of a component: one hook at a time. */
export class Instance {
  /** The request of the hook under way. */
  call: Call | undefined;
  /** It has trapped, or was ended: nobody may call it again. */
  dead = false;
  /** Requests that have their state in it. */
  requests = 0;
  /** Told when a hook that was waited for is over. */
  idle: () => void = () => {};
  /** Told when it is dead. */
  ended: () => void = () => {};
  #functions: GuestFunctions = {};
  #busy: Promise<unknown> | undefined;
  readonly #fuel = new Fuel();
  readonly #budget = new CallBudget(BUDGET_LIMITS);
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
    this.#budget.reset();
    if (this.#units > 0) this.#fuel.refuel(this.#units);
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
        this.idle();
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
    this.ended();
    if (this.#units > 0 && this.#fuel.exhausted) return new Error(`it took more than ${this.#units} steps`);
    const message = error instanceof Error ? error.message : String(error);
    return new Error(`it trapped: ${message}`, { cause: error });
  }

  async #link(component: Compiled, host: PluginHost): Promise<void> {
    const calls = hostCalls(this, host, this.#budget);
    if (component.kind === "glued") {
      this.#functions = glueFunctions(await this.#glued(component, calls));
      return;
    }
    const { exports, memory } = directInstance(component.module, calls, this.#budget);
    this.#meter(exports);
    this.#functions = directFunctions(exports, memory, component.waits);
  }

  async #glued({ modules, instantiate }: GluedGuest, calls: HostCalls): Promise<Readonly<Record<string, unknown>>> {
    return instantiate(
      (name) => {
        const module = modules.get(name);
        if (module === undefined) throw new Error(`the component has no core module ${name}`);
        return module;
      },
      glueImports(calls),
      async (module, given = {}) => {
        const core = await WebAssembly.instantiate(module, given as never);
        this.#meter(core.exports);
        return core;
      },
    );
  }

  #meter(exports: CoreExports): void {
    if (exports[FUEL_EXPORT] !== undefined) this.#fuel.attach(exports);
  }
}
