import { DomainCertificates } from "../domain-certificate.ts";
import type { Translator } from "../translator.ts";
import { configMapTranslator } from "./config-maps.ts";
import { http2RpcTranslator } from "./http2rpc.ts";
import { mcpBridgeTranslator } from "./mcp-bridge.ts";
import { envoyFilterTranslator } from "./route-fallback.ts";
import { wasmPluginTranslator, type WasmPluginParts } from "./wasm-plugin.ts";

/** Knative's Ingresses, which Higress reads when Knative is there. */
const knativeIngressTranslator: Translator = {
  kind: "networking.internal.knative.dev/Ingress",
  translate() {
    const message = "is not read: Knative's own Ingresses are not known here";
    return { findings: [{ field: "", message, hint: "write an Ingress of networking.k8s.io", severity: "warning" }] };
  },
};

/** Translators of Higress' own kinds. */
export function higressTranslators(
  parts: WasmPluginParts,
  domains: DomainCertificates = new DomainCertificates(),
): readonly Translator[] {
  return [
    mcpBridgeTranslator,
    wasmPluginTranslator(parts),
    http2RpcTranslator,
    configMapTranslator(domains),
    envoyFilterTranslator,
    knativeIngressTranslator,
  ];
}
