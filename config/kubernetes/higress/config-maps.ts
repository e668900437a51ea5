import { type DomainCertificates, HIGRESS_HTTPS } from "../domain-certificate.ts";
import type { Translator } from "../translator.ts";
import { HIGRESS_CONFIG, higressConfigTranslator } from "./higress-config.ts";
import { higressHttpsTranslator } from "./higress-https.ts";

/** Higress' own ConfigMaps. Other ConfigMaps are nothing but what others look up. */
export function configMapTranslator(domains: DomainCertificates): Translator {
  const byName: ReadonlyMap<string, Translator> = new Map([
    [HIGRESS_CONFIG, higressConfigTranslator],
    [HIGRESS_HTTPS, higressHttpsTranslator(domains)],
  ]);
  return {
    kind: "/ConfigMap",
    translate(resource, lookup, options) {
      const { name, namespace } = resource.metadata;
      const reader = namespace === options.systemNamespace ? byName.get(name) : undefined;
      return reader?.translate(resource, lookup, options) ?? { findings: [] };
    },
  };
}
