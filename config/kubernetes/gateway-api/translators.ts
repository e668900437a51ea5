import type { Translator } from "../translator.ts";
import { backendTlsPolicyTranslator } from "./backend-tls-policy.ts";
import { tcpRouteTranslator, tlsRouteTranslator } from "./byte-routes.ts";
import { gatewayTranslator } from "./gateway.ts";
import { gatewayClassTranslator } from "./gateway-classes.ts";
import { grpcRouteTranslator } from "./grpc-route.ts";
import { httpRouteTranslator } from "./http-route.ts";
import { unsupportedKinds } from "./unsupported.ts";

/** The Gateway API. Gateways come last: the routes they make are for what no other route takes. */
export const gatewayApiTranslators: readonly Translator[] = [
  gatewayClassTranslator,
  httpRouteTranslator,
  grpcRouteTranslator,
  tlsRouteTranslator,
  tcpRouteTranslator,
  backendTlsPolicyTranslator,
  ...unsupportedKinds,
  gatewayTranslator,
];
