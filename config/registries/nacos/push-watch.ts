import { pause } from "#src/core/pause.ts";
import { Retry } from "#src/core/retry.ts";
import type { RegistryConfig } from "../../model/registries.ts";
import { reasonOf } from "../json-request.ts";
import { KnownServices } from "../known-services.ts";
import type { RegistryListener, RegistryWatcher, RegistryWorld } from "../registry.ts";
import { watchUntilClosed } from "../watch-until-closed.ts";
import { Connection, type Ending } from "./connection.ts";
import { Credentials } from "./credentials.ts";
import { NacosRefusal } from "./refusal.ts";
import { type ServerAddress, Servers } from "./servers.ts";
import { namespaceOf } from "./services.ts";
import { Subscriptions } from "./subscriptions.ts";

const WHAT = "the connection";

/** gRPC is served at so many ports above HTTP. */
const GRPC_OFFSET = 1000;

/** See {@link PushWatch}. */
export function watchByPush(config: RegistryConfig, world: RegistryWorld, listener: RegistryListener): RegistryWatcher {
  const known = new KnownServices(config, world, listener, { forgetful: true });
  return watchUntilClosed(known, (closing) => new PushWatch(config, world, known, closing).run());
}

/** Subscribes to every service over one connection, and again over a new one whenever one is over. Lists the services from time to time. */
class PushWatch {
  readonly #config: RegistryConfig;
  readonly #world: RegistryWorld;
  readonly #known: KnownServices;
  readonly #closing: AbortSignal;
  readonly #servers: Servers;
  readonly #credentials: Credentials;

  constructor(config: RegistryConfig, world: RegistryWorld, known: KnownServices, closing: AbortSignal) {
    this.#config = config;
    this.#world = world;
    this.#known = known;
    this.#closing = closing;
    this.#servers = new Servers(config, world, closing);
    this.#credentials = new Credentials(config, world, closing);
  }

  async run(): Promise<void> {
    const retry = new Retry(this.#world);
    const signal = this.#closing;
    while (!signal.aborted) {
      let settled = false;
      const { reason, moved } = await this.#connected(() => {
        settled = true;
        retry.reset();
      });
      if (signal.aborted) return;
      // A server that spreads its clients among others is not away.
      if (moved && settled) continue;
      this.#known.failed(WHAT, reason);
      await pause(this.#world.clock, retry.next(), signal);
    }
  }

  /** Resolves to why the connection is over, or did not come about. */
  async #connected(settled: () => void): Promise<Ending> {
    const over = new AbortController();
    const end = (): void => over.abort();
    this.#closing.addEventListener("abort", end);
    try {
      const server = await this.#servers.next();
      return await this.#follow(server, over.signal, settled);
    } catch (error) {
      return { reason: reasonOf(error), moved: false };
    } finally {
      this.#closing.removeEventListener("abort", end);
      over.abort();
    }
  }

  async #follow(server: ServerAddress, signal: AbortSignal, settled: () => void): Promise<Ending> {
    let subscriptions: Subscriptions | undefined;
    const connection = await Connection.open(this.#world, {
      server: { host: server.host, port: server.port + GRPC_OFFSET },
      namespace: namespaceOf(this.#config),
      module: "naming",
      signal,
      pushed: (type, body) => {
        if (type === "NotifySubscriberRequest") subscriptions?.pushed(body);
      },
    });
    subscriptions = new Subscriptions({
      connection,
      config: this.#config,
      headers: (resource) => this.#credentials.fields(server, resource),
      tell: (instances) => {
        this.#known.answered(WHAT);
        this.#known.tell(instances);
      },
      skipped: (what, reason) => this.#known.skipped(what, reason),
    });
    void this.#refresh(subscriptions, server, signal, settled).catch((error: unknown) => {
      if (error instanceof NacosRefusal && error.forbidden) this.#credentials.forget();
      connection.close(reasonOf(error));
    });
    return connection.over;
  }

  async #refresh(
    subscriptions: Subscriptions,
    server: ServerAddress,
    signal: AbortSignal,
    settled: () => void,
  ): Promise<void> {
    while (!signal.aborted) {
      await subscriptions.refresh();
      settled();
      await pause(this.#world.clock, this.#config.nacosRefreshInterval, signal);
      await this.#servers.refresh();
      if (!this.#servers.has(server)) throw new Error("the address server lists it no more");
    }
  }
}
