import { type Cidr, contains, type IpAddress, parseAddress, parseCidr } from "./address.ts";
import { type AddressRange, rangeOf, unwrapped } from "./ranges.ts";
import type { Resolver } from "./resolver.ts";
import { CLOSED_NETWORK, type NetworkSettings } from "./settings.ts";
import { type NamedHost, namedHost, NetworkRefusal, type Target, targetOf } from "./target.ts";

/** Whom a guard lets through. */
export interface GuardOptions {
  /** URLs, templates, hosts that stand in the operator's configuration: what they name literally may be private. */
  readonly named: readonly string[];
  readonly network?: NetworkSettings;
}

/** Where nobody is sent because a configuration names it: instances get their credentials there. */
const NEVER_BY_NAME: ReadonlySet<AddressRange> = new Set(["link-local", "metadata"]);

/** Always this machine (RFC 6761), by whichever of its addresses answers. */
const LOCAL_NAME = /^(?:.+\.)?localhost$/;

const SIMPLE_ORIGIN = /^https?:\/\/[\w.:[\]-]+(?=[/?]|$)/i;
const MAX_ORIGINS = 1000;

/**
 * Decides where requests may go. Names are resolved, every address they have is looked at, and the caller gets the addresses to connect
 * to, so that another answer to another look-up changes nothing.
 */
export class NetworkGuard {
  readonly #resolver: Resolver;
  readonly #named: readonly NamedHost[];
  readonly #network: NetworkSettings;
  readonly #allowedHosts: readonly string[];
  readonly #allowedBlocks: readonly Cidr[];
  readonly #targets = new Map<string, Target>();
  /** Targets that are asked for as they are, whatever names lead to later on. */
  readonly #open = new WeakSet<Target>();
  readonly #passed = new WeakSet<readonly string[]>();
  readonly #passedByName = new WeakSet<readonly string[]>();

  constructor(resolver: Resolver, { named, network = CLOSED_NETWORK }: GuardOptions) {
    this.#resolver = resolver;
    this.#named = named.flatMap((text) => namedHost(text) ?? []);
    this.#network = network;
    this.#allowedBlocks = network.allow.flatMap((entry) => parseCidr(entry) ?? []);
    this.#allowedHosts = network.allow.filter((entry) => parseCidr(entry) === undefined);
  }

  /**
   * The addresses a request to `url` may be sent to, to be connected to and none else; undefined when the host may be asked for as it is:
   * it is an address itself, or allowed whatever its address. Rejects with a {@link NetworkRefusal}.
   */
  async check(url: string): Promise<readonly string[] | undefined> {
    const target = this.#targetOf(url);
    const named = this.#isNamed(target);
    if (this.#opens(target, named)) return undefined;
    const addresses = await this.#addressesOf(target.host, named);
    this.#judgeAll(target.host, addresses, named);
    return addresses.length === 0 ? undefined : addresses;
  }

  /** Whether {@link check} has answered undefined for good: then there is nothing to wait for. */
  passes(url: string): boolean {
    const origin = SIMPLE_ORIGIN.exec(url)?.[0];
    const known = origin === undefined ? undefined : this.#targets.get(origin);
    return known !== undefined && this.#open.has(known);
  }

  /** Whether a target is asked for as it is. Throws a {@link NetworkRefusal} for an address that is not asked at all. */
  #opens(target: Target, named: boolean): boolean {
    if (this.#open.has(target)) return true;
    if (!this.#allowsHost(target.host)) {
      if (target.address !== undefined) this.#judge(target.host, target.address, named);
      else if (!named || !LOCAL_NAME.test(target.host)) return false;
    }
    this.#open.add(target);
    return true;
  }

  /** The resolver gives the same list as long as it keeps it, so that each is judged once. */
  #judgeAll(host: string, addresses: readonly string[], named: boolean): void {
    const passed = named ? this.#passedByName : this.#passed;
    if (passed.has(addresses)) return;
    for (const text of addresses) {
      const address = parseAddress(text);
      if (address === undefined) throw new NetworkRefusal(`The name '${host}' has an address that is none.`);
      this.#judge(host, address, named);
    }
    passed.add(addresses);
  }

  /** Parsing a URL costs more than all the rest; those of one origin are parsed once. */
  #targetOf(url: string): Target {
    const origin = SIMPLE_ORIGIN.exec(url)?.[0];
    if (origin === undefined) return targetOf(url);
    const known = this.#targets.get(origin);
    if (known !== undefined) return known;
    const target = targetOf(origin);
    if (this.#targets.size >= MAX_ORIGINS) this.#targets.clear();
    this.#targets.set(origin, target);
    return target;
  }

  async #addressesOf(host: string, named: boolean): Promise<readonly string[]> {
    try {
      const addresses = await this.#resolver.resolve(host);
      if (addresses.length > 0 || named) return addresses;
    } catch {
      // A named host may be known to a proxy on the way alone; where there is none, connecting fails by itself.
      if (named) return [];
    }
    throw new NetworkRefusal(`The name '${host}' cannot be resolved, so where it leads cannot be checked.`);
  }

  #isNamed({ host, port }: Target): boolean {
    return this.#named.some((named) => named.host === host && (named.port === undefined || named.port === port));
  }

  #allowsHost(host: string): boolean {
    return this.#allowedHosts.some((allowed) =>
      allowed.startsWith("*.") ? host.length > allowed.length - 1 && host.endsWith(allowed.slice(1)) : host === allowed,
    );
  }

  #judge(host: string, address: IpAddress, named: boolean): void {
    const range = rangeOf(address);
    if (range === "public") return;
    if (!NEVER_BY_NAME.has(range) && (named || this.#network.allowPrivate)) return;
    const real = unwrapped(address);
    if (this.#allowedBlocks.some((block) => contains(block, real) || contains(block, address))) return;
    throw new NetworkRefusal(
      `The host '${host}' has a ${range} address, and requests are not sent there. Where that is meant, name it in network.allow.`,
    );
  }
}
