import { DomainCertificates } from "#config/kubernetes/domain-certificate.ts";
import { ingressTranslator } from "#config/kubernetes/ingress/ingress.ts";
import { createIngressJoiner } from "#config/kubernetes/ingress/join.ts";
import { byAge, labelOf, type Resource } from "#config/kubernetes/resource.ts";
import type { Piece, TranslatorOptions, Written } from "#config/kubernetes/translator.ts";
import { type Config, configSchema } from "#config/model.ts";
import { pluginProblems } from "#config/plugin-checks.ts";
import { registry } from "#src/registry.ts";
import { lookupOf, resourcesOf, translatorOptions } from "#tests/support/kubernetes.ts";

/** What the Ingresses of a text come to, together. */
export interface Translated {
  readonly pieces: readonly Piece[];
  /** As they are written, by name. */
  readonly routes: Readonly<Record<string, Written>>;
  readonly services: Readonly<Record<string, Written>>;
  /** Checked by the schema: what is written loads. */
  readonly config: Config;
  /** `INGRESS SEVERITY FIELD: MESSAGE (HINT)`. */
  readonly findings: readonly string[];
}

const schema = configSchema(registry.providers, registry);

/** Translates and joins the Ingresses of a YAML text, and loads what they come to. */
export function translated(yaml: string, options: Partial<TranslatorOptions> = {}): Translated {
  const resources = resourcesOf(yaml);
  const lookup = lookupOf(resources);
  const ingresses = resources.filter(({ kind }) => kind === "Ingress").toSorted(byAge);
  const translator = ingressTranslator(new DomainCertificates());
  const first = new Map<Resource, Piece>(
    ingresses.map((one) => [one, translator.translate(one, lookup, translatorOptions(options))]),
  );
  const pieces = new Map([...first, ...createIngressJoiner().join(first)]);
  const all = [...pieces.values()];
  const routes = byName(all.flatMap((piece) => piece.routes ?? []));
  const services = byName(all.flatMap((piece) => piece.services ?? []));
  const config = schema.parse({
    listeners: [
      { name: "http", port: 80 },
      { name: "https", port: 443 },
    ],
    routes: Object.values(routes),
    services: Object.values(services),
    mcpServers: all.flatMap((piece) => piece.mcpServers ?? []),
  });
  // The transcoder may not be among the built-ins.
  const problems = pluginProblems({ routes: Object.values(routes) }, registry.plugins).filter(
    ({ path }) => path.at(-1) !== "name",
  );
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return { pieces: all, routes, services, config, findings: findingsOf(pieces) };
}

/** Of one name the first counts, as in the gateway. */
function byName(entries: readonly Written[]): Record<string, Written> {
  const named: Record<string, Written> = {};
  for (const entry of entries) named[String(entry["name"])] ??= entry;
  return named;
}

function findingsOf(pieces: ReadonlyMap<Resource, Piece>): string[] {
  return [...pieces].flatMap(([resource, { findings }]) =>
    findings.map(({ severity, field, message, hint }) => {
      const short = field.replace(/^metadata\.annotations\["(.*)"\]$/, "$1");
      return `${labelOf(resource)} ${severity} ${short}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
    }),
  );
}

/** An Ingress `shop` for `example.com/api` with these annotations, and the Service `shop` with an endpoint; `more` further objects. */
export function shop(
  annotations: Readonly<Record<string, string>> = {},
  more = "",
  path = "/api",
  type = "Prefix",
): string {
  const prefixed = Object.entries(annotations).map(([name, value]) => [
    name.includes("/") ? name : `higress.io/${name}`,
    value,
  ]);
  const ingress = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "shop", creationTimestamp: "2026-01-01T00:00:00Z", annotations: Object.fromEntries(prefixed) },
    spec: {
      ingressClassName: "higress",
      rules: [
        {
          host: "example.com",
          http: { paths: [{ path, pathType: type, backend: { service: { name: "shop", port: { number: 80 } } } }] },
        },
      ],
    },
  };
  return [JSON.stringify(ingress), service("shop", "10.0.0.1:8080"), more]
    .filter((text) => text !== "")
    .join("\n---\n");
}

/** A Service with port 80, and where it is answered. */
export function service(name: string, address: string): string {
  const [ip = "", port = "80"] = address.split(":");
  return `
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { ports: [{ name: web, port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: web, port: ${port} }]
endpoints: [{ addresses: [${ip}] }]
`;
}

/** The names of the entries of Services as tests call them: `shop` is `shop.default.svc.cluster.local:80`. */
export function entryOf(name: string): string {
  return `${name}.default.svc.cluster.local:80`;
}

/** The only route of {@link shop}. */
export function shopRoute(...args: Parameters<typeof shop>): Written {
  const { routes } = translated(shop(...args));
  return routes[`default/shop/example.com${args[2] ?? "/api"}`] ?? {};
}
