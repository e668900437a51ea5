import type { ServiceConfig } from "#config/model.ts";
import type { ServiceLink } from "../core/service-link.ts";

type Protocol = ServiceConfig["protocol"];

/** The URL scheme of endpoints, and whether they speak HTTP/2. */
const PROTOCOLS: Readonly<Record<Protocol, { readonly scheme: "http" | "https"; readonly http2: boolean }>> = {
  // The configuration lets no route of HTTP name it.
  tcp: { scheme: "http", http2: false },
  http: { scheme: "http", http2: false },
  https: { scheme: "https", http2: false },
  h2c: { scheme: "http", http2: true },
  grpc: { scheme: "http", http2: true },
  h2: { scheme: "https", http2: true },
  grpcs: { scheme: "https", http2: true },
};

/** Where a service's endpoints are, as URLs. */
export function originsOf({ protocol, endpoints }: ServiceConfig): readonly string[] {
  return endpoints.map(({ host, port }) => `${PROTOCOLS[protocol].scheme}://${host}:${port}`);
}

/** One object for each service, so that it is known again. */
const links = new WeakMap<ServiceConfig, ServiceLink>();

/** How a service is connected to, where `fetch` cannot do it; undefined where it can. */
export function linkOf(service: ServiceConfig): ServiceLink | undefined {
  const known = links.get(service);
  if (known !== undefined) return known;
  const { scheme, http2 } = PROTOCOLS[service.protocol];
  const { tls, connectTimeout, proxy } = service;
  const usual = tls === undefined || (tls.verify && Object.keys(tls).length === 1);
  if (!http2 && usual && (connectTimeout ?? proxy) === undefined) return undefined;
  const link: ServiceLink = {
    http2,
    ...(scheme === "https" ? { tls: tls ?? { verify: true } } : {}),
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
    ...(proxy === undefined ? {} : { proxy }),
  };
  links.set(service, link);
  return link;
}
