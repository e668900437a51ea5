import { pause } from "#src/core/pause.ts";
import { Retry } from "#src/core/retry.ts";
import type { Resolver } from "node:dns/promises";
import type { RegistryConfig } from "../../model/registries.ts";
import { isServiceRecord, readHostNames } from "../../model/registry-addresses.ts";
import type { Instance } from "../instances.ts";
import { reasonOf } from "../json-request.ts";
import { KnownServices } from "../known-services.ts";
import type { RegistryListener, RegistryWatcher, RegistryWorld } from "../registry.ts";
import { isOverTls, readProtocol } from "../service-protocol.ts";
import { watchUntilClosed } from "../watch-until-closed.ts";
import { lookUp, type Question, type Target } from "./look-up.ts";

/** Bounds of how long records are kept, whatever they say, in milliseconds. */
const SHORTEST = 5000;
const LONGEST = 300_000;

/** For records that do not say how long they may be kept. */
const USUAL = 30_000;

/** A look-up that takes longer has failed. */
const LIMIT = 10_000;

/** See {@link DnsWatch}. */
export function watchDns(config: RegistryConfig, world: RegistryWorld, listener: RegistryListener): RegistryWatcher {
  const names = readHostNames(config.domain);
  const name = "length" in names ? onlyOf(names) : undefined;
  const known = new KnownServices(config, world, listener, name === undefined ? {} : { sni: name });
  return watchUntilClosed(known, async (closing) => {
    if ("length" in names) await new DnsWatch(config, world, { names, known, closing }).run();
    else known.failed(config.domain, names.message);
  });
}

/** Looks up the names of `domain`, each again when its records are too old; one that is not found keeps its last addresses. */
class DnsWatch {
  readonly #config: RegistryConfig;
  readonly #world: RegistryWorld;
  readonly #known: KnownServices;
  readonly #names: readonly string[];
  readonly #keepNames: boolean;
  /** Where each name led last. */
  readonly #targets = new Map<string, readonly Target[]>();
  /** Names of which nothing was heard yet, not even that they are not found. */
  readonly #unheard: Set<string>;
  readonly #closing: AbortSignal;

  constructor(
    config: RegistryConfig,
    world: RegistryWorld,
    { names, known, closing }: { names: readonly string[]; known: KnownServices; closing: AbortSignal },
  ) {
    this.#config = config;
    this.#world = world;
    this.#names = names;
    this.#keepNames = keepsNames(config, onlyOf(names));
    this.#known = known;
    this.#unheard = new Set(names);
    this.#closing = closing;
  }

  async run(): Promise<void> {
    const { Resolver: SystemResolver, lookup } = await import("node:dns/promises");
    const { dnsServers } = this.#world;
    // One for each name, so that a look-up that takes too long can be called off.
    const made = (): Resolver => {
      const resolver = new SystemResolver();
      if (dnsServers !== undefined) resolver.setServers(dnsServers);
      return resolver;
    };
    const system = async (name: string): Promise<readonly string[]> =>
      (await lookup(name, { all: true, family: 4 })).map(({ address }) => address);
    const asked = dnsServers === undefined ? { keepNames: this.#keepNames, system } : { keepNames: this.#keepNames };
    const given = this.#names.filter((name) => this.#keepNames && !isServiceRecord(name));
    for (const name of given) this.#heard(name, [{ host: name }]);
    const others = this.#names.filter((name) => !given.includes(name));
    await Promise.all(others.map((name) => this.#follow(made(), { name, ...asked })));
  }

  async #follow(resolver: Resolver, question: Question): Promise<void> {
    const retry = new Retry(this.#world);
    const signal = this.#closing;
    while (!signal.aborted) {
      let rest: number;
      try {
        const { targets, ttl = USUAL } = await this.#limited(resolver, lookUp(resolver, question));
        this.#heard(question.name, targets);
        retry.reset();
        rest = Math.min(LONGEST, Math.max(SHORTEST, ttl));
      } catch (error) {
        this.#failed(question.name, reasonOf(error));
        rest = retry.next();
      }
      await pause(this.#world.clock, rest, signal);
    }
  }

  /** Calls a look-up off when it takes too long, or the watcher is closed. */
  async #limited<T>(resolver: Resolver, look: Promise<T>): Promise<T> {
    const over = new AbortController();
    const end = (): void => over.abort();
    this.#closing.addEventListener("abort", end);
    let done = false;
    const late = pause(this.#world.clock, LIMIT, over.signal).then(() => {
      if (!done) resolver.cancel();
      throw new Error("no answer in time");
    });
    try {
      return await Promise.race([look, late]);
    } finally {
      done = true;
      this.#closing.removeEventListener("abort", end);
      end();
    }
  }

  #heard(name: string, targets: readonly Target[]): void {
    this.#targets.set(name, targets);
    this.#known.answered(name);
    this.#unheard.delete(name);
    this.#tell();
  }

  #failed(name: string, reason: string): void {
    this.#known.failed(name, reason);
    if (this.#unheard.delete(name)) this.#tell();
  }

  /** The first time when every name was looked up; nothing as long as none was found. */
  #tell(): void {
    if (this.#unheard.size > 0 || this.#targets.size === 0) return;
    const service = `${this.#config.name}.dns`;
    const instances = [...this.#targets.values()]
      .flat()
      .map(({ host, port = this.#config.port, weight }): Instance => ({
        service,
        host,
        port,
        weight,
      }));
    this.#known.tell(instances);
  }
}

/**
 * Whether endpoints are names, which are looked up when they are connected to: behind a proxy, which looks them up itself; and over TLS where
 * each server has a certificate for its own name.
 */
function keepsNames({ protocol = "http", proxyName, sni }: RegistryConfig, name: string | undefined): boolean {
  if (proxyName !== undefined) return true;
  const read = readProtocol(protocol);
  return read !== undefined && isOverTls(read) && sni === undefined && name === undefined;
}

/** The one host name that is meant, where it is one. */
function onlyOf(names: readonly string[]): string | undefined {
  const [name] = names;
  return names.length === 1 && name !== undefined && !isServiceRecord(name) ? name : undefined;
}
