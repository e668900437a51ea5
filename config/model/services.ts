import { z } from "zod";
import { anyText, Complaint, duration, flag, integer, name, scalar, text } from "#src/core/settings/scalars.ts";
import { exactlyOne, list, makes, someOf, table, word } from "#src/core/settings/shapes.ts";

/** One address of a service. */
export interface EndpointConfig {
  readonly host: string;
  readonly port: number;
  readonly weight: number;
  /** What a registry says of it. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What requests are spread by, so that equal ones meet the same endpoint. */
export type HashKey =
  | { readonly header: string }
  | CookieHash
  | { readonly query: string }
  | { readonly source_ip: true }
  /** By the path with its query. */
  | { readonly uri: true }
  | { readonly host: true };

/** By a cookie; with `ttl` the gateway gives it to clients that have none. */
export interface CookieHash {
  readonly cookie: string;
  /** Milliseconds; 0: until the browser ends. */
  readonly ttl?: number;
  readonly path?: string;
}

/** How an endpoint is picked. */
export type LoadBalance = "round_robin" | "random" | "least_request" | "hash";

/** How endpoints are spoken to: `h2c` and `grpc` are HTTP/2 without TLS, `h2` and `grpcs` HTTP/2 with TLS, `tcp` only for `tcpRoutes`. */
export type ServiceProtocol = (typeof PROTOCOLS)[number];

const PROTOCOLS = ["http", "https", "h2c", "h2", "grpc", "grpcs", "tcp"] as const;

/** Protocols over TLS. */
const TLS_PROTOCOLS: ReadonlySet<ServiceProtocol> = new Set(["https", "h2", "grpcs"]);

/** How the gateway trusts a service, and proves itself to it. */
export interface ServiceTls {
  /** The name asked for and looked for in the certificate; left out: the endpoint's host. */
  readonly sni?: string;
  readonly verify: boolean;
  /** PEM text of the authorities that are trusted in place of the usual ones. */
  readonly ca?: string;
  /** Names of which the certificate must have one, in place of `sni`; what has a scheme is a URI. */
  readonly subjectAltNames?: readonly string[];
  /** PEM text of the certificate that the gateway shows, and of its key. */
  readonly cert?: string;
  readonly key?: string;
}

/** When an endpoint that fails is left out for a while: Envoy's outlier detection. */
export interface OutlierDetection {
  /** Answers from 500 (failed connections among them) in a row. */
  readonly consecutiveErrors: number;
  /** Milliseconds; each further time is longer. */
  readonly baseEjection: number;
  /** Percent of the endpoints that may be left out at a time. */
  readonly maxEjectionPercent: number;
}

/** An HTTP CONNECT proxy in front of a service. */
export interface ServiceProxy {
  readonly host: string;
  readonly port: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
}

/** Some endpoints of another service. */
export interface ServiceSubset {
  readonly service: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A group of equal HTTP servers. */
export interface ServiceConfig {
  readonly name: string;
  readonly protocol: ServiceProtocol;
  /** None: requests are answered with 503. */
  readonly endpoints: readonly EndpointConfig[];
  /** In place of endpoints: those of another service, as far as they have this metadata. */
  readonly subsetOf?: ServiceSubset;
  readonly loadBalance: LoadBalance;
  /** There with `loadBalance: hash`, and only then. */
  readonly hash?: HashKey;
  readonly tls?: ServiceTls;
  /** Milliseconds. */
  readonly connectTimeout?: number;
  readonly outlierDetection?: OutlierDetection;
  readonly proxy?: ServiceProxy;
}

interface Address {
  readonly host: string;
  readonly port?: number;
}

const address = scalar(readAddress, {
  type: "string",
  description: "host:port; the port may be left out when it is that of the service's protocol.",
  examples: ["127.0.0.1:9000", "orders.internal:80", "[::1]:9000"],
});

function readAddress(value: unknown): Address | Complaint {
  if (typeof value !== "string") return new Complaint("must be host:port");
  if (value.includes("://"))
    return new Complaint("must be host:port without a scheme", "the service's protocol says http or https");
  const [, host, digits] = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(value) ?? [];
  if (host === undefined) return new Complaint("must be host:port", "as in 127.0.0.1:9000 or [::1]:9000");
  if (digits === undefined) return { host };
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? { host, port } : new Complaint("has a port outside 1 to 65535");
}

const weight = integer("Its share of the requests, against the other endpoints' weights.", 0, 1_000_000).prefault(1);

const metadata = table(anyText("A value."), "What is known of it, for choosing by it.");

const endpoint = z.union([
  address.transform((read) => ({ ...read, weight: 1 })),
  z
    .strictObject({ address, weight, metadata: metadata.exactOptional() })
    .transform(({ address: read, ...others }) => ({ ...read, ...others })),
]);

const source = z.literal(true).describe("By the client's address.");

const cookieHash: z.ZodType<CookieHash> = makes<CookieHash>()(
  z.strictObject({
    cookie: text("By this cookie."),
    ttl: duration(
      "Clients without the cookie get one for so long; 0: for as long as the browser runs.",
    ).exactOptional(),
    path: text("The path of the cookie that clients get.").exactOptional(),
  }),
);

const hash: z.ZodType<HashKey> = z
  .union([
    cookieHash,
    exactlyOne(
      {
        header: text("By this header."),
        query: text("By this query parameter."),
        source_ip: source,
        uri: z.literal(true).describe("By the path with its query."),
        host: z.literal(true).describe("By the host."),
      },
      "What requests are spread by; or cookie, with ttl and path for the gateway to give it to clients.",
    ),
  ])
  .describe("What requests are spread by.");

const tls: z.ZodType<ServiceTls> = makes<ServiceTls>()(
  z.strictObject({
    sni: text(
      "The name asked for and looked for in the certificate; the endpoint's host when left out.",
    ).exactOptional(),
    verify: flag("Whether the certificate must be good.").prefault(true),
    ca: text("Trusted authorities: a PEM file's path, or the PEM text.").exactOptional(),
    subjectAltNames: someOf(
      text("A name."),
      "Names of which the certificate must have one, in place of sni; with a scheme: URIs.",
    ).exactOptional(),
    cert: text("The gateway's certificate: a PEM file's path, or the PEM text.").exactOptional(),
    key: text("Its key: a PEM file's path, or the PEM text.").exactOptional(),
  }),
);

const outlierDetection: z.ZodType<OutlierDetection> = makes<OutlierDetection>()(
  z.strictObject({
    consecutiveErrors: integer("Answers from 500, failed connections among them, in a row.", 1).prefault(5),
    baseEjection: duration("How long it is left out the first time.", 1).prefault("30s"),
    maxEjectionPercent: integer("Percent of the endpoints that may be left out at a time.", 0, 100).prefault(10),
  }),
);

const proxy: z.ZodType<ServiceProxy> = makes<ServiceProxy>()(
  z.strictObject({
    host: text("The proxy's host."),
    port: integer("The proxy's port.", 1, 65_535),
    connectTimeout: duration("The longest wait for it.", 1).prefault("1200ms"),
  }),
);

const subsetOf: z.ZodType<ServiceSubset> = makes<ServiceSubset>()(
  z.strictObject({
    service: text("The other service's name."),
    metadata: metadata.describe("What its endpoints must have as metadata; nothing: all are taken.").prefault({}),
  }),
);

/** One entry of `services`. */
export const service: z.ZodType<ServiceConfig> = makes<ServiceConfig>()(
  z
    .strictObject({
      name: name("The service's name, for routes."),
      protocol: word(PROTOCOLS, "How the endpoints are spoken to; h2c and grpc without TLS.").prefault("http"),
      endpoints: list(endpoint, "The servers: host:port, or { address, weight, metadata }; none: 503.").exactOptional(),
      subsetOf: subsetOf.describe("In place of endpoints: another service's that have this metadata.").exactOptional(),
      loadBalance: word(["round_robin", "random", "least_request", "hash"], "How an endpoint is picked.").prefault(
        "round_robin",
      ),
      hash: hash.exactOptional(),
      tls: tls.describe("How it is trusted, with a protocol over TLS.").exactOptional(),
      connectTimeout: duration("The longest wait for a connection.", 1).exactOptional(),
      outlierDetection: outlierDetection.describe("Leaves out endpoints that fail.").exactOptional(),
      proxy: proxy.describe("An HTTP CONNECT proxy on the way.").exactOptional(),
    })
    .transform((written, context): ServiceConfig => {
      if ((written.loadBalance === "hash") !== (written.hash !== undefined)) {
        const message = "loadBalance: hash and hash belong together";
        context.issues.push({ code: "custom", message, input: written });
      }
      const { tls: asked } = written;
      if (asked !== undefined && !TLS_PROTOCOLS.has(written.protocol)) {
        const message = `is for a protocol over TLS (${[...TLS_PROTOCOLS].join(", ")}), not ${written.protocol}`;
        context.issues.push({ code: "custom", message, input: written, path: ["tls"] });
      }
      if ((asked?.cert === undefined) !== (asked?.key === undefined)) {
        context.issues.push({ code: "custom", message: "cert and key belong together", input: written, path: ["tls"] });
      }
      if ((written.endpoints === undefined) === (written.subsetOf === undefined)) {
        const message = written.endpoints === undefined ? "is required" : "cannot be there beside subsetOf";
        context.issues.push({ code: "custom", message, input: written, path: ["endpoints"] });
      }
      const fallback = TLS_PROTOCOLS.has(written.protocol) ? 443 : 80;
      const { endpoints = [] } = written;
      return {
        ...written,
        endpoints: endpoints.map((read) => Object.assign({}, read, { port: read.port ?? fallback })),
      };
    }),
);
