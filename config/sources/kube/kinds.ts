import { entries, isMapping, mapping } from "../../check-values.ts";
import type { KindName, Resource } from "../../kubernetes/resource.ts";

/** A kind of object as an API server has it. */
export interface KubeKind {
  readonly kind: KindName;
  /** As in its address. */
  readonly plural: string;
  /** API versions that can be read, the better first. */
  readonly versions: readonly string[];
  readonly namespaced: boolean;
  /** Only names and labels of the objects are asked for. */
  readonly labelsOnly?: boolean;
  /** It is read once an object of another kind needs it; left out: always. */
  readonly neededBy?: { readonly kind: KindName; readonly when: (resource: Resource) => boolean };
}

function kind(name: KindName, plural: string, versions: readonly string[], namespaced = true): KubeKind {
  return { kind: name, plural, versions, namespaced };
}

const GATEWAY_API = "gateway.networking.k8s.io";
const ISTIO = "networking.istio.io";

/** A cluster has many pods that change often: they are read where endpoints are chosen by their pods' labels, and then of them the labels alone. */
const PODS: KubeKind = {
  ...kind("/Pod", "pods", ["v1"]),
  labelsOnly: true,
  neededBy: { kind: `${ISTIO}/DestinationRule`, when: hasLabelledSubset },
};

function hasLabelledSubset({ spec }: Resource): boolean {
  return entries(mapping(spec)["subsets"]).some(
    ([, { labels }]) => isMapping(labels) && Object.keys(labels).length > 0,
  );
}

/** Every kind that is read. */
export const KUBE_KINDS: readonly KubeKind[] = [
  kind("/Namespace", "namespaces", ["v1"], false),
  kind("/Service", "services", ["v1"]),
  kind("/Secret", "secrets", ["v1"]),
  kind("/ConfigMap", "configmaps", ["v1"]),
  kind("discovery.k8s.io/EndpointSlice", "endpointslices", ["v1"]),
  kind("networking.k8s.io/Ingress", "ingresses", ["v1"]),
  kind("networking.k8s.io/IngressClass", "ingressclasses", ["v1"], false),
  kind(`${GATEWAY_API}/GatewayClass`, "gatewayclasses", ["v1", "v1beta1"], false),
  kind(`${GATEWAY_API}/Gateway`, "gateways", ["v1", "v1beta1"]),
  kind(`${GATEWAY_API}/HTTPRoute`, "httproutes", ["v1", "v1beta1"]),
  kind(`${GATEWAY_API}/GRPCRoute`, "grpcroutes", ["v1", "v1alpha2"]),
  kind(`${GATEWAY_API}/TLSRoute`, "tlsroutes", ["v1", "v1alpha3", "v1alpha2"]),
  kind(`${GATEWAY_API}/TCPRoute`, "tcproutes", ["v1", "v1alpha2"]),
  kind(`${GATEWAY_API}/ReferenceGrant`, "referencegrants", ["v1", "v1beta1"]),
  kind(`${GATEWAY_API}/BackendTLSPolicy`, "backendtlspolicies", ["v1", "v1alpha3"]),
  kind("extensions.higress.io/WasmPlugin", "wasmplugins", ["v1alpha1"]),
  kind("networking.higress.io/McpBridge", "mcpbridges", ["v1"]),
  kind("networking.higress.io/Http2Rpc", "http2rpcs", ["v1"]),
  kind(`${ISTIO}/VirtualService`, "virtualservices", ["v1", "v1beta1", "v1alpha3"]),
  kind(`${ISTIO}/DestinationRule`, "destinationrules", ["v1", "v1beta1", "v1alpha3"]),
  kind(`${ISTIO}/Gateway`, "gateways", ["v1", "v1beta1", "v1alpha3"]),
  kind(`${ISTIO}/ServiceEntry`, "serviceentries", ["v1", "v1beta1", "v1alpha3"]),
  kind(`${ISTIO}/EnvoyFilter`, "envoyfilters", ["v1alpha3"]),
  PODS,
];

/** Where a kind's objects are: `/apis/networking.k8s.io/v1/namespaces/shop/ingresses`. */
export function collectionPath(
  { kind: name, plural, namespaced }: KubeKind,
  version: string,
  namespace?: string,
): string {
  const group = name.slice(0, name.indexOf("/"));
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespaced && namespace !== undefined ? `${root}/namespaces/${namespace}/${plural}` : `${root}/${plural}`;
}
