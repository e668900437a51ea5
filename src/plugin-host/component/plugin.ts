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

async function compiled({ modules, glue, waits, direct }: Prepared): Promise<Compiled> {
  const made = [...modules].map(async ([name, module]) => [name, await WebAssembly.compile(module)] as const);
  return { modules: new Map(await Promise.all(made)), instantiate: await instantiateOf(glue), waits, direct };
}

/** The glue is a module of its own; it imports nothing. */
async function instantiateOf(glue: Prepared["glue"]): Promise<Instantiate> {
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
