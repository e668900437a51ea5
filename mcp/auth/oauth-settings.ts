/** Settings that the resource server and the credentials of upstreams share. */
import { z } from "zod";
import { checkedText, Complaint, httpUrl, text } from "#src/core/settings/scalars.ts";
import { makes, word } from "#src/core/settings/shapes.ts";

/** Asymmetric signatures of JOSE; an HMAC's key would be the client's secret, and `none` is no signature. */
export const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

/** An issuer is compared letter by letter, so it stays as it was written: a slash at its end counts. */
export function issuerUrl(description: string): z.ZodType<string> {
  return checkedText({ description, examples: ["https://login.example.com/"] }, (value) => {
    const url = URL.canParse(value) && /^https?:\/\/[^/]/i.test(value) ? new URL(value) : undefined;
    if (url === undefined) return new Complaint("is not an http or https URL", "as in https://login.example.com/");
    if (url.username !== "" || url.password !== "") return new Complaint("must not hold a user or password");
    return url.search === "" && url.hash === "" ? value : new Complaint("must not hold a query or a fragment");
  });
}

/** A resource (RFC 8707): an absolute URI without fragment, compared letter by letter. */
export function resourceUri(description: string): z.ZodType<string> {
  return checkedText({ description, examples: ["https://gateway.example.com/mcp/weather"] }, (value) => {
    if (!URL.canParse(value)) return new Complaint("is not an absolute URI", "as in https://gateway.example.com/mcp");
    return value.includes("#") ? new Complaint("must not hold a fragment") : value;
  });
}

/** A scope as RFC 6749 writes them: no blank, quote or backslash. */
export function scope(description: string): z.ZodType<string> {
  return checkedText({ description }, (value) =>
    /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value)
      ? value
      : new Complaint("is not a scope: it holds a blank, a quote or a backslash", "one scope an entry"),
  );
}

/** How a client shows the token endpoint who it is. */
export const CLIENT_METHODS = ["basic", "post", "privateKeyJwt", "none"] as const;

/** A client at an authorization server, registered beforehand. */
export interface ClientSettings {
  readonly id: string;
  readonly secret?: string;
  readonly method?: (typeof CLIENT_METHODS)[number];
  readonly privateKey?: string;
  readonly keyId?: string;
  readonly algorithm?: Algorithm;
}

export const client: z.ZodType<ClientSettings> = makes<ClientSettings>()(
  z.strictObject({
    id: text("The client's id at the authorization server."),
    secret: text("Its secret.").exactOptional(),
    method: word(
      CLIENT_METHODS,
      "How it shows who it is: basic (client_secret_basic) when it has a secret, privateKeyJwt when it has a key.",
    ).exactOptional(),
    privateKey: text("Its private key for privateKeyJwt: PKCS #8 in PEM, or a JWK in JSON.").exactOptional(),
    keyId: text("The key's id, for the header of its assertions.").exactOptional(),
    algorithm: word(ALGORITHMS, "What the key signs with; RS256 unless the JWK says otherwise.").exactOptional(),
  }),
);

/** Where tokens come from, in every grant. */
export interface GrantSettings {
  readonly issuer?: string;
  readonly tokenEndpoint?: string;
  readonly client: ClientSettings;
  readonly scopes?: readonly string[];
  readonly resource?: string;
  readonly audience?: string;
}

/** The fields of {@link GrantSettings}. */
export const GRANT_FIELDS: { readonly [K in keyof Required<GrantSettings>]: z.ZodType<Required<GrantSettings>[K]> } = {
  issuer: issuerUrl("The authorization server; its endpoints are discovered.").exactOptional(),
  tokenEndpoint: httpUrl("Where tokens are had, in place of discovery.").exactOptional(),
  client,
  scopes: z.array(scope("A scope.")).readonly().describe("What is asked for.").exactOptional(),
  resource: resourceUri("The resource the token is for (RFC 8707); a remote server's own URL.").exactOptional(),
  audience: text("The audience the token is for, where an authorization server wants that in place.").exactOptional(),
} as const;
