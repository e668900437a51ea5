import { z } from "zod";
import { text } from "#src/core/settings/scalars.ts";
import { exactlyOne, makes, table, type OneOf } from "#src/core/settings/shapes.ts";
import { GRANT_FIELDS, type GrantSettings } from "../oauth-settings.ts";

const clientCredentials: z.ZodType<GrantSettings> = makes<GrantSettings>()(z.strictObject(GRANT_FIELDS)).describe(
  "A token of the gateway's own, by OAuth client credentials.",
);

const WAYS: {
  readonly headers: z.ZodType<Readonly<Record<string, string>>>;
  readonly clientCredentials: z.ZodType<GrantSettings>;
} = {
  headers: table(text("The header's value."), "Headers that are sent as they are, such as an API key."),
  clientCredentials,
};

/** What the gateway shows an upstream. */
export type UpstreamAuth = OneOf<typeof WAYS>;

/** The setting `credentials` of a kind's own settings. */
export const upstreamAuth: z.ZodType<UpstreamAuth> = exactlyOne(
  WAYS,
  "What the gateway shows the upstream; a client's token never goes there.",
);
