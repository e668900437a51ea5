/** What the objects of a churn look like: Ingresses that tell their version in a header of the answer, and what stands behind them. */

/** An object as it is written. */
export type KubeObject = Readonly<Record<string, unknown>> & { readonly metadata: ObjectMetadata };

interface ObjectMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An object and the collection of the API server that it is in. */
export interface Placed {
  readonly collection: string;
  readonly object: KubeObject;
}

/** How many Ingresses share a Service. */
export const SHARED = 10;

export function hostOf(site: number): string {
  return `shop-${site}.example.com`;
}

/** The Ingress of a site. */
export function ingressOf(site: number, version: number): Placed {
  const backend = { service: { name: `backend-${Math.floor(site / SHARED)}`, port: { number: 80 } } };
  const annotations = { "higress.io/response-header-control-update": `x-version ${version}` };
  return {
    collection: "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
    object: {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { ...named(`shop-${site}`), annotations },
      spec: {
        ingressClassName: "higress",
        rules: [{ host: hostOf(site), http: { paths: [{ path: "/api", pathType: "Prefix", backend }] } }],
      },
    },
  };
}

export function serviceOf(service: number): Placed {
  return {
    collection: "/api/v1/namespaces/default/services",
    object: {
      apiVersion: "v1",
      kind: "Service",
      metadata: named(`backend-${service}`),
      spec: { ports: [{ port: 80 }] },
    },
  };
}

/** Where a Service is answered. */
export function sliceOf(service: number, port: number): Placed {
  const labels = { "kubernetes.io/service-name": `backend-${service}` };
  return {
    collection: "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
    object: {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...named(`backend-${service}`), labels },
      addressType: "IPv4",
      ports: [{ port }],
      endpoints: [{ addresses: ["127.0.0.1"] }],
    },
  };
}

/** A plugin on all routes, which tells its version in a header of the answer. */
export function pluginOf(version: number): Placed {
  const respRules = [{ operate: "add", headers: [{ key: "x-plugin", value: String(version) }] }];
  return {
    collection: "/apis/extensions.higress.io/v1alpha1/namespaces/higress-system/wasmplugins",
    object: {
      apiVersion: "extensions.higress.io/v1alpha1",
      kind: "WasmPlugin",
      metadata: { name: "marker", namespace: "higress-system" },
      spec: { url: "oci://registry.example.com/transformer:1.0.0", defaultConfig: { respRules } },
    },
  };
}

function named(name: string): ObjectMetadata {
  return { name, namespace: "default" };
}
