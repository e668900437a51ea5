import { z } from "zod";
import { Complaint, integer, scalar, text } from "#src/core/settings/scalars.ts";
import { list, makes, someOf, table, word } from "#src/core/settings/shapes.ts";

/** Where Envoy proxies get their configuration from: Sluice's xDS server. */
export interface XdsConfig {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** What clients send as `authorization: Bearer TOKEN`. */
  readonly token?: string;
  /** Written as file paths or PEM text; PEM text once the configuration is loaded. */
  readonly tls?: XdsTlsConfig;
  /** Left out: what needs Sluice is answered with 503. */
  readonly tier?: XdsTierConfig;
  /** Whether virtual hosts come one by one, which needs the incremental protocol, or within their route configuration. */
  readonly virtualHosts: "vhds" | "rds";
  /** What some Envoys are shown; the first view that is for a node counts, and a node without one is shown everything. */
  readonly views: readonly XdsView[];
}

/** The listeners that some Envoys open, with their certificates; what is behind them is the same for all. Names may end in `*`. */
export interface XdsView {
  /** All that is given must hold. */
  readonly nodes: {
    readonly ids?: readonly string[];
    readonly clusters?: readonly string[];
    readonly metadata?: Readonly<Record<string, string>>;
  };
  readonly listeners: readonly string[];
}

/** Where Envoys send what they cannot answer themselves: Sluice's own replicas. */
export interface XdsTierConfig {
  /** Addresses, or a name that stands for all of them. */
  readonly endpoints: readonly { readonly host: string; readonly port: number }[];
  readonly protocol: "http" | "h2c";
  /** The port of their admin API, whose `/ready` says whether they take requests; left out: a connection has to be accepted. */
  readonly readyPort?: number;
}

/** The xDS server's certificate, and whose clients it serves. */
export interface XdsTlsConfig {
  readonly cert: string;
  readonly key: string;
  /** Only who has a certificate of this authority may connect. */
  readonly clientCa?: string;
}

const tls: z.ZodType<XdsTlsConfig> = makes<XdsTlsConfig>()(
  z.strictObject({
    cert: text("The certificate chain: a PEM file's path, relative to this file, or the PEM text."),
    key: text("The private key: a PEM file's path, relative to this file, or the PEM text."),
    clientCa: text(
      "The authority of clients' certificates: a PEM file's path or the PEM text. Left out: clients need none.",
    ).exactOptional(),
  }),
);

const address = scalar(readAddress, {
  type: "string",
  description: "host:port of a replica, as Envoys reach it, or a name that stands for all.",
  examples: ["10.0.0.1:8080", "sluice.internal:8080", "[::1]:8080"],
});

function readAddress(value: unknown): XdsTierConfig["endpoints"][number] | Complaint {
  const [, v6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(String(value)) ?? [];
  const [host, port] = [v6 ?? name, Number(digits)];
  return host === undefined || port < 1 || port > 65_535
    ? new Complaint("must be host:port", "as in 10.0.0.1:8080 or [::1]:8080")
    : { host, port };
}

const tier: z.ZodType<XdsTierConfig> = makes<XdsTierConfig>()(
  z.strictObject({
    endpoints: someOf(address, "Sluice's replicas."),
    protocol: word(["http", "h2c"], "How they are spoken to.").prefault("http"),
    readyPort: integer(
      "The port of their admin API, whose /ready is asked; left out: a connection has to be accepted.",
      1,
      65_535,
    ).exactOptional(),
  }),
);

const names = (description: string) => list(text("A name, or the beginning of names: edge-*."), description);

const view: z.ZodType<XdsView> = makes<XdsView>()(
  z.strictObject({
    nodes: z
      .strictObject({
        ids: names("What they call themselves: bootstrap-envoy's --node-id.").exactOptional(),
        clusters: names("Their --cluster.").exactOptional(),
        metadata: table(text("A value."), "What their --metadata must have.").exactOptional(),
      })
      .prefault({})
      .describe("Which Envoys; all that is given must hold."),
    listeners: names("The listeners they open; no others' certificates are shown to them."),
  }),
);

/** `xds`. */
export const xds: z.ZodType<XdsConfig> = makes<XdsConfig>()(
  z.strictObject({
    host: text("The address to listen on. Beyond this machine clients need a token or a certificate.").prefault(
      "127.0.0.1",
    ),
    port: integer("The port; 0 picks a free one.", 0, 65_535).prefault(15_010),
    token: text("The bearer token that clients have to send.").exactOptional(),
    tls: tls.describe("Serve by TLS.").exactOptional(),
    tier: tier.describe("Where Envoys send what needs Sluice; left out: that is answered with 503.").exactOptional(),
    virtualHosts: word(
      ["vhds", "rds"],
      "Whether virtual hosts come one by one, or within their route configuration, as Envoys by the state of the world need it.",
    ).prefault("vhds"),
    views: list(
      view,
      "What some Envoys are shown; the first that is for one counts, and without any it is everything.",
    ).prefault([]),
  }),
);
