import { ResourceReader } from "#config/kubernetes/read-resources.ts";
import { byAge, kindNameOf, type KindName, type Resource } from "#config/kubernetes/resource.ts";
import type { Lookup, TranslatorOptions } from "#config/kubernetes/translator.ts";

/** The objects of a YAML text, as the gateway reads them. Throws an Error when there is something else in it. */
export function resourcesOf(yaml: string): Resource[] {
  const { resources, problems } = new ResourceReader().read("", yaml);
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`line ${problem.line} ${problem.message}`);
  return [...resources];
}

/** The only object of a YAML text. */
export function resourceOf(yaml: string): Resource {
  const [one, ...more] = resourcesOf(yaml);
  if (one === undefined || more.length > 0) throw new Error("The text does not hold exactly one object.");
  return one;
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
