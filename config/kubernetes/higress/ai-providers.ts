import { isDeepStrictEqual } from "node:util";
import type { Provider, ProviderDefinition, ProviderWorld } from "#src/core/provider.ts";
import { writtenProviderProblems } from "../../made-providers.ts";
import { formatPath } from "../../report.ts";
import type { Merged, MergedEntry } from "../merge.ts";
import type { Resource } from "../resource.ts";
import type { Written } from "../translator.ts";
import { freeName } from "./ai-proxy.ts";
import type { ProviderSource } from "./ai-provider.ts";
import { addressesOf, type ServiceAddresses } from "./service-addresses.ts";

/** Settings that say where a provider is. */
const OWN_ADDRESS = /^baseUrl$|^genericHost$|^providerDomain$|(?:CustomUrl|ServerHost|ServiceUrl|ApiUrl|Domain)$/;

/** Nobody is asked for anything. */
const NOWHERE: ProviderWorld = { fetch: () => Promise.reject(new Error("There is no network.")), now: () => 0 };

/**
 * The providers of AI routes. In Higress a provider says how a server is spoken to, and the service of a route which one that is; here a
 * provider is both, so that there may be several for one of Higress'.
 */
export class AiProviders {
  readonly #merged: Merged;
  readonly #definitions: readonly ProviderDefinition[];
  readonly #findings: NonNullable<Merged["findings"]>[number][] = [];
  readonly #entries = new Map<string, MergedEntry>();
  readonly #told = new Set<string>();
  readonly #used = new Set<ProviderSource>();

  constructor(merged: Merged, definitions: readonly ProviderDefinition[]) {
    this.#merged = merged;
    this.#definitions = definitions;
    for (const [id, entry] of merged.lists.providers) this.#entries.set(id, entry);
  }

  get findings(): NonNullable<Merged["findings"]> {
    return this.#findings;
  }

  /** All providers; without those that cannot be made, which are told. */
  entries(): ReadonlyMap<string, MergedEntry> {
    const good = [...this.#entries].filter(([id, { written, from }]) => {
      if (this.#merged.lists.providers.has(id)) return true;
      const problems = writtenProviderProblems({ providers: [written] }, this.#definitions, []);
      for (const { path, message, hint } of problems) {
        const field = formatPath(["spec", ...path]);
        this.#findings.push({
          resource: from,
          field,
          message,
          severity: "error",
          ...(hint === undefined ? {} : { hint }),
        });
      }
      return problems.length === 0;
    });
    return new Map(good);
  }

  /** Whether it was asked for. */
  isUsed(source: ProviderSource): boolean {
    return this.#used.has(source);
  }

  /** The ids of the providers that are one of ai-proxy's at a service. */
  at(source: ProviderSource, service: string | undefined, from: Resource): readonly string[] {
    this.#used.add(source);
    const servers = source.servers ?? this.#servers(source, service, from);
    return servers.map((server) => this.#idOf(source.id, { ...source.settings, ...server }, from));
  }

  #idOf(wanted: string, settings: Written, from: Resource): string {
    const same = (id: string): boolean => {
      const entry = this.#entries.get(id);
      return entry !== undefined && isDeepStrictEqual(entry.written, { id, ...settings });
    };
    const id = freeName(wanted, (one) => this.#entries.has(one) && !same(one));
    if (!this.#entries.has(id)) this.#entries.set(id, { written: { id, ...settings }, from });
    return id;
  }

  /** What of the settings says where the service is: nothing when the provider is there anyway. */
  #servers({ id, settings }: ProviderSource, service: string | undefined, from: Resource): readonly Written[] {
    if (service === undefined || Object.keys(settings).some((key) => OWN_ADDRESS.test(key))) return [{}];
    const found = addressesOf(service, this.#merged);
    if (found === undefined) {
      this.#tell(from, `the provider ${id} is asked at its vendor's: it is not known here where ${service} is`);
      return [{}];
    }
    if (found.proxy !== undefined) this.#tell(from, `the provider ${id} is asked without the proxy ${found.proxy}`);
    const [only, ...others] = found.addresses;
    if (only === undefined || (others.length === 0 && placeOf(urlOf(found, only)) === this.#vendor(settings)))
      return [{}];
    return found.addresses.map((address) => ({ baseUrl: urlOf(found, address) }));
  }

  /** Where the provider is when nobody says where. */
  #vendor(settings: Written): string | undefined {
    const { type, apiTokens: _, ...options } = settings;
    const definition = this.#definitions.find((one) => one.type === type);
    if (definition === undefined || typeof type !== "string") return undefined;
    try {
      return vendorOf(definition.configure({ id: type, type, apiTokens: [], options }, NOWHERE));
    } catch {
      // One that cannot be made without an address, which it is given here.
      return undefined;
    }
  }

  #tell(resource: Resource, message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#findings.push({ resource, field: "spec", message, severity: "warning" });
  }
}

function vendorOf(provider: Provider): string | undefined {
  const [protocol] = provider.protocols;
  if (protocol === undefined) return undefined;
  const url = provider.url({ api: "chat", protocol, model: "model", stream: false });
  return url === undefined ? undefined : placeOf(url);
}

function placeOf(address: string): string {
  const { protocol, hostname, port } = new URL(address);
  return `${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
}

function urlOf({ scheme }: ServiceAddresses, address: string): string {
  return new URL(`${scheme}://${address}`).origin;
}
