import { z } from "zod";
import { checkedText, Complaint, duration, httpUrl, scalar, text } from "#src/core/settings/scalars.ts";
import { exactlyOne, makes, someOf, word } from "#src/core/settings/shapes.ts";

const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";

/** Who sets TXT records for DNS-01: a program, or a server. */
export type DnsHookConfig =
  | { readonly command: readonly string[] }
  | { readonly webhook: { readonly url: string; readonly token?: string } };

/** How certificates are got by ACME (RFC 8555). */
export interface AcmeConfig {
  readonly email?: string;
  /** URL of the authority's directory. */
  readonly directory: string;
  /** PEM of the authority that the directory's own certificate is of. */
  readonly caCertificate?: string;
  /** The preferred one first. */
  readonly challenges: readonly ("http-01" | "tls-alpn-01" | "dns-01")[];
  readonly dns?: DnsHookConfig;
  /** Milliseconds that are waited for a TXT record to be seen. */
  readonly dnsPropagation: number;
  /** The share of its lifetime that is left when a certificate is renewed. */
  readonly renewBefore: number;
  readonly keyType: "ecdsa" | "rsa";
  /** The account at the authority that ours belongs to. */
  readonly eab?: { readonly keyId: string; readonly hmacKey: string };
  /** A folder, for gateways without a shared store. */
  readonly storage?: string;
}

function email(description: string): z.ZodType<string> {
  return checkedText({ description }, (value) =>
    /^[^\s@,?]+@[^\s@,?]+\.[^\s@,?]+$/.test(value) ? value : new Complaint("is not an e-mail address"),
  );
}

/** A part of a whole, between both ends. */
function share(description: string): z.ZodType<number> {
  const read = (value: unknown): number | Complaint => {
    const number = typeof value === "string" && /^0?\.\d+$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && number > 0 && number < 1) return number;
    return new Complaint("must be a share between 0 and 1", "as in 0.33: a third of the lifetime");
  };
  return scalar(read, {
    description,
    anyOf: [
      { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
      { type: "string", pattern: "^\\$\\{|^0?\\.\\d+$" },
    ],
  });
}

/** `acme`. */
export const acme: z.ZodType<AcmeConfig> = makes<AcmeConfig>()(
  z.strictObject({
    email: email("Where the authority may write to.").exactOptional(),
    directory: httpUrl("The authority's directory; Let's Encrypt's when left out.").prefault(LETS_ENCRYPT),
    caCertificate: text(
      "What the directory's own certificate is of, where that is not publicly known: a PEM file's path, or the PEM text.",
    ).exactOptional(),
    challenges: someOf(
      word(["http-01", "tls-alpn-01", "dns-01"], "A way of showing that a name is ours."),
      "How it is shown that names are ours, the preferred way first.",
    ).prefault(["http-01"]),
    dns: exactlyOne(
      {
        command: someOf(
          text("A word of the command."),
          "A program, called with present or cleanup, a name and a text.",
        ),
        webhook: z
          .strictObject({
            url: httpUrl("What /present and /cleanup are put behind."),
            token: text("The bearer token it wants.").exactOptional(),
          })
          .describe("A server that sets them."),
      },
      "Who sets TXT records for dns-01.",
    ).exactOptional(),
    dnsPropagation: duration("How long is waited for a TXT record to be seen.").prefault("60s"),
    renewBefore: share("The share of its lifetime that is left when a certificate is renewed.").prefault(1 / 3),
    keyType: word(["ecdsa", "rsa"], "The type of certificates' keys.").prefault("ecdsa"),
    eab: z
      .strictObject({
        keyId: text("The key's identifier, as the authority gave it."),
        hmacKey: text("The key, in base64url, as the authority gave it."),
      })
      .describe("External account binding, for authorities that want one.")
      .exactOptional(),
    storage: text(
      "A folder to keep certificates in, where there is no shared store; relative to this file.",
    ).exactOptional(),
  }),
);
