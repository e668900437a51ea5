import { z } from "zod";
import { ask, type Downloads, readBody } from "./download.ts";
import type { RegistryCredential } from "./pull-secret.ts";
import { shownUrl } from "./reference.ts";

/** What a registry asks for in `WWW-Authenticate`. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const PART = /([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([a-z0-9-]+)(?=\s+[a-z0-9_-]+\s*=|\s*(?:,|$))/gi;

/** Reads `WWW-Authenticate`, which may hold several challenges. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  for (const [, name, quoted, plain, scheme] of header.matchAll(PART)) {
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: {} });
    const last = challenges.at(-1);
    if (name !== undefined && last !== undefined) {
      last.parameters[name.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "";
    }
  }
  return challenges;
}

const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });

const MAX_TOKEN_BYTES = 64 * 1024;

/** What is to be shown to the registry that made the challenges; undefined when there is nothing. */
export async function answerChallenges(
  downloads: Downloads,
  challenges: readonly Challenge[],
  credential: RegistryCredential,
  scope: { readonly repository: string; readonly plain: boolean },
): Promise<string | undefined> {
  const bearer = challenges.find(({ scheme }) => scheme === "bearer");
  if (bearer !== undefined) {
    const token = credential.registryToken ?? (await fetchToken(downloads, bearer.parameters, credential, scope));
    return `Bearer ${token}`;
  }
  const basic = challenges.some(({ scheme }) => scheme === "basic") ? credential.basic : undefined;
  return basic === undefined ? undefined : basicAuthorization(basic);
}

/** The value of `Authorization`. */
export function basicAuthorization({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

/** A token of the service that the registry names (https://distribution.github.io/distribution/spec/auth/token/). */
async function fetchToken(
  downloads: Downloads,
  { realm = "", service, scope }: Challenge["parameters"],
  credential: RegistryCredential,
  { repository, plain }: { readonly repository: string; readonly plain: boolean },
): Promise<string> {
  const url = URL.parse(realm);
  if (url === null || !(url.protocol === "https:" || (plain && url.protocol === "http:"))) {
    throw new Error("The registry asks for a token, and names no https address where one can be had.");
  }
  const wanted = { ...(service === undefined ? {} : { service }), scope: scope ?? `repository:${repository}:pull` };
  const response = await askForToken(downloads, url, wanted, credential);
  const what = `The token service ${shownUrl(url.href)}`;
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${what} answered with status ${response.status}; check the imagePullSecret.`);
  }
  const text = new TextDecoder().decode(await readBody(response, MAX_TOKEN_BYTES, { what, signal: downloads.signal }));
  const { token, access_token = token } = readToken(text);
  if (access_token === undefined || access_token === "") throw new Error(`${what} answered without a token.`);
  return access_token;
}

function askForToken(
  downloads: Downloads,
  url: URL,
  wanted: Readonly<Record<string, string>>,
  { identityToken, basic }: RegistryCredential,
): Promise<Response> {
  if (identityToken !== undefined) {
    const form = new URLSearchParams({
      ...wanted,
      client_id: "sluice",
      grant_type: "refresh_token",
      refresh_token: identityToken,
    });
    return ask(downloads, url.href, { "content-type": "application/x-www-form-urlencoded" }, form.toString());
  }
  for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value);
  return ask(downloads, url.href, basic === undefined ? {} : { authorization: basicAuthorization(basic) });
}

function readToken(text: string): z.infer<typeof tokenSchema> {
  try {
    return tokenSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
