import type { Filter } from "../core/plugin.ts";
import type { PluginHost } from "../core/plugin-host.ts";
import type { WrittenOptions } from "./kind.ts";

/** What a WebAssembly plugin may use. */
export interface WasmLimits {
  /** Bytes. */
  readonly memory: number;
  /** Units of a hook; 0: as many as it likes. */
  readonly fuel: number;
  /** Instances of one configuration at a time. */
  readonly instances: number;
}

/** What a proxy-wasm module is told of its VM. */
export interface VmOptions {
  readonly rootId?: string;
  readonly configuration?: unknown;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What tells a component from a core module (component model, "Binary format"): the layer, behind the version. */
const LAYER = 6;

const PAGE = 65_536;

/** Times the fuel of a callback. */
const START_COST = 10;

/** Compiles a plugin of either kind; its configurations' maker. The loaders are read only where there is something for them. */
export async function compileWasm(
  name: string,
  bytes: Uint8Array,
  { memory, fuel, instances }: WasmLimits,
  { configuration, ...vm }: VmOptions = {},
): Promise<(options: WrittenOptions, host: PluginHost) => Promise<Filter>> {
  const memoryPages = Math.max(1, Math.floor(memory / PAGE));
  if (bytes[LAYER] === 1) {
    const { createComponentPlugin } = await import("./component/plugin.ts");
    const component = await createComponentPlugin(bytes, { limits: { memoryPages, fuel, instances } });
    return ({ global, rule }, host) => component.configure(rule ?? global ?? {}, host);
  }
  const { createProxyWasmPlugin } = await import("./proxy-wasm/plugin.ts");
  // Starting may cost more than a callback; but the gateway stands still for it as well.
  const limits = { memoryPages, fuel, ...(fuel === 0 ? {} : { startFuel: START_COST * fuel }) };
  const plugin = await createProxyWasmPlugin(name, bytes, { ...vm, limits, vmConfiguration: configuration });
  return ({ global, rule }, host) => plugin.configure(rule ?? global ?? {}, host);
}
