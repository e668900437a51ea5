import { z } from "zod";
import { type NetworkSettings, networkSchema } from "#src/core/network/settings.ts";
import { checkedText, Complaint, duration, httpUrl, text } from "#src/core/settings/scalars.ts";
import { list, makes, someOf } from "#src/core/settings/shapes.ts";
import { client, type ClientSettings, issuerUrl, resourceUri, scope } from "../../oauth-settings.ts";

/** How the user who opens the page is known. */
export interface LoginSettings {
  readonly issuer: string;
  readonly client: ClientSettings;
  readonly scopes: readonly string[];
  readonly subjectClaim: string;
}

/** Credentials that each user gets for the gateway by signing in at the upstream's authorization server. */
export interface UserSettings {
  readonly publicUrl: string;
  readonly login: LoginSettings | "none";
  readonly sealKeys: readonly string[];
  readonly issuer?: string;
  readonly client?: ClientSettings;
  readonly scopes?: readonly string[];
  readonly resource?: string;
  readonly network?: NetworkSettings;
  readonly keptFor: number;
  readonly waitForUser: number;
}

const login: z.ZodType<LoginSettings> = makes<LoginSettings>()(
  z.strictObject({
    issuer: issuerUrl("The issuer of the tokens that callers show the gateway."),
    client: client.describe("The gateway's client there, with the redirect URI that docs/mcp-auth.md names."),
    scopes: list(scope("A scope."), "What is asked for.").prefault(["openid"]),
    subjectClaim: text("The claim that names the user, as in `auth`.").prefault("sub"),
  }),
);

/** Sealing keys are not stretched, so a short one could be guessed. */
const sealKey = checkedText({ description: "A random text of at least 32 characters.", minLength: 32 }, (value) =>
  value.length >= 32 ? value : new Complaint("is shorter than 32 characters", "as from: openssl rand -base64 32"),
);

/** The setting `credentials.user`. */
export const userSettings: z.ZodType<UserSettings> = makes<UserSettings>()(
  z.strictObject({
    publicUrl: httpUrl("The gateway's own URL as browsers reach it: its pages for signing in are below."),
    login: z
      .union([login, z.literal("none")])
      .describe(
        "Who opens the page must be who asked for it: the user signs in to the gateway with OpenID Connect. With none, whoever has the link is believed.",
      ),
    sealKeys: someOf(sealKey, "What tokens are encrypted with in the store: the first one encrypts, all decrypt."),
    issuer: issuerUrl("The upstream's authorization server; left out, the upstream names it.").exactOptional(),
    client: client.describe("The gateway's client there; left out, it registers itself.").exactOptional(),
    scopes: list(scope("A scope."), "What is asked for; left out, what the upstream says.").exactOptional(),
    resource: resourceUri("The resource the tokens are for; a remote server's own URL.").exactOptional(),
    network: networkSchema
      .describe("Where the upstream may send the gateway: what its metadata names must be public otherwise.")
      .exactOptional(),
    keptFor: duration("How long a user's token is kept after its last use.").prefault("20d"),
    waitForUser: duration("How long a call waits for a user who went to sign in.").prefault("60s"),
  }),
);
