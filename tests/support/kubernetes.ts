import { parseAllDocuments } from "yaml";
import { byAge, kindNameOf, type KindName, type Resource } from "#config/kubernetes/resource.ts";
import type { Lookup, TranslatorOptions } from "#config/kubernetes/translator.ts";

/** The objects of a YAML text, `List`s taken apart, with all of their metadata as the gateway's own sources fill it in. */
export function resourcesOf(yaml: string): Resource[] {
  const documents = parseAllDocuments(yaml);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return resourcesIn(document.toJS());
  });
}

/** The only object of a YAML text. */
export function resourceOf(yaml: string): Resource {
  const [one, ...more] = resourcesOf(yaml);
  if (one === undefined || more.length > 0) throw new Error("The text does not hold exactly one object.");
  return one;
}

function resourcesIn(value: unknown): Resource[] {
  if (value === null || value === undefined) return [];
  const { items } = fieldsOf(value);
  return Array.isArray(items) ? items.flatMap(resourcesIn) : [normalised(fieldsOf(value))];
}

function normalised(written: Readonly<Record<string, unknown>>): Resource {
  const metadata = fieldsOf(written["metadata"]);
  const { generation, resourceVersion, uid } = metadata;
  return {
    ...written,
    apiVersion: textOf(written["apiVersion"]),
    kind: textOf(written["kind"]),
    metadata: {
      name: textOf(metadata["name"]),
      namespace: textOf(metadata["namespace"]) || (CLUSTER_KINDS.has(textOf(written["kind"])) ? "" : "default"),
      labels: textsOf(metadata["labels"]),
      annotations: textsOf(metadata["annotations"]),
      creationTimestamp: textOf(metadata["creationTimestamp"]),
      ...(typeof generation === "number" ? { generation } : {}),
      ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
      ...(typeof uid === "string" ? { uid } : {}),
    },
  };
}

const CLUSTER_KINDS: ReadonlySet<string> = new Set(["GatewayClass", "IngressClass", "Namespace", "Node"]);

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([key, one]) => [key, textOf(one)]));
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** Some objects to look up. `asked` tells what was asked for, as `KIND NAMESPACE/NAME`, or `KIND NAMESPACE/*` for a list. */
export interface StagedLookup extends Lookup {
  readonly asked: ReadonlySet<string>;
}

/** A {@link Lookup} of objects, or of those in a YAML text. */
export function lookupOf(from: string | readonly Resource[]): StagedLookup {
  const resources = typeof from === "string" ? resourcesOf(from) : from;
  const asked = new Set<string>();
  const isOf = (resource: Resource, kind: KindName, namespace: string | undefined): boolean =>
    kindNameOf(resource) === kind && (namespace === undefined || resource.metadata.namespace === namespace);
  return {
    asked,
    get(kind, namespace, name) {
      asked.add(`${kind} ${namespace}/${name}`);
      return resources.find((resource) => isOf(resource, kind, namespace) && resource.metadata.name === name);
    },
    list(kind, namespace, label) {
      asked.add(`${kind} ${namespace ?? "*"}/*${label === undefined ? "" : ` ${label[0]}=${label[1]}`}`);
      const has = ({ metadata }: Resource): boolean => label === undefined || metadata.labels[label[0]] === label[1];
      return resources.filter((resource) => isOf(resource, kind, namespace) && has(resource)).toSorted(byAge);
    },
  };
}

/** What the gateway is when a test says nothing else: listeners `http` and `https`, class `higress`. */
export function translatorOptions(changed: Partial<TranslatorOptions> = {}): TranslatorOptions {
  return {
    httpListener: "http",
    httpsListener: "https",
    listenerOf: (port) =>
      new Map([
        [80, "http"],
        [443, "https"],
      ]).get(port),
    ingressClass: "higress",
    controllerName: "higress.io/gateway-controller",
    systemNamespace: "higress-system",
    addresses: [],
    ...changed,
  };
}
