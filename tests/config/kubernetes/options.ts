import type { TranslatorOptions } from "#config/kubernetes/translator.ts";

/** A gateway with a listener without and one with TLS. */
export const TEST_OPTIONS: TranslatorOptions = {
  httpListener: "http",
  httpsListener: "https",
  listenerOf: () => undefined,
  ingressClass: "higress",
  controllerName: "higress.io/gateway-controller",
  systemNamespace: "higress-system",
  addresses: [],
};
