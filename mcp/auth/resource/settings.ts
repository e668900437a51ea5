import { z } from "zod";
import { duration, flag, httpUrl, text } from "#src/core/settings/scalars.ts";
import { list, makes, someOf, table, word } from "#src/core/settings/shapes.ts";
import {
  type Algorithm,
  ALGORITHMS,
  client,
  type ClientSettings,
  issuerUrl,
  resourceUri,
  scope,
} from "../oauth-settings.ts";

/** How opaque tokens are looked up (RFC 7662). */
export interface IntrospectionSettings {
  readonly endpoint?: string;
  readonly client: ClientSettings;
  readonly always: boolean;
  readonly requireAudience: boolean;
}

/** An authorization server whose tokens are taken. */
export interface IssuerSettings {
  readonly issuer: string;
  readonly jwksUri?: string;
  readonly audience?: readonly string[];
  readonly algorithms: readonly Algorithm[];
  readonly introspection?: IntrospectionSettings;
}

/** The setting `auth` of a server. */
export interface AuthSettings {
  readonly issuers: readonly IssuerSettings[];
  readonly resource?: string;
  readonly scopes: readonly string[];
  readonly toolScopes: Readonly<Record<string, readonly string[]>>;
  readonly scopeHierarchy: Readonly<Record<string, readonly string[]>>;
  readonly authorizationServers?: readonly string[];
  readonly consumerKeys: "instead" | "beside";
  readonly subjectClaim: string;
  readonly clockSkew: number;
  readonly rootMetadata: boolean;
  readonly documentation?: string;
}

const introspection: z.ZodType<IntrospectionSettings> = makes<IntrospectionSettings>()(
  z.strictObject({
    endpoint: httpUrl("Where tokens are looked up; discovered when left out.").exactOptional(),
    client: client.describe("Who the gateway is there."),
    always: flag("Whether JWTs are looked up too, so that a revoked one is noticed within a minute.").prefault(false),
    requireAudience: flag("Whether the answer must name this server as the token's audience.").prefault(true),
  }),
);

const issuer: z.ZodType<IssuerSettings> = makes<IssuerSettings>()(
  z.strictObject({
    issuer: issuerUrl("The issuer exactly as its tokens name it; keys and endpoints are discovered from it."),
    jwksUri: httpUrl("Where its keys are, in place of discovery.").exactOptional(),
    audience: someOf(
      text("An audience."),
      "What its tokens must be for, one of these: left out, the server's own resource.",
    ).exactOptional(),
    algorithms: someOf(word(ALGORITHMS, "A signature's algorithm."), "The signatures that are taken.").prefault([
      ...ALGORITHMS,
    ]),
    introspection: introspection.describe("For tokens that are no JWTs (RFC 7662).").exactOptional(),
  }),
);

const scopes = list(scope("A scope."), "Scopes.");

export const authSettings: z.ZodType<AuthSettings> = makes<AuthSettings>()(
  z.strictObject({
    issuers: someOf(issuer, "The authorization servers whose tokens are taken."),
    resource: resourceUri(
      "The server's canonical URI, as clients know it and tokens name it. Left out: what the request says of its host, which is wrong behind a proxy that ends TLS and lets a client choose the host.",
    ).exactOptional(),
    scopes: scopes.describe("What every request needs.").prefault([]),
    toolScopes: table(scopes, "What a tool needs beside that: by its name, or a pattern such as read_* or *.").prefault(
      {},
    ),
    scopeHierarchy: table(scopes, "Scopes that imply others: { admin: [read, write] }.").prefault({}),
    authorizationServers: someOf(
      issuerUrl("An authorization server."),
      "What clients are told; left out: the issuers.",
    ).exactOptional(),
    consumerKeys: word(
      ["instead", "beside"],
      "What a key of the gateway's consumers does: instead (it lets in without a token) or beside (a token is needed all the same).",
    ).prefault("instead"),
    subjectClaim: text("The claim that names the user.").prefault("sub"),
    clockSkew: duration("How far clocks may be apart.").prefault("30s"),
    rootMetadata: flag(
      "Whether /.well-known/oauth-protected-resource without a path is this server's too; one server can have it.",
    ).prefault(false),
    documentation: httpUrl("A page for developers, told in the metadata.").exactOptional(),
  }),
);
