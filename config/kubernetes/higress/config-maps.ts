import { HIGRESS_HTTPS } from "../domain-certificate.ts";
import type { Translator } from "../translator.ts";
import { HIGRESS_CONFIG, higressConfigTranslator } from "./higress-config.ts";
import { higressHttpsTranslator } from "./higress-https.ts";

/** Who reads which ConfigMap of the system namespace. */
const BY_NAME: ReadonlyMap<string, Translator> = new Map([
  [HIGRESS_CONFIG, higressConfigTranslator],
  [HIGRESS_HTTPS, higressHttpsTranslator],
]);

/** Higress' own ConfigMaps. Other ConfigMaps are nothing but what others look up. */
export const configMapTranslator: Translator = {
  kind: "/ConfigMap",
  translate(resource, lookup, options) {
    const { name, namespace } = resource.metadata;
    const reader = namespace === options.systemNamespace ? BY_NAME.get(name) : undefined;
    return reader?.translate(resource, lookup, options) ?? { findings: [] };
  },
};
