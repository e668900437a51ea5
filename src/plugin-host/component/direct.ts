import type { GuestMemory } from "./guest-memory.ts";
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

/** A component whose one core module has the guest, its memory and its allocator: its functions can be called without glue. */
export function isDirect(exports: CoreExports): boolean {
  return typeof exports[exportName("configure")] === "function" && exports["memory"] instanceof WebAssembly.Memory;
}

function exportName(name: string): string {
  return `${interfaceName(GUEST)}#${name}`;
}

/** The core imports of a guest, in place of the glue's; `memory` is known once the guest is there. */
export function directImports(given: CoreImports, calls: HostCalls, memory: () => GuestMemory): CoreImports {
  const own = Object.entries(IMPORTS).flatMap(([name, { functions }]) => {
    const written = given[interfaceName(name)];
    if (written === undefined) return [];
    const made = Object.entries(functions)
      .filter(([key]) => Object.hasOwn(written, key))
      .map(([key, declared]) => [key, importOf(declared, calls[name]?.[key], memory)] as const);
    return [[interfaceName(name), { ...written, ...Object.fromEntries(made) }] as const];
  });
  return { ...given, ...Object.fromEntries(own) };
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
