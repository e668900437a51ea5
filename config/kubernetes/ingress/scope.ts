import type { DomainCertificates } from "../domain-certificate.ts";
import type { Resource } from "../resource.ts";
import type { Lookup, TranslatorOptions } from "../translator.ts";
import { Annotations } from "./annotations.ts";
import { Findings } from "./findings.ts";

/** An Ingress being translated: what families of annotations read, look up and complain to. */
export interface IngressScope {
  readonly resource: Resource;
  readonly namespace: string;
  readonly annotations: Annotations;
  readonly found: Findings;
  readonly lookup: Lookup;
  readonly options: TranslatorOptions;
  readonly domains: DomainCertificates;
}

/** Begins with an Ingress. */
export function scopeOf(
  resource: Resource,
  lookup: Lookup,
  options: TranslatorOptions,
  domains: DomainCertificates,
): IngressScope {
  const found = new Findings();
  const { namespace, annotations } = resource.metadata;
  return { resource, namespace, annotations: new Annotations(annotations, found), found, lookup, options, domains };
}

/** `NAME` in the Ingress' own namespace, or `NAMESPACE/NAME`. */
export function splitName(
  text: string,
  namespace: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const [, before, name] = /^(?:([a-z0-9-]+)\/)?([a-z0-9][a-z0-9.-]*)$/.exec(text) ?? [];
  return name === undefined ? undefined : { namespace: before ?? namespace, name };
}
