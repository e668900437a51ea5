import { z } from "zod";

const TOKEN_URI = "https://oauth2.googleapis.com/token";

/** A service account's key file. Format: https://google.aip.dev/auth/4112 */
export interface ServiceAccount {
  readonly type: "service_account";
  readonly client_email: string;
  /** PKCS #8 in PEM. */
  readonly private_key: string;
  readonly private_key_id?: string | undefined;
  readonly project_id?: string | undefined;
  readonly token_uri: string;
}

/** What `gcloud auth application-default login` writes. Format: https://google.aip.dev/auth/4113 */
export interface AuthorizedUser {
  readonly type: "authorized_user";
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
  /** The project that is charged for the user's requests. */
  readonly quota_project_id?: string | undefined;
  readonly token_uri: string;
}

/** A key file of Google Cloud. */
export type GoogleKey = ServiceAccount | AuthorizedUser;

const TEXT = z.string().min(1);
/** It becomes a part of URLs. */
const PROJECT = z.string().regex(/^[a-z0-9.:-]+$/);
const COMMON = { token_uri: z.url({ protocol: /^https?$/ }).default(TOKEN_URI) };

const KEY: z.ZodType<GoogleKey> = z.discriminatedUnion("type", [
  z.object({
    ...COMMON,
    type: z.literal("service_account"),
    client_email: TEXT,
    private_key: z.string().includes("-----BEGIN PRIVATE KEY-----"),
    private_key_id: TEXT.optional(),
    project_id: PROJECT.optional(),
  }),
  z.object({
    ...COMMON,
    type: z.literal("authorized_user"),
    client_id: TEXT,
    client_secret: TEXT,
    refresh_token: TEXT,
    quota_project_id: PROJECT.optional(),
  }),
]);

/**
 * Reads a key file's JSON. Throws an Error that names `setting` and the fields at fault, and never repeats a value.
 */
export function readGoogleKey(text: string, setting: string): GoogleKey {
  const read = KEY.safeParse(parsed(text, setting));
  if (read.success) return read.data;
  const fields = [...new Set(read.error.issues.map(({ path }) => path.join(".")))].filter((field) => field !== "");
  const what = fields.length === 0 ? "not an object" : `missing or wrong in: ${fields.join(", ")}`;
  throw new Error(`${setting} is no key file of a service account or an authorized user: ${what}.`);
}

function parsed(text: string, setting: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message repeats a piece of the text.
    throw new Error(`${setting} is not JSON; it takes the content of a key file, not its path.`);
  }
}
