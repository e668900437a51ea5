import { z } from "zod";
import { integer, name, text } from "#src/core/settings/scalars.ts";
import { exactlyOne, makes, someOf } from "#src/core/settings/shapes.ts";

/** A server certificate and its key. Written as file paths or PEM text; PEM text once the configuration is loaded. */
export interface CertificateConfig {
  readonly cert: string;
  readonly key: string;
}

/** Where a listener's certificates come from. */
export type TlsConfig = { readonly certificates: readonly CertificateConfig[] } | { readonly auto: readonly string[] };

/** A port that clients connect to. */
export interface ListenerConfig {
  /** For routes that are for some listeners only. */
  readonly name: string;
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly tls?: TlsConfig;
  /** Only for `tcpRoutes`: the gateway itself does not open it, Envoy does. */
  readonly protocol?: "tcp";
}

/** The operators' port; `false` when there is none. */
export type AdminConfig = false | { readonly host: string; readonly port: number; readonly token?: string };

const certificate: z.ZodType<CertificateConfig> = makes<CertificateConfig>()(
  z.strictObject({
    cert: text("The certificate chain: a PEM file's path, relative to this file, or the PEM text."),
    key: text("The private key: a PEM file's path, relative to this file, or the PEM text."),
  }),
);

const port = integer("The port; 0 picks a free one.", 0, 65_535);

/** A port that clients connect to. */
export const listener: z.ZodType<ListenerConfig> = makes<ListenerConfig>()(
  z
    .strictObject({
      name: name("Its name, for routes; http-PORT or https-PORT when left out.").exactOptional(),
      host: text("The address to listen on.").prefault("0.0.0.0"),
      port,
      tls: exactlyOne(
        {
          certificates: someOf(
            certificate,
            "Certificates, picked by the name the client asks for; the first one is the default.",
          ),
          auto: someOf(text("A host name."), "Host names to get certificates for by ACME. Not run by this version."),
        },
        "Serve TLS.",
      ).exactOptional(),
      protocol: z.literal("tcp").describe("For tcpRoutes alone; only Envoy opens it.").exactOptional(),
    })
    .transform((read): ListenerConfig => ({
      ...read,
      name: read.name ?? `${read.tls === undefined ? "http" : "https"}-${read.port}`,
    })),
);

/** The operators' port. */
export const admin: z.ZodType<AdminConfig> = z.union([
  z.literal(false),
  z.strictObject({
    host: text("The address to listen on.").prefault("127.0.0.1"),
    port: port.prefault(8081),
    token: text("The bearer token the admin API wants; none when left out.").exactOptional(),
  }),
]);
