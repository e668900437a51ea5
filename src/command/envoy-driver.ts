import type { Hono } from "hono";
import type { Config } from "#config/model.ts";
import type { EnvoyLayer, EnvoyWorld } from "./envoy-layer.ts";

/** Follows the running configuration to Envoy proxies, once one asks for that. Nothing of it is loaded before. */
export class EnvoyDriver {
  readonly #world: EnvoyWorld;
  #layer: EnvoyLayer | undefined;
  #next: Config | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(world: EnvoyWorld) {
    this.#world = world;
  }

  /** The pages below `/debug`; undefined while no Envoy is driven. */
  get debug(): Hono | undefined {
    return this.#layer?.debug;
  }

  /** Whether there is nothing to wait for. */
  get ready(): boolean {
    return this.#layer?.ready !== false;
  }

  /** Where Envoys connect to; 0 while they cannot. */
  get port(): number {
    return this.#layer?.port ?? 0;
  }

  /** Brings a configuration to Envoys; of several that come meanwhile the last. Rejects when the port cannot be opened. */
  start(config: Config): Promise<void> {
    this.#next = config;
    const moved = this.#turn.then(() => this.#move());
    this.#turn = moved.catch(() => {});
    return moved;
  }

  /** The same, for a configuration that is in use already: what goes wrong is told in the log. */
  follow(config: Config): void {
    this.start(config).catch((error: unknown) => {
      const problem = error instanceof Error ? error.message : String(error);
      this.#world.log.error("Envoys do not get the configuration.", { problem });
    });
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#layer?.close();
  }

  async #move(): Promise<void> {
    const config = this.#next;
    this.#next = undefined;
    if (config === undefined || (config.xds === undefined && this.#layer === undefined)) return;
    if (this.#layer === undefined) {
      const { openEnvoyLayer } = await import("./envoy-layer.ts");
      this.#layer = await openEnvoyLayer(this.#world);
    }
    await this.#layer.moveTo(config);
  }
}
