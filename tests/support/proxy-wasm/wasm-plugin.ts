import { z } from "zod";
import { definePlugin, type Plugin } from "#src/core/plugin.ts";
import { createProxyWasmPlugin, type ProxyWasmOptions } from "#src/plugin-host/proxy-wasm/plugin.ts";

/** A proxy-wasm module as a plugin of the registry: its entry's `config`, or the text under `script` in it, goes to the guest. */
export async function wasmPlugin(name: string, bytes: Uint8Array, options: ProxyWasmOptions = {}): Promise<Plugin> {
  const plugin = await createProxyWasmPlugin(name, bytes, options);
  return definePlugin({
    name,
    summary: "A guest for tests.",
    phase: "UNSPECIFIED_PHASE",
    priority: 0,
    failStrategy: "FAIL_CLOSE",
    options: z.record(z.string(), z.unknown()),
    configure: (config, host) => plugin.configure(config["script"] ?? config, host),
  });
}
