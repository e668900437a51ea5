import type { RegistryConfig } from "../../model/registries.ts";
import { reasonOf, requestJson } from "../json-request.ts";
import type { RegistryWorld } from "../registry.ts";

/** A server of a Nacos cluster; `port` is that of its HTTP API. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** An answer that takes longer has failed. */
const LIMIT = 10_000;

/** The servers of a cluster, one after the other: those that `domain` lists, or that an address server does. */
export class Servers {
  readonly #config: RegistryConfig;
  readonly #world: RegistryWorld;
  readonly #signal: AbortSignal;
  #all: readonly ServerAddress[];
  #at: number;

  constructor(config: RegistryConfig, world: RegistryWorld, signal: AbortSignal) {
    this.#config = config;
    this.#world = world;
    this.#signal = signal;
    this.#all = config.nacosAddressServer === undefined ? readAddresses(config.domain, config.port) : [];
    this.#at = Math.floor(world.random() * Math.max(1, this.#all.length));
  }

  /** The one to ask; rejects when an address server knows of none. */
  async next(): Promise<ServerAddress> {
    await this.refresh();
    const server = this.#all[this.#at % Math.max(1, this.#all.length)];
    if (server === undefined) throw new Error("the address server lists no servers");
    this.#at += 1;
    return server;
  }

  /** Whether it is still one of them, by the address server's last word. */
  has({ host, port }: ServerAddress): boolean {
    return this.#all.some((one) => one.host === host && one.port === port);
  }

  /** Asks the address server, where there is one. While it is away its last word counts; rejects when there is none. */
  async refresh(): Promise<void> {
    const { nacosAddressServer: written, port } = this.#config;
    if (written === undefined) return;
    try {
      const listed = readAddresses(await this.#ask(written), port);
      if (listed.length > 0) this.#all = listed;
    } catch (error) {
      if (this.#all.length === 0) throw new Error(`the address server: ${reasonOf(error)}`, { cause: error });
    }
  }

  async #ask(written: string): Promise<string> {
    const url = new URL(`${written.includes("://") ? written : `http://${written}`}/nacos/serverlist`);
    url.searchParams.set("namespace", this.#config.nacosNamespace ?? this.#config.nacosNamespaceId ?? "");
    const headers = { "request-module": "Naming" };
    const { status, text } = await requestJson(this.#world, {
      url: url.href,
      headers,
      timeout: LIMIT,
      signal: this.#signal,
    });
    if (status !== 200) throw new Error(`it answered with ${status}`);
    return text;
  }
}

/** Hosts, each perhaps with a port, between commas or blanks. */
function readAddresses(text: string, usual: number): readonly ServerAddress[] {
  return text.split(/[\s,]+/).flatMap((entry): ServerAddress[] => {
    if (entry === "") return [];
    const [, host = entry, port] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(entry) ?? [];
    return [{ host, port: port === undefined ? usual : Number(port) }];
  });
}
