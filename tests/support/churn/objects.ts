import { X509Certificate } from "node:crypto";
import { madeCertificate } from "../acme/made-certificate.ts";

/** An object as it is written to an API server. */
export interface KubeObject extends Readonly<Record<string, unknown>> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly namespace: string };
}

/** A certificate, and what tells it from others. */
export interface ChurnCertificate {
  readonly cert: string;
  readonly key: string;
  /** As TLS clients see it. */
  readonly fingerprint: string;
}

/** How many routes share a service. */
export const SHARED = 10;

/** Where every route answers. */
export const PATH = "/api";

export function hostOf(name: string): string {
  return `${name}.example.com`;
}

export function serviceCount(routes: number): number {
  return Math.ceil(routes / SHARED);
}

/** An origin that the plugin lets read answers. */
export function originOf(state: number): string {
  return `https://origin-${state}.example.com`;
}

const metadataOf = (name: string, more: object = {}): KubeObject["metadata"] => ({
  name,
  namespace: "default",
  ...more,
});

/** An Ingress for a host of its own; answers tell its state. */
export function ingress(name: string, service: string, state: number): KubeObject {
  const backend = { service: { name: service, port: { number: 80 } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: metadataOf(name, { annotations: { "higress.io/response-header-control-update": `x-state ${state}` } }),
    spec: {
      ingressClassName: "higress",
      rules: [{ host: hostOf(name), http: { paths: [{ path: PATH, pathType: "Prefix", backend }] } }],
    },
  };
}

/** An Ingress with TLS, led to the first service. */
export function secureIngress(host: string): KubeObject {
  const backend = { service: { name: "backend-0", port: { number: 80 } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: metadataOf(host),
    spec: {
      ingressClassName: "higress",
      tls: [{ hosts: [host], secretName: host }],
      rules: [{ host, http: { paths: [{ path: PATH, pathType: "Prefix", backend }] } }],
    },
  };
}

export function secret(host: string, { cert, key }: ChurnCertificate): KubeObject {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: metadataOf(host),
    type: "kubernetes.io/tls",
    data: { "tls.crt": base64(cert), "tls.key": base64(key) },
  };
}

/** A service and where it is. */
export function service(name: string, port: number): KubeObject[] {
  const spec = { ports: [{ port: 80 }] };
  return [{ apiVersion: "v1", kind: "Service", metadata: metadataOf(name), spec }, endpoints(name, port)];
}

/** Where a service's only pod is. */
export function endpoints(name: string, port: number): KubeObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: metadataOf(name, { labels: { "kubernetes.io/service-name": name } }),
    addressType: "IPv4",
    ports: [{ port }],
    endpoints: [{ addresses: ["127.0.0.1"] }],
  };
}

/** A WasmPlugin that lets one origin read the answers of each of the first routes. */
export function corsPlugin(origins: readonly number[]): KubeObject {
  return {
    apiVersion: "extensions.higress.io/v1alpha1",
    kind: "WasmPlugin",
    metadata: { name: "cors", namespace: "higress-system" },
    spec: {
      url: "oci://higress-registry.cn-hangzhou.cr.aliyuncs.com/plugins/cors:1.0.0",
      defaultConfigDisable: true,
      matchRules: origins.map((state, index) => ({
        ingress: [`default/shop-${index}`],
        config: { allow_origins: [originOf(state)], allow_headers: ["x-any"], reject_others: false },
      })),
    },
  };
}

/** Makes certificates for a host. */
export function certificatesFor(host: string, count: number): Promise<ChurnCertificate[]> {
  const day = 24 * 3_600_000;
  const [notBefore, notAfter] = [Date.now() - day, Date.now() + day];
  return Promise.all(
    Array.from({ length: count }, async () => {
      const made = await madeCertificate({ name: host, notBefore, notAfter });
      return { ...made, fingerprint: new X509Certificate(made.cert).fingerprint256 };
    }),
  );
}
