import type { Filter, HookName, PerRequest } from "../../core/plugin.ts";
import type { PluginHost } from "../../core/plugin-host.ts";
import { type Compiled, Instance } from "./instance.ts";
import { Pool } from "./pool.ts";
import { openRequest } from "./request.ts";
import { camelCase } from "./record-types.ts";
import type { Tagged } from "./variant-types.ts";

/** What each instance may use. */
export interface ComponentLimits {
  /** Of memory, in pages of 64 KiB. */
  readonly memoryPages: number;
  /** Units of a hook; 0: as many as it likes. */
  readonly fuel: number;
  /** Instances of one configuration at a time. */
  readonly instances: number;
}

/** A component, compiled once for all of its configurations. */
export interface ComponentPlugin {
  /** Rejects with an Error when the guest refuses the configuration. */
  configure(config: unknown, host: PluginHost): Promise<Filter>;
  close(): void;
}

/** Sets a compiled component to work. */
export function componentPlugin(component: Compiled, limits: ComponentLimits): ComponentPlugin {
  const pools = new Set<Pool>();
  return {
    async configure(config, host) {
      const written = JSON.stringify(config);
      const open = async (): Promise<Instance> => (await opened(component, host, limits, written)).instance;
      const first = await opened(component, host, limits, written);
      const pool = new Pool({ open, most: limits.instances });
      pool.keep(first.instance);
      pools.add(pool);
      const { tickMs } = first.setup;
      const stop = tickMs > 0 ? host.every(tickMs, () => tick(pool)) : undefined;
      const filter: PerRequest = {
        hooks: first.setup.hooks,
        open: () => openRequest(pool, first.setup.hooks),
      };
      return {
        ...filter,
        close() {
          stop?.();
          pools.delete(pool);
          pool.close();
        },
      };
    },
    close() {
      for (const pool of pools) pool.close();
    },
  };
}

async function tick(pool: Pool): Promise<void> {
  const instance = await pool.take();
  try {
    await instance.ask("on-tick", undefined, []);
  } finally {
    pool.give(instance);
  }
}

interface Setup {
  readonly hooks: readonly HookName[];
  readonly tickMs: number;
}

async function opened(
  component: Compiled,
  host: PluginHost,
  { fuel }: ComponentLimits,
  config: string,
): Promise<{ instance: Instance; setup: Setup }> {
  const instance = await Instance.open(component, host, fuel);
  const { tag, val } = (await instance.ask("configure", undefined, [config])) as Tagged;
  if (tag !== "ok") throw new Error(`it refuses its configuration: ${String(val)}`);
  const { hooks, tickMs } = val as { readonly hooks: readonly string[]; readonly tickMs: number };
  return { instance, setup: { hooks: hooks.map((word) => camelCase(word) as HookName), tickMs } };
}
