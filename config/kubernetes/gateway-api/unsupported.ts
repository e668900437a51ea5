import type { KindName } from "../resource.ts";
import type { Translator } from "../translator.ts";
import { GATEWAY_GROUP } from "./kinds.ts";

/** Kinds beside the Gateway API's own that people write for it, and what to do in their place. */
const UNSUPPORTED: readonly (readonly [kind: KindName, hint: string])[] = [
  ["inference.networking.k8s.io/InferencePool", "name a Service of the model servers, or an AI route's provider"],
  ["inference.networking.x-k8s.io/InferencePool", "name a Service of the model servers, or an AI route's provider"],
  [`${GATEWAY_GROUP}/UDPRoute`, "only TCP, TLS, HTTP and gRPC are routed"],
  [`${GATEWAY_GROUP}/ListenerSet`, "write the listeners into the Gateway"],
  ["gateway.networking.x-k8s.io/XListenerSet", "write the listeners into the Gateway"],
];

/** Translators that say so. */
export const unsupportedKinds: readonly Translator[] = UNSUPPORTED.map(([kind, hint]) => ({
  kind,
  translate: () => ({ findings: [{ field: "kind", message: "is not supported", hint, severity: "error" }] }),
}));
