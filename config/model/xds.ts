import { z } from "zod";
import { integer, text } from "#src/core/settings/scalars.ts";
import { makes } from "#src/core/settings/shapes.ts";

/** Where Envoy proxies get their configuration from: Sluice's xDS server. */
export interface XdsConfig {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** What clients send as `authorization: Bearer TOKEN`. */
  readonly token?: string;
  /** Written as file paths or PEM text; PEM text once the configuration is loaded. */
  readonly tls?: XdsTlsConfig;
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

/** `xds`. */
export const xds: z.ZodType<XdsConfig> = makes<XdsConfig>()(
  z.strictObject({
    host: text("The address to listen on. Beyond this machine clients need a token or a certificate.").prefault(
      "127.0.0.1",
    ),
    port: integer("The port; 0 picks a free one.", 0, 65_535).prefault(15_010),
    token: text("The bearer token that clients have to send.").exactOptional(),
    tls: tls.describe("Serve by TLS.").exactOptional(),
  }),
);
