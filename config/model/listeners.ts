import { z } from "zod";
import { type Certificate, TLS_VERSIONS, type TlsSettings } from "#src/core/host.ts";
import { checkedText, Complaint, flag, integer, name, text } from "#src/core/settings/scalars.ts";
import { list, makes, someOf, word } from "#src/core/settings/shapes.ts";

/** A server certificate, and what is asked of clients. Written as file paths or PEM text; PEM text once the configuration is loaded. */
export type CertificateConfig = Certificate;

/** Where a listener's certificates come from. */
export interface TlsConfig {
  /** With an empty list and no `auto` the listener is not opened: its certificates may come from Kubernetes objects. */
  readonly certificates: readonly CertificateConfig[];
  /** Names that certificates are got for by ACME. */
  readonly auto?: readonly string[];
  /** What is asked of clients of hosts, whatever certificate they are shown; Kubernetes objects say that. */
  readonly asked?: Readonly<Record<string, TlsSettings>>;
}

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
  /** Envoy alone connects here, and says who the client is; with one of these all others are Envoy's to open. */
  readonly behindEnvoy?: boolean;
}

/** The operators' port; `false` when there is none. */
export type AdminConfig = false | { readonly host: string; readonly port: number; readonly token?: string };

const HOST_NAME = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A name that certificates are made for. */
function hostName(description: string): z.ZodType<string> {
  return checkedText({ description }, (value) => {
    const lower = value.toLowerCase();
    return lower.length <= 253 && HOST_NAME.test(lower) ? lower : new Complaint("is not a host name");
  });
}

const settingFields = {
  clientCa: text(
    "Clients must have a certificate of these authorities: a PEM file's path, or the PEM text.",
  ).exactOptional(),
  clientAuth: word(["require", "optional"], "Whether clients must have one: require, unless written.").exactOptional(),
  minVersion: word(TLS_VERSIONS, "The lowest version of TLS; TLSv1.2 when left out.").exactOptional(),
  maxVersion: word(TLS_VERSIONS, "The highest version of TLS; TLSv1.3 when left out.").exactOptional(),
  ciphers: someOf(
    text("An OpenSSL name, as in ECDHE-ECDSA-AES128-GCM-SHA256."),
    "Cipher suites for TLS 1.2 and older; the runtime's own when left out.",
  ).exactOptional(),
};

function checkSettings(read: TlsSettings, context: z.RefinementCtx): void {
  const { clientCa, clientAuth, minVersion = "TLSv1.2", maxVersion = "TLSv1.3" } = read;
  const complain = (path: string, message: string): void => {
    context.addIssue({ code: "custom", path: [path], message });
  };
  if (clientAuth !== undefined && clientCa === undefined) complain("clientAuth", "needs clientCa");
  if (TLS_VERSIONS.indexOf(minVersion) > TLS_VERSIONS.indexOf(maxVersion))
    complain(
      read.minVersion === undefined ? "maxVersion" : "minVersion",
      "leaves no version: minVersion is above maxVersion",
    );
}

/** What is asked of clients, without the certificate that is shown to them. */
export const tlsSettings: z.ZodType<TlsSettings> = makes<TlsSettings>()(
  z.strictObject(settingFields).superRefine(checkSettings),
);

/** One of `tls.certificates`. */
export const certificate: z.ZodType<CertificateConfig> = makes<CertificateConfig>()(
  z
    .strictObject({
      cert: text("The certificate chain: a PEM file's path, relative to this file, or the PEM text."),
      key: text("The private key: a PEM file's path, relative to this file, or the PEM text."),
      hosts: someOf(
        text("A host name; *. at its begin is a wildcard, * alone all others."),
        "The names it is shown for; those in it when left out.",
      ).exactOptional(),
      ...settingFields,
    })
    .superRefine(checkSettings),
);

const port = integer("The port; 0 picks a free one.", 0, 65_535);

const tls: z.ZodType<TlsConfig> = z
  .strictObject({
    certificates: list(
      certificate,
      "Certificates, picked by the name the client asks for; the first one is the default. An empty list: they come from Kubernetes objects.",
    ).exactOptional(),
    auto: someOf(hostName("A host name."), "Host names to get certificates for by ACME.").exactOptional(),
  })
  .superRefine((read, context) => {
    if (read.certificates === undefined && read.auto === undefined)
      context.addIssue({ code: "custom", message: "needs certificates, auto, or both" });
  })
  .transform((read): TlsConfig => ({ ...read, certificates: read.certificates ?? [] }));

/** A port that clients connect to. */
export const listener: z.ZodType<ListenerConfig> = makes<ListenerConfig>()(
  z
    .strictObject({
      name: name("Its name, for routes; http-PORT or https-PORT when left out.").exactOptional(),
      host: text("The address to listen on.").prefault("0.0.0.0"),
      port,
      tls: tls.describe("Serve TLS.").exactOptional(),
      protocol: z.literal("tcp").describe("For tcpRoutes alone; only Envoy opens it.").exactOptional(),
      behindEnvoy: flag(
        "Only Envoy connects here, and is believed who the client is. Listeners without this are then opened by Envoy alone.",
      ).exactOptional(),
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
