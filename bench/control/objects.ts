import type { Resource } from "#config/kubernetes/resource.ts";
import { resourceOf } from "#config/kubernetes/read-resources.ts";

/** How many Ingresses share one Service. */
const SHARED = 10;

function object(written: Readonly<Record<string, unknown>>): Resource {
  const read = resourceOf(written);
  if (typeof read === "string") throw new Error(read);
  return read;
}

/** One Ingress of many, with a host of its own; `timeout` in seconds tells one state of it from another. */
export function ingress(index: number, timeout: number): Resource {
  return object({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: `shop-${index}`, namespace: "default", annotations: { "higress.io/timeout": String(timeout) } },
    spec: {
      ingressClassName: "higress",
      rules: [
        {
          host: `shop-${index}.example.com`,
          http: {
            paths: [{ path: "/api", pathType: "Prefix", backend: backendOf(index) }],
          },
        },
      ],
    },
  });
}

function backendOf(index: number): object {
  return { service: { name: `backend-${Math.floor(index / SHARED)}`, port: { number: 80 } } };
}

/** The Services of so many Ingresses, and where their pods are. */
export function services(ingresses: number, port: number): Resource[] {
  return Array.from({ length: Math.ceil(ingresses / SHARED) }, (_, index) => {
    const name = `backend-${index}`;
    const metadata = { name, namespace: "default" };
    return [
      object({ apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80, targetPort: port }] } }),
      object({
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { ...metadata, labels: { "kubernetes.io/service-name": name } },
        addressType: "IPv4",
        ports: [{ port }],
        endpoints: [{ addresses: ["127.0.0.1"] }],
      }),
    ];
  }).flat();
}
