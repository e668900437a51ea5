import type { Bytes, Call, Filter, HookName, Hooks } from "../../core/plugin.ts";
import type { PluginHost, PluginLogLevel } from "../../core/plugin-host.ts";
import { meter } from "../wasm/meter.ts";
import { BUDGET_LIMITS } from "./call-budget.ts";
import { GuestSupply } from "./guest-supply.ts";
import { utf8Bytes } from "./guest-memory.ts";
import { SharedQueues } from "./shared-queues.ts";
import { StreamHooks } from "./stream-hooks.ts";
import type { Vm } from "./vm.ts";

/** What a guest may use; what is left out has a default. */
export interface ProxyWasmLimits {
  /** Of memory, in pages of 64 KiB. */
  readonly memoryPages?: number;
  /** Units for one callback, of which one pays for a function call or a loop's turn; 0: as many as it likes. */
  readonly fuel?: number;
  /** Units for loading and configuring. */
  readonly startFuel?: number;
  /** The most of a body that is kept for the guest, in bytes. */
  readonly bodyBytes?: number;
  /** Milliseconds for which a stream may be held up. */
  readonly pause?: number;
}

/** What a plugin is loaded with. */
export interface ProxyWasmOptions {
  readonly limits?: ProxyWasmLimits;
  /** What `proxy_on_vm_start` gets; objects as JSON. */
  readonly vmConfiguration?: unknown;
  /** Which of the module's root contexts is meant. */
  readonly rootId?: string;
  /** By what others find its queues; the plugin's name when left out. */
  readonly vmId?: string;
  /** Environment variables that the guest sees; it sees no others. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What guests are told that is logged; `info` when left out. */
  readonly logLevel?: PluginLogLevel;
  /** The queues that plugins share; left out: its own. */
  readonly queues?: SharedQueues;
}

/** A proxy-wasm module, compiled once for all of its configurations. */
export interface ProxyWasmPlugin {
  /** Starts a VM with the configuration: text as it is, anything else as JSON. Rejects with an Error when the guest refuses it. */
  configure(config: unknown, host: PluginHost): Promise<Filter>;
  /** Ends every configuration's VM. */
  close(): void;
}

const DEFAULTS: Required<ProxyWasmLimits> = {
  memoryPages: 4096,
  fuel: 50_000_000,
  startFuel: 2_000_000_000,
  bodyBytes: 32 * 1024 * 1024,
  pause: 60_000,
};

/** Compiles a proxy-wasm module with its limits written into it. Rejects with an Error that says why it cannot be used. */
export async function createProxyWasmPlugin(
  name: string,
  bytes: Uint8Array,
  options: ProxyWasmOptions = {},
): Promise<ProxyWasmPlugin> {
  const limits = { ...DEFAULTS, ...options.limits };
  const module = await compiled(name, bytes, limits);
  const queues = options.queues ?? new SharedQueues();
  const open = new Set<GuestSupply>();

  return {
    async configure(config, host) {
      const supply = new GuestSupply({
        module,
        host,
        queues,
        budget: BUDGET_LIMITS,
        fuel: limits.fuel === 0 ? Infinity : limits.fuel,
        startFuel: limits.startFuel,
        settings: {
          rootId: options.rootId ?? "",
          vmId: options.vmId ?? name,
          configuration: textBytes(config),
          vmConfiguration: textBytes(options.vmConfiguration),
          environment: options.environment ?? {},
          logLevel: options.logLevel ?? "info",
        },
      });
      const vm = supply.current();
      open.add(supply);
      return {
        hooks: hooksOf(vm),
        open: (call: Call): Hooks => new StreamHooks(supply.current(), call, limits).hooks,
        close() {
          open.delete(supply);
          supply.close();
        },
      };
    },
    close() {
      for (const supply of open) supply.close();
      open.clear();
    },
  };
}

async function compiled(
  name: string,
  bytes: Uint8Array,
  { memoryPages }: Required<ProxyWasmLimits>,
): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(meter(bytes, { memoryPages, fuel: true }));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(`The plugin '${name}' cannot be loaded: ${why}`, { cause: thrown });
  }
}

/** Which hooks there are is told by what the module exports. */
function hooksOf(vm: Vm): readonly HookName[] {
  const hooks: HookName[] = ["requestHeaders", "done"];
  if (vm.has("proxy_on_request_body")) hooks.push("requestBody");
  if (vm.has("proxy_on_response_headers")) hooks.push("responseHeaders");
  if (vm.has("proxy_on_response_body")) hooks.push("responseHeaders", "responseBody", "responseChunk");
  return [...new Set(hooks)];
}

function textBytes(value: unknown): Bytes {
  if (value === undefined || value === null) return new Uint8Array();
  return utf8Bytes(typeof value === "string" ? value : JSON.stringify(value));
}
