import { type Add, type CheckScope, entries, type Mapping, mapping, unknownName } from "./check-values.ts";
import { isOfRegistry } from "./registries/service-name.ts";
import type { Path } from "./report.ts";

/** Names that must be those of other entries. */

export function upstreamReferences(config: Mapping, add: Add, scope: CheckScope): void {
  const known = entries(config["providers"]).flatMap(([, { id, type }]) =>
    typeof (id ?? type) === "string" ? [String(id ?? type)] : [],
  );
  const check = (name: unknown, path: Path): void => {
    if (typeof name === "string" && !known.includes(name))
      add(path, ...unknownName("provider", scope.show(path, name), name, known));
  };
  for (const [index, route] of entries(config["routes"])) {
    const ai = mapping(route["ai"]);
    const base = ["routes", index, "ai"];
    for (const [at, upstream] of entries(ai["upstreams"]))
      check(upstream["provider"], [...base, "upstreams", at, "provider"]);
    for (const [at, upstream] of entries(mapping(ai["fallback"])["upstreams"])) {
      check(upstream["provider"], [...base, "fallback", "upstreams", at, "provider"]);
    }
    const { otherwise } = ai;
    check(otherwise, [...base, "otherwise"]);
    const named = entries(ai["upstreams"]).map(([, { provider }]) => provider);
    if (typeof otherwise === "string" && known.includes(otherwise) && named.length > 0 && !named.includes(otherwise)) {
      add([...base, "otherwise"], "must be one of the route's upstreams");
    }
    if (ai["pick"] === "owner" && known.length === 0) add([...base, "pick"], "there are no providers to pick from");
  }
}

export function serviceReferences(config: Mapping, add: Add, scope: CheckScope): void {
  const known = new Set(
    entries(config["services"]).flatMap(([, { name }]) => (typeof name === "string" ? [name] : [])),
  );
  const tcp = new Set(
    entries(config["services"]).flatMap(([, { name, protocol }]) =>
      typeof name === "string" && protocol === "tcp" ? [name] : [],
    ),
  );
  const check = (name: unknown, path: Path): void => {
    if (typeof name !== "string") return;
    if (!known.has(name) && !isOfRegistry(name))
      add(path, ...unknownName("service", scope.show(path, name), name, [...known]));
    else if (path[0] === "routes" && tcp.has(name)) add(path, "its protocol is tcp, which is only for tcpRoutes");
  };
  for (const [index, { subsetOf }] of entries(config["services"]))
    if (subsetOf !== undefined) check(mapping(subsetOf)["service"], ["services", index, "subsetOf", "service"]);
  for (const [index, route] of entries(config["routes"])) {
    const { services, mirror, fallback } = mapping(route["http"]);
    const base = ["routes", index, "http"];
    for (const [at, { name }] of entries(services)) check(name, [...base, "services", at, "name"]);
    for (const [at, { service }] of entries(mirror)) check(service, [...base, "mirror", at, "service"]);
    check(mapping(fallback)["service"], [...base, "fallback", "service"]);
  }
  for (const [index, route] of entries(config["tcpRoutes"]))
    for (const [at, { name }] of entries(route["services"])) check(name, ["tcpRoutes", index, "services", at, "name"]);
  for (const [index, provider] of entries(config["providers"])) {
    const { serviceName, servicePort } = mapping(provider["context"]);
    if (typeof serviceName !== "string" || isOfRegistry(serviceName)) continue;
    const path = ["providers", index, "context"];
    const service = entries(config["services"]).find(([, { name }]) => name === serviceName)?.[1];
    if (service === undefined) {
      const [message] = unknownName("service", scope.show([...path, "serviceName"], serviceName), serviceName, []);
      add([...path, "serviceName"], message, "name one of services, or leave it out to ask the URL's own server");
    } else if (servicePort !== undefined && !portsOf(service).includes(Number(servicePort))) {
      add([...path, "servicePort"], "is no port of the service's endpoints", `known: ${portsOf(service).join(", ")}`);
    }
  }
}

/** Registries whose services are behind a proxy. */
export function proxyReferences(config: Mapping, add: Add, scope: CheckScope): void {
  const known = entries(config["proxies"]).flatMap(([, { name }]) => (typeof name === "string" ? [name] : []));
  for (const [index, { proxyName }] of entries(config["registries"])) {
    if (typeof proxyName !== "string" || known.includes(proxyName)) continue;
    const path = ["registries", index, "proxyName"];
    const [message, hint] = unknownName("proxy", scope.show(path, proxyName), proxyName, known);
    add(path, message, known.length === 0 ? "list it in proxies" : hint);
  }
}

function portsOf(service: Mapping): number[] {
  const usual = ["https", "h2", "grpcs"].includes(String(service["protocol"])) ? 443 : 80;
  const list: readonly unknown[] = Array.isArray(service["endpoints"]) ? service["endpoints"] : [];
  return list.map((endpoint) => {
    const address = typeof endpoint === "string" ? endpoint : mapping(endpoint)["address"];
    const digits = typeof address === "string" ? /:(\d+)$/.exec(address)?.[1] : undefined;
    return digits === undefined ? usual : Number(digits);
  });
}
