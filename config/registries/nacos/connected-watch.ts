import { pause } from "#src/core/pause.ts";
import { Retry } from "#src/core/retry.ts";
import type { Mapping } from "../../check-values.ts";
import type { RegistryConfig } from "../../model/registries.ts";
import { reasonOf } from "../json-request.ts";
import type { KnownServices } from "../known-services.ts";
import type { RegistryWorld } from "../registry.ts";
import { Connection, type Ending } from "./connection.ts";
import type { Credentials, Resource } from "./credentials.ts";
import { NacosRefusal } from "./refusal.ts";
import { type ServerAddress, Servers } from "./servers.ts";
import { namespaceOf } from "./services.ts";

/** gRPC is served at so many ports above HTTP. */
const GRPC_OFFSET = 1000;

/** A connection that has come about, and how things are asked over it. */
export interface Session {
  readonly connection: Connection;
  readonly server: ServerAddress;
  /** What a request has to prove. */
  readonly headers: (resource: Resource) => Promise<Readonly<Record<string, string>>>;
  readonly signal: AbortSignal;
}

/** What is followed over one connection. What it rejects with ends the connection. */
export interface Following {
  /** Called at once, and each refresh interval. */
  refresh(): Promise<void>;
  /** The server has said something unasked. */
  pushed(type: string, body: Mapping): void | Promise<void>;
}

/** How something is followed. */
export interface ConnectedWatchOptions {
  readonly config: RegistryConfig;
  readonly world: RegistryWorld;
  readonly known: KnownServices;
  readonly closing: AbortSignal;
  readonly credentials: Credentials;
  /** What the connection is called where it is told of. */
  readonly what: string;
  /** What is asked over it: `naming` or `config`. */
  readonly module: string;
  readonly follow: (session: Session) => Following;
}

/** Follows something over one connection, and over a new one whenever one is over, until it is closed. */
export class ConnectedWatch {
  readonly #options: ConnectedWatchOptions;
  readonly #servers: Servers;

  constructor(options: ConnectedWatchOptions) {
    this.#options = options;
    this.#servers = new Servers(options.config, options.world, options.closing);
  }

  async run(): Promise<void> {
    const { world, closing, known, what, credentials } = this.#options;
    const retry = new Retry(world);
    while (!closing.aborted) {
      let settled = false;
      const { reason, moved } = await this.#connected(() => {
        settled = true;
        retry.reset();
      });
      if (closing.aborted) return;
      // A server that spreads its clients among others is not away.
      if (moved && settled) continue;
      known.failed(what, credentials.hidden(reason));
      await pause(world.clock, retry.next(), closing);
    }
  }

  /** Resolves to why the connection is over, or did not come about. */
  async #connected(settled: () => void): Promise<Ending> {
    const { closing } = this.#options;
    const over = new AbortController();
    const end = (): void => over.abort();
    closing.addEventListener("abort", end);
    try {
      const server = await this.#servers.next();
      return await this.#follow(server, over.signal, settled);
    } catch (error) {
      return { reason: reasonOf(error), moved: false };
    } finally {
      closing.removeEventListener("abort", end);
      over.abort();
    }
  }

  async #follow(server: ServerAddress, signal: AbortSignal, settled: () => void): Promise<Ending> {
    const { config, world, credentials, module, follow } = this.#options;
    let following: Following | undefined;
    let connection: Connection | undefined;
    const run = (action: () => void | Promise<void>): void => {
      Promise.try(action).catch((error: unknown) => {
        if (error instanceof NacosRefusal && error.forbidden) credentials.forget();
        connection?.close(reasonOf(error));
      });
    };
    connection = await Connection.open(world, {
      server: { host: server.host, port: server.port + GRPC_OFFSET },
      namespace: namespaceOf(config),
      module,
      signal,
      pushed: (type, body) => run(() => following?.pushed(type, body)),
    });
    const headers: Session["headers"] = (resource) => credentials.fields(server, resource);
    const followed = follow({ connection, server, headers, signal });
    following = followed;
    run(() => this.#refresh(followed, server, signal, settled));
    return connection.over;
  }

  async #refresh(following: Following, server: ServerAddress, signal: AbortSignal, settled: () => void): Promise<void> {
    const { world, config } = this.#options;
    while (!signal.aborted) {
      await following.refresh();
      settled();
      await pause(world.clock, config.nacosRefreshInterval, signal);
      await this.#servers.refresh();
      if (!this.#servers.has(server)) throw new Error("the address server lists it no more");
    }
  }
}
