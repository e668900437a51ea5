import type { Written } from "../translator.ts";
import { textAt } from "./fields.ts";
import type { RouteKind } from "./kinds.ts";

/** How a port of a Service is spoken to. */
export interface AppProtocol {
  /** Settings of the service; empty: those its entry has by itself, which follow `appProtocol`. */
  readonly settings: Written;
  /** What tells the settings in the service's name. */
  readonly labels: readonly string[];
  /** `protocol` with TLS, where a policy asks for that. */
  readonly overTls: string;
}

/** `appProtocol` of ports for HTTP, as Kubernetes and Istio name it, and the protocol with TLS. */
const HTTP: Readonly<Record<string, string>> = {
  http: "https",
  "kubernetes.io/ws": "https",
  "grpc-web": "https",
  https: "https",
  "kubernetes.io/wss": "https",
  "kubernetes.io/h2c": "h2",
  h2c: "h2",
  http2: "h2",
  grpc: "grpcs",
  grpcs: "grpcs",
};

const GRPC: AppProtocol = { settings: { protocol: "grpc" }, labels: ["protocol=grpc"], overTls: "grpcs" };

/** Nothing says whom to trust; that takes a BackendTLSPolicy. */
const GRPCS: AppProtocol = {
  settings: { protocol: "grpcs", tls: { verify: false } },
  labels: ["protocol=grpcs"],
  overTls: "grpcs",
};

/** `appProtocol` of ports for gRPC. */
const OF_GRPC: Readonly<Record<string, AppProtocol>> = {
  http: GRPC,
  http2: GRPC,
  h2c: GRPC,
  "kubernetes.io/h2c": GRPC,
  grpc: GRPC,
  https: GRPCS,
  grpcs: GRPCS,
};

const BYTES: AppProtocol = { settings: { protocol: "tcp" }, labels: ["protocol=tcp"], overTls: "tcp" };

/** What a port is spoken to with by routes of a kind; undefined: they cannot. */
export function appProtocolOf(port: unknown, kind: RouteKind): AppProtocol | undefined {
  const said = textAt(port, "appProtocol")?.toLowerCase();
  if (kind === "TCPRoute" || kind === "TLSRoute") return BYTES;
  if (kind === "GRPCRoute") return OF_GRPC[said ?? "grpc"];
  const overTls = HTTP[said ?? "http"];
  return overTls === undefined ? undefined : { settings: {}, labels: [], overTls };
}
