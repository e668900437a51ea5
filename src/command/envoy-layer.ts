import type { Hono } from "hono";
import type { Config, ListenerConfig, XdsConfig } from "#config/model.ts";
import { Translator } from "../control/envoy/translator.ts";
import { openXds, type XdsControl, type XdsWorld } from "../control/xds/control.ts";
import type { Certificate } from "../core/host.ts";
import type { ModuleSource } from "../plugin-host/module-source.ts";
import type { Registry } from "../registry.ts";
import { EnvoyModules } from "./envoy-modules.ts";

/** What bringing configurations to Envoy takes. */
export interface EnvoyWorld extends XdsWorld {
  readonly registry: Registry;
  /** Where plugins' modules come from. */
  readonly modules: ModuleSource;
  /** A listener's certificates beside its own: those that were got for it. */
  certificatesOf(listener: ListenerConfig): readonly Certificate[];
}

/** Brings configurations to Envoy proxies. */
export class EnvoyLayer {
  readonly #control: XdsControl;
  readonly #world: EnvoyWorld;
  readonly #modules: EnvoyModules;
  /** For the options it was made with. */
  #translator: { readonly key: string; readonly translator: Translator } | undefined;

  constructor(control: XdsControl, world: EnvoyWorld) {
    this.#control = control;
    this.#world = world;
    this.#modules = new EnvoyModules(world.modules);
  }

  /** The pages below `/debug`. */
  get debug(): Hono {
    return this.#control.debug;
  }

  /** Whether an Envoy that comes now is served. */
  get ready(): boolean {
    return this.#control.ready;
  }

  /** The port that is open; 0 while none is. */
  get port(): number {
    return this.#control.port;
  }

  /** Sends what changed. Rejects, and goes on as before, when the port cannot be opened. */
  async moveTo(config: Config): Promise<void> {
    const { xds } = config;
    await this.#control.apply(xds);
    if (xds === undefined) return;
    await this.#modules.prepare(config.plugins);
    this.#control.publish(this.#translatorFor(xds).translate(config).resources);
  }

  close(): Promise<void> {
    return this.#control.close();
  }

  #translatorFor({ tier, virtualHosts }: XdsConfig): Translator {
    const key = JSON.stringify([tier, virtualHosts]);
    if (this.#translator?.key !== key) {
      const translator = new Translator({
        builtIn: this.#world.registry.plugins,
        wasmSource: (entry) => this.#modules.sourceOf(entry),
        certificatesOf: (listener) => this.#world.certificatesOf(listener),
        tier: tier ?? { endpoints: [], protocol: "http" },
        virtualHosts,
      });
      this.#translator = { key, translator };
    }
    return this.#translator.translator;
  }
}

/** Reads what it takes to serve Envoy; only who does calls it. */
export async function openEnvoyLayer(world: EnvoyWorld): Promise<EnvoyLayer> {
  return new EnvoyLayer(await openXds(world), world);
}
