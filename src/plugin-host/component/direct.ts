import type { CallBudget } from "../proxy-wasm/call-budget.ts";
import { GuestMemory } from "./guest-memory.ts";
import type { HostCalls } from "./host-calls.ts";
import type { Flat } from "./value-types.ts";
import { EXPORTS, GUEST, IMPORTS, interfaceName, type WorldFunction } from "./world.ts";

/** A guest's function: what it answers, or a promise of it when the guest may wait. */
export type GuestFunction = (...args: readonly unknown[]) => unknown;

/** A guest's functions, by their names in the world. */
export type GuestFunctions = Readonly<Record<string, GuestFunction>>;

/** What a core module exports, and what it is given. */
export type CoreExports = Readonly<Record<string, unknown>>;
/** By module and name. */
export type CoreImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

type CoreImport = (...flat: readonly Flat[]) => unknown;

type CoreFunction = (...flat: readonly Flat[]) => Flat | undefined;

/**
 * Whether a core module is a guest that can be called without glue: it has all functions of the world's, its memory and its allocator, and
 * imports nothing but the world.
 */
export function isGuest(module: WebAssembly.Module): boolean {
  const names = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  const wanted = ["memory", "cabi_realloc", ...Object.keys(EXPORTS).map(exportName)];
  const worlds = new Map(Object.entries(IMPORTS).map(([name, { functions }]) => [interfaceName(name), functions]));
  const known = ({ module: from, name }: WebAssembly.ModuleImportDescriptor): boolean =>
    Object.hasOwn(worlds.get(from) ?? {}, name);
  return wanted.every((name) => names.has(name)) && WebAssembly.Module.imports(module).every(known);
}

function exportName(name: string): string {
  return `${interfaceName(GUEST)}#${name}`;
}

/** Makes an instance of a guest. */
export function directInstance(
  module: WebAssembly.Module,
  calls: HostCalls,
  budget: CallBudget,
): { readonly exports: CoreExports; readonly memory: GuestMemory } {
  let memory: GuestMemory | undefined;
  const given = (): GuestMemory => {
    if (memory === undefined) throw new Error("The guest asked its host before it was there.");
    return memory;
  };
  const { exports } = new WebAssembly.Instance(module, coreImports(module, calls, given) as never);
  memory = memoryOf(exports, budget);
  const initialize = exports["_initialize"];
  if (typeof initialize === "function") initialize();
  return { exports, memory };
}

function coreImports(module: WebAssembly.Module, calls: HostCalls, memory: () => GuestMemory): CoreImports {
  const wanted = new Set(WebAssembly.Module.imports(module).map((one) => `${one.module}#${one.name}`));
  return Object.fromEntries(
    Object.entries(IMPORTS).map(([name, { functions }]) => {
      const made = Object.entries(functions)
        .filter(([key]) => wanted.has(`${interfaceName(name)}#${key}`))
        .map(([key, declared]) => [key, importOf(declared, calls[name]?.[key], memory)]);
      return [interfaceName(name), Object.fromEntries(made)];
    }),
  );
}

function memoryOf({ memory, cabi_realloc: realloc }: CoreExports, budget: CallBudget): GuestMemory {
  if (memory instanceof WebAssembly.Memory && typeof realloc === "function") {
    return new GuestMemory(memory, realloc as ConstructorParameters<typeof GuestMemory>[1], budget);
  }
  throw new Error("the component's guest has no memory, or no cabi_realloc");
}

function importOf(
  { params, result, waits }: WorldFunction,
  call: HostCalls[string][string] | undefined,
  memory: () => GuestMemory,
): CoreImport {
  const types = Object.values(params);
  const width = types.reduce((sum, { flat }) => sum + flat.length, 0);
  const run = call as (...args: readonly unknown[]) => unknown;

  function finish(value: unknown, flat: readonly Flat[]): Flat | undefined {
    if (result === undefined) return undefined;
    if (result.flat.length > 1) {
      result.store(memory(), Number(flat[width]) >>> 0, value);
      return undefined;
    }
    const lowered: Flat[] = [];
    result.lower(memory(), value, lowered);
    return lowered[0];
  }

  function lifted(flat: readonly Flat[]): unknown[] {
    let at = 0;
    return types.map((type) => {
      const value = type.lift(memory(), flat, at);
      at += type.flat.length;
      return value;
    });
  }

  if (waits !== true) return (...flat: readonly Flat[]) => finish(run(...lifted(flat)), flat);
  const waiting = async (...flat: readonly Flat[]) => finish(await run(...lifted(flat)), flat);
  return suspending(waiting);
}

/** JSPI: https://github.com/WebAssembly/js-promise-integration */
interface Jspi {
  readonly Suspending?: new (run: (...args: readonly Flat[]) => Promise<unknown>) => CoreImport;
  readonly promising?: (run: CoreFunction) => (...args: readonly Flat[]) => Promise<Flat | undefined>;
}

function jspi(): Required<Jspi> {
  const { Suspending, promising } = WebAssembly as unknown as Jspi;
  if (Suspending !== undefined && promising !== undefined) return { Suspending, promising };
  throw new Error("this host cannot let a component wait: it has no JSPI");
}

function suspending(run: (...args: readonly Flat[]) => Promise<unknown>): CoreImport {
  const { Suspending } = jspi();
  return new Suspending(run);
}

/** A guest's functions over its core exports; `waits`: each of them may have to be waited for. */
export function directFunctions(exports: CoreExports, memory: GuestMemory, waits: boolean): GuestFunctions {
  return Object.fromEntries(
    Object.entries(EXPORTS).map(([name, declared]) => {
      const core = exports[exportName(name)] as CoreFunction;
      const post = exports[`cabi_post_${exportName(name)}`] as CoreFunction | undefined;
      return [name, exportOf(declared, waits ? jspi().promising(core) : core, post, memory)];
    }),
  );
}

function exportOf(
  { params, result }: WorldFunction,
  core: (...flat: readonly Flat[]) => Flat | undefined | Promise<Flat | undefined>,
  post: CoreFunction | undefined,
  memory: GuestMemory,
): GuestFunction {
  const types = Object.values(params);

  function finish(raw: Flat | undefined): unknown {
    const value =
      result === undefined
        ? undefined
        : result.flat.length > 1
          ? result.load(memory, Number(raw) >>> 0)
          : result.lift(memory, [raw ?? 0], 0);
    if (raw === undefined) post?.();
    else post?.(raw);
    return value;
  }

  return (...args) => {
    const flat: Flat[] = [];
    for (let at = 0; at < types.length; at++) types[at]!.lower(memory, args[at], flat);
    const raw = core(...flat);
    return raw instanceof Promise ? raw.then(finish) : finish(raw);
  };
}
