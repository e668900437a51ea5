import { acmeChallenges } from "./acme-checks.ts";
import {
  type Add,
  type Check,
  type CheckScope,
  entries,
  isMapping,
  type Mapping,
  mapping,
  strings,
} from "./check-values.ts";
import { listenerNames, listenerReferences } from "./listener-checks.ts";
import { parseAddress } from "#src/core/network/address.ts";
import { rangeOf } from "#src/core/network/ranges.ts";
import { mcpPaths, mcpSets } from "./mcp-checks.ts";
import { providerAddresses, providerContext, providerIds, providerTokens } from "./provider-checks.ts";
import { proxyReferences, serviceReferences, upstreamReferences } from "./reference-checks.ts";
import type { Path, Problem } from "./report.ts";

/**
 * Checks that span several entries. They read the values as written, before the schema, and take anything: so they also find what is
 * wrong when another part of the file is in error.
 */

const CHECKS: readonly Check[] = [
  notYetRun,
  providerIds,
  providerTokens,
  providerAddresses,
  providerContext,
  uniqueNames,
  listenerNames,
  listenerReferences,
  consumerKeys,
  upstreamReferences,
  serviceReferences,
  proxyReferences,
  registryNames,
  weights,
  routeRules,
  acmeChallenges,
  mcpPaths,
  mcpSets,
  ports,
  xdsClients,
];

/** Everything wrong between the entries of a configuration. */
export function crossChecks(config: unknown, scope: CheckScope): Problem[] {
  const problems: Problem[] = [];
  const add: Add = (path, message, hint) => problems.push({ path, message, ...(hint === undefined ? {} : { hint }) });
  if (isMapping(config)) for (const check of CHECKS) check(config, add, scope);
  return problems;
}

/** What the format has and this version does not run. */
function notYetRun(config: Mapping, add: Add): void {
  const { tcpRoutes, xds } = config;
  if (Array.isArray(tcpRoutes) && tcpRoutes.length > 0 && xds === undefined)
    add(["tcpRoutes"], "only Envoy runs tcpRoutes, and no xds is configured", "remove it, or configure xds");
  const { store } = config;
  if (typeof store === "string" && store !== "memory" && !/^rediss?:\/\//.test(store)) {
    add(["store"], "this store is not run by this version", "memory, or redis://host:6379/0 (rediss:// with TLS)");
  } else if (typeof store === "string" && store !== "memory" && !URL.canParse(store)) {
    add(["store"], "is not a URL", "as in redis://127.0.0.1:6379/0");
  }
}

function uniqueNames(config: Mapping, add: Add, scope: CheckScope): void {
  for (const key of ["services", "routes", "tcpRoutes", "consumers", "mcpServers", "proxies"]) {
    const seen = new Map<string, number>();
    for (const [index, { name }] of entries(config[key])) {
      if (typeof name !== "string") continue;
      const first = seen.get(name);
      const path = [key, index, "name"];
      if (first === undefined) seen.set(name, index);
      else add(path, `${key}[${first}] has the name ${scope.show(path, name)} already`);
    }
  }
}

/** A name may be that of several registries, but not of the same type: their services' names have the type in them. */
function registryNames(config: Mapping, add: Add, scope: CheckScope): void {
  const seen = new Map<string, number>();
  for (const [index, { name, type }] of entries(config["registries"])) {
    if (typeof name !== "string" || typeof type !== "string") continue;
    const path = ["registries", index, "name"];
    const first = seen.get(`${type} ${name}`);
    if (first === undefined) seen.set(`${type} ${name}`, index);
    else add(path, `registries[${first}] has the type ${type} and the name ${scope.show(path, name)} already`);
  }
}

function consumerKeys(config: Mapping, add: Add): void {
  const seen = new Map<string, string>();
  for (const [index, { credentials }] of entries(config["consumers"])) {
    for (const [position, written] of strings(credentials)) {
      const path = ["consumers", index, "credentials", position];
      const digest = /^sha256:/i.test(written);
      const key = digest ? written.toLowerCase() : written;
      if (digest && !/^sha256:[0-9a-f]{64}$/.test(key)) add(path, "sha256: must be followed by 64 hexadecimal digits");
      const first = seen.get(key);
      if (first === undefined) seen.set(key, `consumers[${index}].credentials[${position}]`);
      else add(path, `is the same key as ${first}`, "a key belongs to one consumer");
    }
  }
}

/** Lists of shares of which at least one must get something. */
function weights(config: Mapping, add: Add): void {
  const check = (list: unknown, path: Path): void => {
    const shares = entries(list);
    const whole = Array.isArray(list) && shares.length === list.length && shares.length > 0;
    if (whole && shares.every(([, { weight }]) => weight === 0 || weight === "0"))
      add(path, "all weights are 0, so that nobody is asked");
  };
  for (const [index, { endpoints }] of entries(config["services"])) check(endpoints, ["services", index, "endpoints"]);
  for (const [index, route] of entries(config["routes"])) {
    const ai = mapping(route["ai"]);
    if (ai["pick"] !== "owner") check(ai["upstreams"], ["routes", index, "ai", "upstreams"]);
    check(mapping(ai["fallback"])["upstreams"], ["routes", index, "ai", "fallback", "upstreams"]);
    check(mapping(route["http"])["services"], ["routes", index, "http", "services"]);
  }
}

function routeRules(config: Mapping, add: Add): void {
  for (const [index, route] of entries(config["routes"])) {
    const match = mapping(route["match"]);
    if (match["models"] !== undefined && route["ai"] === undefined) {
      add(["routes", index, "match", "models"], "is only for AI routes: others are not read for a model");
    }
    if (route["strict"] !== undefined && route["ai"] === undefined)
      add(["routes", index, "strict"], "is only for AI routes");
    const byPrefix = match["path"] === undefined || mapping(match["path"])["prefix"] !== undefined;
    if (byPrefix) continue;
    const replaced: readonly (readonly string[])[] = [
      ["http", "rewrite", "path"],
      ["redirect", "path"],
    ];
    for (const keys of replaced) {
      const target = keys.reduce<unknown>((value, key) => mapping(value)[key], route);
      if (mapping(target)["prefix"] === undefined) continue;
      add(
        ["routes", index, ...keys, "prefix"],
        "replaces a prefix, but the route matches none",
        "match a prefix, or use full or regex",
      );
    }
  }
}

const ANY_ADDRESS = new Set(["0.0.0.0", "::", "[::]"]);

/** Listeners on one port, the admin's own included. */
function ports(config: Mapping, add: Add): void {
  const seen: { readonly host: string; readonly port: string; readonly name: string }[] = [];
  const check = (entry: Mapping, port: unknown, usual: string, name: string, path: Path): void => {
    const host = typeof entry["host"] === "string" ? entry["host"] : usual;
    const wanted = String(port);
    const same = seen.find(
      (other) => other.port === wanted && (other.host === host || ANY_ADDRESS.has(host) || ANY_ADDRESS.has(other.host)),
    );
    if (same !== undefined && wanted !== "0") add(path, `port ${wanted} is that of ${same.name} already`);
    seen.push({ host, port: wanted, name });
  };
  const xds = (): void => {
    const entry = mapping(config["xds"]);
    if (config["xds"] !== undefined) check(entry, entry["port"] ?? 15_010, "127.0.0.1", "xds", ["xds", "port"]);
  };
  const { admin = {} } = config;
  const listeners = config["listeners"] === undefined ? [] : entries(config["listeners"]);
  if (isMapping(admin) && admin["port"] !== undefined) {
    for (const [index, entry] of listeners)
      check(entry, entry["port"], "0.0.0.0", `listeners[${index}]`, ["listeners", index, "port"]);
    if (config["listeners"] === undefined) seen.push({ host: "0.0.0.0", port: "8080", name: "the default listener" });
    check(admin, admin["port"], "127.0.0.1", "admin", ["admin", "port"]);
    xds();
    return;
  }
  const adminHost = isMapping(admin) && typeof admin["host"] === "string" ? admin["host"] : "127.0.0.1";
  if (isMapping(admin)) seen.push({ host: adminHost, port: "8081", name: "admin" });
  for (const [index, entry] of listeners)
    check(entry, entry["port"], "0.0.0.0", `listeners[${index}]`, ["listeners", index, "port"]);
  xds();
}

/** What goes to Envoy holds private keys: beyond this machine nobody gets it without saying who it is. */
function xdsClients(config: Mapping, add: Add): void {
  const { host, token, tls } = mapping(config["xds"]);
  if (typeof host !== "string" || isLoopback(host) || token !== undefined || mapping(tls)["clientCa"] !== undefined)
    return;
  add(
    ["xds", "host"],
    "is open to other machines, and anybody there would get certificates and their keys",
    "add a token or tls.clientCa, or listen on 127.0.0.1",
  );
}

function isLoopback(host: string): boolean {
  const address = parseAddress(host);
  return host === "localhost" || (address !== undefined && rangeOf(address) === "loopback");
}
