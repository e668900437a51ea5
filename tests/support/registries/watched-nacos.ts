import type { RegistryConfig, RegistryType } from "#config/model/registries.ts";
import { nacos, nacos1 } from "#config/registries/nacos.ts";
import type { DiscoveredService, RegistryKind, RegistryWorld } from "#config/registries/registry.ts";
import { hurriedClock } from "../hurried-clock.ts";
import { keptLog } from "../kept-log.ts";
import { registryConfig } from "./registry-config.ts";

/** A watcher of Nacos in a hurry, and what it has told. */
export interface WatchedNacos extends AsyncDisposable {
  readonly told: readonly (readonly DiscoveredService[])[];
  readonly lines: readonly string[];
  healthy(): boolean;
  /** Of the services now. */
  names(): readonly string[];
  /** Of all endpoints now, between blanks. */
  hosts(): string;
  /** Weights by host, by service. */
  shares(): Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** So many times as fast are watchers: a list is asked for 5 times a second, an answer may take half a second. */
export const HURRY = 20;

/** A configuration for a Nacos of the loopback whose lists are asked for more often than one may write. */
export function nacosConfig(type: RegistryType, written: Readonly<Record<string, unknown>>): RegistryConfig {
  const config = registryConfig(type, written);
  return "nacosRefreshInterval" in written ? config : { ...config, nacosRefreshInterval: 200 * HURRY };
}

export function nacosKind(type: RegistryType): RegistryKind {
  return type === "nacos" ? nacos1 : nacos;
}

export function watchNacos(
  { port }: { readonly port: number },
  type: RegistryType,
  written: Readonly<Record<string, unknown>> = {},
  ask: RegistryWorld["fetch"] = fetch,
): WatchedNacos {
  const { log, lines } = keptLog();
  const told: (readonly DiscoveredService[])[] = [];
  const world = { clock: hurriedClock(HURRY), fetch: ask, random: Math.random, log };
  const listener = { services: (all: readonly DiscoveredService[]) => void told.push(all) };
  const watcher = nacosKind(type).watch(nacosConfig(type, { port, ...written }), world, listener);
  const now = (): readonly DiscoveredService[] => told.at(-1) ?? [];
  const weights = ({ endpoints }: DiscoveredService): Readonly<Record<string, number>> =>
    Object.fromEntries(endpoints.map(({ host, weight }) => [host, weight]));
  return {
    told,
    lines,
    healthy: () => watcher.status.healthy,
    names: () => now().map(({ name }) => name),
    hosts: () =>
      now()
        .flatMap(({ endpoints }) => endpoints.map(({ host }) => host))
        .join(" "),
    shares: () => Object.fromEntries(now().map((service) => [service.name, weights(service)])),
    [Symbol.asyncDispose]: () => watcher.close(),
  };
}
