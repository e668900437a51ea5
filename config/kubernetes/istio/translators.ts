import type { Translator } from "../translator.ts";
import { destinationRuleTranslator } from "./destination-rules.ts";
import { gatewayTranslator } from "./gateways.ts";
import { serviceEntryTranslator } from "./service-entries.ts";
import { virtualServiceTranslator } from "./virtual-service.ts";

/** Translators of Istio's own kinds. */
export const istioTranslators: readonly Translator[] = [
  virtualServiceTranslator,
  destinationRuleTranslator,
  serviceEntryTranslator,
  // Redirects come behind the routes of VirtualServices.
  gatewayTranslator,
];
