import type { ProviderDefinition } from "#src/core/provider.ts";
import type { Plugin } from "#src/core/plugin.ts";
import { DomainCertificates } from "./domain-certificate.ts";
import { gatewayApiTranslators } from "./gateway-api/translators.ts";
import { aiRoutePass } from "./higress/ai-routes.ts";
import { higressTranslators } from "./higress/translators.ts";
import { ingressTranslator } from "./ingress/ingress.ts";
import { createIngressJoiner } from "./ingress/join.ts";
import { orderExpressions } from "./ingress/order-expressions.ts";
import { istioTranslators } from "./istio/translators.ts";
import type { TranslationParts } from "./translation.ts";
import type { MergePass } from "./merge.ts";

/** What the kinds are read with. */
export interface KindParts {
  readonly plugins: readonly Plugin[];
  readonly definitions: readonly ProviderDefinition[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Everything that reads Kubernetes objects. */
export interface KnownKinds extends Omit<TranslationParts, "options"> {
  readonly passes: readonly MergePass[];
}

/** All kinds that are read. The order is that of precedence: of entries of one name the first counts. */
export function knownKinds({ plugins, definitions, env }: KindParts): KnownKinds {
  const domains = new DomainCertificates();
  const builtIns = new Set(plugins.map(({ name }) => name));
  return {
    translators: [
      ...higressTranslators({ builtIns, definitions, hostVariable: (name) => env[name] }, domains),
      // Before the Gateway API: what annotations set of a Service holds for its routes, too.
      ingressTranslator(domains),
      ...istioTranslators,
      ...gatewayApiTranslators,
    ],
    joiners: [createIngressJoiner()],
    passes: [orderExpressions, aiRoutePass(definitions)],
  };
}
