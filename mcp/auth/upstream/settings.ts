import { z } from "zod";
import { text } from "#src/core/settings/scalars.ts";
import { exactlyOne, makes, table, type OneOf } from "#src/core/settings/shapes.ts";
import { GRANT_FIELDS, type GrantSettings } from "../oauth-settings.ts";
import { ACCESS_TOKEN_TYPE, type ExchangeSettings } from "./token-exchange.ts";
import { type UserSettings, userSettings } from "./user/settings.ts";

const clientCredentials: z.ZodType<GrantSettings> = makes<GrantSettings>()(z.strictObject(GRANT_FIELDS)).describe(
  "A token of the gateway's own, by OAuth client credentials.",
);

const exchange: z.ZodType<ExchangeSettings> = makes<ExchangeSettings>()(
  z.strictObject({
    ...GRANT_FIELDS,
    subjectTokenType: text("The type of the token that is exchanged.").prefault(ACCESS_TOKEN_TYPE),
    requestedTokenType: text("The type of the token that is wanted.").prefault(ACCESS_TOKEN_TYPE),
  }),
).describe("A token of the caller's own, in exchange for the one it showed the gateway (RFC 8693).");

const WAYS: {
  readonly headers: z.ZodType<Readonly<Record<string, string>>>;
  readonly clientCredentials: z.ZodType<GrantSettings>;
  readonly tokenExchange: z.ZodType<ExchangeSettings>;
  readonly user: z.ZodType<UserSettings>;
} = {
  headers: table(text("The header's value."), "Headers that are sent as they are, such as an API key."),
  clientCredentials,
  tokenExchange: exchange,
  user: userSettings.describe("A token of each user's own: users sign in at the upstream's authorization server."),
};

/** What the gateway shows an upstream. */
export type UpstreamAuth = OneOf<typeof WAYS>;

/** The setting `credentials` of a kind's own settings. */
export const upstreamAuth: z.ZodType<UpstreamAuth> = exactlyOne(
  WAYS,
  "What the gateway shows the upstream; a client's token never goes there.",
);
