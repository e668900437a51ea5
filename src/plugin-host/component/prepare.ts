import { meter } from "../wasm/meter.ts";
import { type Transpiled, transpile } from "./transpile.ts";
import { IMPORTS } from "./world.ts";

/** A component with its limits written into it, as it can be kept: what is compiled of it, and how it is called. */
export interface Prepared extends Omit<Transpiled, "imports"> {
  /** Its functions may have to wait for the host. */
  readonly waits: boolean;
  /** It can be called without glue. */
  readonly direct: boolean;
}

/** What is written into a component. */
export interface PrepareOptions {
  /** Of memory, in pages of 64 KiB. */
  readonly memoryPages: number;
  /** Whether its steps are counted. */
  readonly fuel: boolean;
  /** Jco's glue, even where the guest could be called directly. */
  readonly glue?: boolean;
}

/** Interfaces whose functions a guest has to wait for. */
const WAITING: ReadonlySet<string> = new Set(
  Object.entries(IMPORTS)
    .filter(([, { functions }]) => Object.values(functions).some(({ waits }) => waits === true))
    .map(([name]) => name),
);

/** Takes a component apart. Rejects with an Error that says why it cannot be used. */
export async function prepare(bytes: Uint8Array, options: PrepareOptions): Promise<Prepared> {
  const plain = await transpile(bytes, false);
  const waits = plain.imports.some((name) => WAITING.has(name));
  const direct = options.glue !== true && (await hasDirectGuest(plain));
  const { modules, glue } = direct || !waits ? plain : await transpile(bytes, true);
  return { modules: metered(modules, options), glue, waits, direct };
}

async function hasDirectGuest({ modules }: Transpiled): Promise<boolean> {
  const compiled = await Promise.all([...modules.values()].map((module) => WebAssembly.compile(module)));
  return compiled.some((module) => {
    const names = WebAssembly.Module.exports(module).map(({ name }) => name);
    return (
      names.includes("memory") && names.includes("cabi_realloc") && names.some((name) => name.endsWith("#configure"))
    );
  });
}

function metered(modules: Transpiled["modules"], { memoryPages, fuel }: PrepareOptions): Transpiled["modules"] {
  return new Map([...modules].map(([name, module]) => [name, meter(module, { memoryPages, fuel })]));
}
