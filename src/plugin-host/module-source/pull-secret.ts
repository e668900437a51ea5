import { z } from "zod";
import { DOCKER_HUB } from "./image-reference.ts";
import type { PullSecret } from "./reference.ts";

/** How somebody shows who they are to a registry. */
export interface RegistryCredential {
  /** For basic authentication, and for asking for a token. */
  readonly basic?: { readonly username: string; readonly password: string };
  /** Asks for tokens as OAuth 2's refresh token does. */
  readonly identityToken?: string;
  /** Is a token. */
  readonly registryToken?: string;
}

const entrySchema = z.object({
  username: z.string().optional(),
  password: z.string().optional(),
  auth: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});

type Entry = z.infer<typeof entrySchema>;

const configSchema = z.object({ auths: z.record(z.string(), entrySchema).optional() });

/** What a secret has for a registry; nothing: it is asked as a stranger. Throws an Error if it cannot be read, without quoting it. */
export function credentialFor(secret: PullSecret | undefined, registry: string): RegistryCredential {
  if (secret === undefined) return {};
  if ("username" in secret) return { basic: { username: secret.username, password: secret.password } };
  const entry = entryFor(readConfig(secret.dockerConfig), registry);
  return entry === undefined ? {} : credentialOf(entry);
}

function readConfig(text: string): Readonly<Record<string, Entry>> {
  try {
    return configSchema.parse(JSON.parse(text)).auths ?? {};
  } catch {
    // The cause might quote the text.
    throw new Error('The imagePullSecret is no Docker configuration: it has to be JSON with an "auths" mapping.');
  }
}

/** Keys are hosts, or URLs as older versions of Docker wrote them. */
function entryFor(auths: Readonly<Record<string, Entry>>, registry: string): Entry | undefined {
  const names = registry === DOCKER_HUB ? [DOCKER_HUB, "index.docker.io", "registry-1.docker.io"] : [registry];
  const found = Object.entries(auths).find(([key]) =>
    names.includes(key.replace(/^https?:\/\//, "").replace(/\/.*$/, "")),
  );
  return found?.[1];
}

function credentialOf(entry: Entry): RegistryCredential {
  const { identitytoken, registrytoken } = entry;
  const basic = basicOf(entry);
  return {
    ...(basic === undefined ? {} : { basic }),
    ...(identitytoken === undefined || identitytoken === "" ? {} : { identityToken: identitytoken }),
    ...(registrytoken === undefined || registrytoken === "" ? {} : { registryToken: registrytoken }),
  };
}

function basicOf({ username, password, auth }: Entry): RegistryCredential["basic"] {
  if (auth === undefined || auth === "") {
    return username === undefined || username === "" ? undefined : { username, password: password ?? "" };
  }
  const decoded = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = decoded.indexOf(":");
  if (colon === -1) throw new Error("The imagePullSecret has an auth that is not user:password in base64.");
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
