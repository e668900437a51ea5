import { expect } from "bun:test";
import { checkValue } from "#config/issues.ts";
import { gatewayApiTranslators } from "#config/kubernetes/gateway-api/translators.ts";
import { kindNameOf, labelOf } from "#config/kubernetes/resource.ts";
import type { Finding, Piece, PieceCertificate, TranslatorOptions, Written } from "#config/kubernetes/translator.ts";
import { type Config, configSchema } from "#config/model.ts";
import { lookupOf, resourcesOf, translatorOptions } from "#tests/support/kubernetes.ts";

/** What objects come to, all together. */
export interface Translated {
  readonly listeners: readonly Written[];
  readonly routes: readonly Written[];
  readonly services: readonly Written[];
  readonly tcpRoutes: readonly Written[];
  readonly certificates: readonly PieceCertificate[];
  /** With the object each is about. */
  readonly findings: readonly (Finding & { readonly of: string })[];
  /** By `KIND NAMESPACE/NAME`. */
  readonly status: ReadonlyMap<string, Written>;
  /** The same, read by the schema. */
  readonly config: Config;
}

/** Translates all objects of a YAML text; fails where the schema does not take what they come to. */
export function translate(yaml: string, changed: Partial<TranslatorOptions> = {}): Translated {
  const resources = resourcesOf(yaml);
  const lookup = lookupOf(resources);
  const options = translatorOptions(changed);
  const pieces = gatewayApiTranslators.flatMap((translator) =>
    lookup
      .list(translator.kind)
      .map((resource): [string, Piece] => [labelOf(resource), translator.translate(resource, lookup, options)]),
  );
  for (const resource of resources) expect(kindNameOf(resource)).toMatch(/^[\w.-]*\/\w+$/);
  const all = (list: "listeners" | "routes" | "services" | "tcpRoutes"): readonly Written[] => {
    const byName = new Map<unknown, Written>();
    for (const [, piece] of pieces) {
      for (const entry of piece[list] ?? []) if (!byName.has(entry["name"])) byName.set(entry["name"], entry);
    }
    return [...byName.values()];
  };
  const lists = {
    listeners: all("listeners"),
    routes: all("routes"),
    services: all("services"),
    tcpRoutes: all("tcpRoutes"),
  };
  const given = [{ name: "http", port: 80 }];
  const outcome = checkValue(configSchema([]), { ...lists, listeners: [...given, ...lists.listeners] });
  if (!("data" in outcome)) throw new Error(`The schema refuses it: ${JSON.stringify(outcome.problems)}`);
  return {
    ...lists,
    certificates: pieces.flatMap(([, piece]) => piece.certificates ?? []),
    findings: pieces.flatMap(([of, piece]) => piece.findings.map((finding) => ({ ...finding, of }))),
    status: new Map(pieces.flatMap(([of, { status }]) => (status === undefined ? [] : [[of, status] as const]))),
    config: outcome.data,
  };
}

/** `TYPE=STATUS REASON` of conditions, for one look. */
export function conditionsIn(holder: unknown): readonly string[] {
  return listAt(holder, "conditions").map(
    (one) => `${text(one, "type")}=${text(one, "status")} ${text(one, "reason")}`,
  );
}

/** The conditions of a route's parents. */
export function parentConditions({ status }: Translated, of: string): readonly (readonly string[])[] {
  return listAt(status.get(of), "parents").map(conditionsIn);
}

/** The statuses of a Gateway's listeners, by name. */
export function listenerStatuses({ status }: Translated, of: string): ReadonlyMap<string, Written> {
  return new Map(listAt(status.get(of), "listeners").map((one) => [text(one, "name"), one]));
}

/** The list of mappings under a key. */
export function listAt(value: unknown, key: string): readonly Written[] {
  const found = fields(value)[key];
  return Array.isArray(found) ? found.map(fields) : [];
}

function text(value: unknown, key: string): string {
  return String(fields(value)[key]);
}

function fields(value: unknown): Written {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** A class of this gateway's, and a Gateway `infra/main` that takes routes of its namespace. */
export const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: higress }
spec: { controllerName: higress.io/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: main, namespace: infra, generation: 3 }
spec:
  gatewayClassName: higress
  listeners: [{ name: web, port: 80, protocol: HTTP }]
---
`;

/** Services of `infra`, each with a pod. */
export function services(...names: readonly string[]): string {
  return names
    .map(
      (name, index) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: infra }
spec: { ports: [{ name: web, port: 8080 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, namespace: infra, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: web, port: 3000 }]
endpoints: [{ addresses: [10.0.0.${index + 1}] }]
---
`,
    )
    .join("");
}
