import type { Fuel } from "../wasm/fuel.ts";
import { ABI_VERSIONS, type AbiVersion, CALLBACKS, type Callback } from "./abi.ts";
import type { CallBudget } from "./call-budget.ts";
import { GuestMemory } from "./guest-memory.ts";

type Exported = (...args: number[]) => unknown;

/** What a guest runs with. */
export interface GuestParts {
  readonly fuel: Fuel;
  readonly budget: CallBudget;
  /** Units for one callback, and for starting. */
  readonly units: number;
  readonly startUnits: number;
}

/** A guest has ended itself, as programs do. */
export class GuestExit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`it exited with code ${code}`);
    this.code = code;
  }
}

/** One instance of a plugin's module: its callbacks, each within its fuel. What it throws is its end; nothing of it may be called then. */
export class Guest {
  readonly abi: AbiVersion;
  readonly memory: GuestMemory;
  readonly #parts: GuestParts;
  readonly #exports: Readonly<Record<string, unknown>>;
  readonly #callbacks: ReadonlyMap<Callback, Exported>;

  constructor(exports: Readonly<Record<string, unknown>>, parts: GuestParts) {
    this.#parts = parts;
    this.#exports = exports;
    this.abi = abiOf(exports);
    this.memory = new GuestMemory(memoryOf(exports), allocatorOf(exports), (count) => parts.budget.copied(count));
    const found = CALLBACKS.map((name): [Callback, Exported | undefined] => [name, functionOf(exports, name)]);
    this.#callbacks = new Map(found.filter((entry): entry is [Callback, Exported] => entry[1] !== undefined));
    parts.fuel.attach(exports);
  }

  /** Whether the guest has this callback. */
  has(callback: Callback): boolean {
    return this.#callbacks.has(callback);
  }

  /** Runs what a module runs when it is loaded. */
  start(): void {
    const initialize = functionOf(this.#exports, "_initialize");
    if (initialize === undefined) return this.#begin("_start");
    this.#begin("_initialize");
    if (functionOf(this.#exports, "main") !== undefined) this.#begin("main");
  }

  /** What a callback answers; undefined when the guest has none of this name. */
  run(callback: Callback, context: number, a = 0, b = 0, c = 0, d = 0): number | undefined {
    const { fuel, budget, units, startUnits } = this.#parts;
    budget.reset();
    const exported = this.#callbacks.get(callback);
    if (exported === undefined) return undefined;
    fuel.refuel(callback === "proxy_on_configure" || callback === "proxy_on_vm_start" ? startUnits : units);
    // What a callback does not take is left out by the engine.
    const answer = exported(context, a, b, c, d);
    return typeof answer === "number" ? answer >>> 0 : 0;
  }

  #begin(name: string): void {
    const run = functionOf(this.#exports, name);
    if (run === undefined) return;
    this.#parts.budget.reset();
    this.#parts.fuel.refuel(this.#parts.startUnits);
    try {
      run(0, 0);
    } catch (thrown) {
      // A program that has done its work leaves so.
      if (!(thrown instanceof GuestExit && thrown.code === 0)) throw thrown;
    }
  }
}

function abiOf(exports: Readonly<Record<string, unknown>>): AbiVersion {
  const version = ABI_VERSIONS.find((name) => typeof exports[name] === "function");
  if (version !== undefined) return version;
  throw new Error(`It is no proxy-wasm module: it exports none of ${ABI_VERSIONS.join(", ")}.`);
}

function memoryOf({ memory }: Readonly<Record<string, unknown>>): WebAssembly.Memory {
  if (memory instanceof WebAssembly.Memory) return memory;
  throw new Error("It is no proxy-wasm module: it exports no memory.");
}

function allocatorOf(exports: Readonly<Record<string, unknown>>): (size: number) => number {
  const allocate = functionOf(exports, "proxy_on_memory_allocate") ?? functionOf(exports, "malloc");
  if (allocate === undefined) {
    throw new Error("It is no proxy-wasm module: it exports neither proxy_on_memory_allocate nor malloc.");
  }
  return (size) => Number(allocate(size));
}

function functionOf(exports: Readonly<Record<string, unknown>>, name: string): Exported | undefined {
  const exported = exports[name];
  return isExported(exported) ? exported : undefined;
}

function isExported(value: unknown): value is Exported {
  return typeof value === "function";
}
