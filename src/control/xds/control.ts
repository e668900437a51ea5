import { isDeepStrictEqual } from "node:util";
import type { Hono } from "hono";
import type { XdsView } from "#config/model/xds.ts";
import type { Clock } from "#src/core/clock.ts";
import type { Log } from "#src/core/log.ts";
import { xdsDebug } from "./debug/app.ts";
import { loadMessages, type Messages } from "./messages.ts";
import type { NodeView } from "./node.ts";
import type { XdsMetrics } from "./metrics.ts";
import { XdsServer } from "./server.ts";
import type { EnvoyResources } from "./snapshot.ts";
import { type ResourceProblem, SnapshotBuilder } from "./snapshot-builder.ts";
import { Views } from "./views.ts";

/** How the port is opened, and what is shown to whom. */
export interface XdsSettings {
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  readonly views?: readonly XdsView[];
}

/** What the xDS server needs of the process it runs in. */
export interface XdsWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: XdsMetrics;
}

/** The xDS server as the configuration wants it, and what it serves. */
export class XdsControl {
  /** To be mounted at `/debug`. */
  readonly debug: Hono;
  readonly #world: XdsWorld;
  readonly #messages: Messages;
  readonly #builder: SnapshotBuilder;
  #server: XdsServer | undefined;
  #config: XdsSettings | undefined;
  #views: Views = new Views([]);
  #viewsOf: XdsSettings["views"];
  #view: NodeView | undefined;

  constructor(messages: Messages, world: XdsWorld) {
    this.#world = world;
    this.#messages = messages;
    this.#builder = new SnapshotBuilder(messages);
    this.debug = xdsDebug({ server: () => this.#server, messages });
  }

  /** Whether a client that comes now is served; without a configuration there is none to wait for. */
  get ready(): boolean {
    return this.#config === undefined || this.#server?.ready === true;
  }

  /** The port that is open; 0 while none is. */
  get port(): number {
    return this.#server?.port ?? 0;
  }

  /**
   * Moves to a configuration. A new token counts for streams from now on, views from the next time something is published; what else
   * changes opens the port anew, and clients come back to it. Rejects, and goes on as before, when the port cannot be opened.
   */
  async apply(config: XdsSettings | undefined): Promise<void> {
    const [before, old] = [this.#config, this.#server];
    this.#config = config;
    this.#moveViews(config?.views);
    if (config !== undefined && before !== undefined && addressOf(config) === addressOf(before)) return;
    // One port cannot be open twice.
    await old?.close();
    try {
      this.#server = await this.#open(config);
    } catch (error) {
      this.#config = before;
      this.#server = await this.#open(before);
      throw error;
    }
  }

  /** Serves these resources to the nodes that they are for. Answers what is wrong with some of them; the others are served. */
  publish(resources: EnvoyResources): readonly ResourceProblem[] {
    const { snapshot, problems } = this.#builder.build(resources);
    for (const { type, name, field, reason, kept } of problems)
      this.#world.log.error("A resource for Envoy cannot be sent.", { type, name, field, reason, kept });
    this.#view = this.#views.over(snapshot);
    this.#server?.publish(this.#view);
    return problems;
  }

  async close(): Promise<void> {
    await this.apply(undefined);
  }

  /** Views that are as before keep what they made. */
  #moveViews(views: XdsSettings["views"]): void {
    if (isDeepStrictEqual(views, this.#viewsOf)) return;
    this.#viewsOf = views;
    this.#views = new Views(views ?? []);
  }

  async #open(config: XdsSettings | undefined): Promise<XdsServer | undefined> {
    if (config === undefined) return undefined;
    const { host, port, tls } = config;
    const server = new XdsServer({
      ...this.#world,
      messages: this.#messages,
      host,
      port,
      token: () => this.#config?.token,
      ...(tls === undefined ? {} : { tls }),
    });
    await server.listen();
    if (this.#view !== undefined) server.publish(this.#view);
    return server;
  }
}

/** Reads what it takes to serve Envoy; only who does calls it. */
export async function openXds(world: XdsWorld): Promise<XdsControl> {
  return new XdsControl(await loadMessages(), world);
}

/** What a port is opened with. */
function addressOf({ host, port, tls }: XdsSettings): string {
  return JSON.stringify([host, port, tls]);
}
