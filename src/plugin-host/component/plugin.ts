import { type ComponentLimits, type ComponentPlugin, componentPlugin } from "./component-plugin.ts";
import type { Compiled, Instantiate } from "./instance.ts";
import { type Prepared, prepare } from "./prepare.ts";

/** `glue`: jco's, even where the guest could be called directly. */
export interface ComponentOptions {
  readonly limits: ComponentLimits;
  readonly glue?: boolean;
}

/** Compiles a component with its limits written into it. Rejects with an Error that says why it cannot be used. */
export async function createComponentPlugin(
  bytes: Uint8Array,
  { limits, glue = false }: ComponentOptions,
): Promise<ComponentPlugin> {
  const { memoryPages, fuel } = limits;
  return componentPlugin(await compiled(await prepare(bytes, { memoryPages, fuel: fuel > 0, glue })), limits);
}

async function compiled(prepared: Prepared): Promise<Compiled> {
  const { kind, waits } = prepared;
  if (kind === "direct") return { kind, waits, module: await WebAssembly.compile(prepared.module) };
  const made = [...prepared.modules].map(async ([name, module]) => [name, await WebAssembly.compile(module)] as const);
  return { kind, waits, modules: new Map(await Promise.all(made)), instantiate: await instantiateOf(prepared.glue) };
}

/** The glue is a module of its own; it imports nothing. */
async function instantiateOf(glue: Uint8Array<ArrayBuffer>): Promise<Instantiate> {
  const url = URL.createObjectURL(new Blob([glue], { type: "text/javascript" }));
  try {
    const module: unknown = await import(url);
    if (typeof module === "object" && module !== null && "instantiate" in module) {
      const { instantiate } = module;
      if (typeof instantiate === "function") return instantiate as Instantiate;
    }
    throw new Error("the component's glue has no instantiate");
  } finally {
    URL.revokeObjectURL(url);
  }
}
