import { parseDocument } from "yaml";
import { z } from "zod";
import { checkedText, Complaint, flag, integer, text } from "#src/core/settings/scalars.ts";
import { someOf, word } from "#src/core/settings/shapes.ts";
import { isMapping, type Mapping } from "../check-values.ts";
import { checkValue } from "../issues.ts";
import type { Path, Problem } from "../report.ts";

/** A Secret by its name; without a namespace it is in the ConfigMap's own. */
export interface SecretName {
  readonly namespace?: string;
  readonly name: string;
}

/** One of `credentialConfig`. */
export interface HigressCredential {
  /** Its place in `credentialConfig`. */
  readonly index: number;
  /** In lower case; `*.` at the begin is a wildcard of any depth. */
  readonly domains: readonly string[];
  /** Got by ACME. Otherwise `secret` is there already. */
  readonly auto: boolean;
  readonly secret: SecretName;
  /** `cacertSecret`, which does nothing in Higress. */
  readonly caSecret?: SecretName;
}

/** What the ConfigMap `higress-https` says. */
export interface HigressHttps {
  readonly automaticHttps: boolean;
  /** An Ingress whose Secret cannot be used gets that of {@link credentialFor}. */
  readonly fallbackForInvalidSecret: boolean;
  /** The share of its lifetime that is left when a certificate is renewed: days of the 90 that Higress counts with. */
  readonly renewBefore: number;
  /** Of the ACME account. */
  readonly email?: string;
  readonly credentials: readonly HigressCredential[];
}

/** What Higress takes a certificate's lifetime for, in days. */
const LIFETIME = 90;

const secretName = checkedText({ description: "A Secret, as name or namespace/name." }, (value) =>
  /^(?:[^/\s]+\/)?[^/\s]+$/.test(value)
    ? value
    : new Complaint("is not the name of a Secret", "name, or namespace/name"),
);

const emailAddress = checkedText({ description: "The account's e-mail address." }, (value) =>
  /^[^\s@,?]+@[^\s@,?]+\.[^\s@,?]+$/.test(value) ? value : new Complaint("is not an e-mail address"),
);

const settings = {
  automaticHttps: flag("Certificates are got by ACME."),
  fallbackForInvalidSecret: flag("Secrets that cannot be used are replaced."),
  renewBeforeDays: integer("Days before its end.", 1, LIFETIME - 1),
};

const credential = z
  .object({
    domains: someOf(text("A host name."), "Host names."),
    tlsIssuer: z.union([z.literal(""), word(["letsencrypt"], "Who gives the certificate.")]).prefault(""),
    tlsSecret: secretName,
    cacertSecret: z.union([z.literal(""), secretName]).prefault(""),
  })
  .superRefine(({ domains, tlsIssuer }, context) => {
    const complain = (message: string): void => context.addIssue({ code: "custom", path: ["domains"], message });
    if (tlsIssuer === "" || domains.length === 0) return;
    if (domains.length > 1) complain("letsencrypt takes one domain an entry");
    if (domains.some((domain) => domain.includes("*")))
      complain("letsencrypt takes no wildcard: Higress checks by HTTP-01");
  });

const issuer = z.object({ name: word(["letsencrypt"], "The only one there is."), email: emailAddress });

/** Reads the text under `cert`. What is wrong costs itself: a setting has its default then. `https` is left out for what is no mapping. */
export function readHigressHttps(written: string): {
  readonly https?: HigressHttps;
  readonly problems: readonly Problem[];
} {
  const value = valueOf(written);
  if (!isMapping(value)) return { problems: [{ path: [], message: "is not a YAML mapping" }] };
  const problems: Problem[] = [];
  const setting = <T>(key: keyof typeof settings, schema: z.ZodType<T>, otherwise: T): T => {
    if (value[key] === undefined || value[key] === null) return otherwise;
    const read = checkValue(schema, value[key]);
    if (!("problems" in read)) return read.data;
    problems.push(...read.problems.map((problem) => below([key], problem)));
    return otherwise;
  };
  const email = emailOf(value, problems);
  const credentials = listAt(value, "credentialConfig", problems).flatMap((entry, index) => {
    const one = checkValue(credential, entry);
    if (!("problems" in one)) return [credentialOf(index, one.data)];
    problems.push(...one.problems.map((problem) => below(["credentialConfig", index], problem)));
    return [];
  });
  const https = {
    automaticHttps: setting("automaticHttps", settings.automaticHttps, true),
    fallbackForInvalidSecret: setting("fallbackForInvalidSecret", settings.fallbackForInvalidSecret, false),
    renewBefore: setting("renewBeforeDays", settings.renewBeforeDays, 30) / LIFETIME,
    credentials,
  };
  return { https: email === undefined ? https : { ...https, email }, problems };
}

/** Undefined for what is not YAML. */
function valueOf(written: string): unknown {
  const document = parseDocument(written);
  if (document.errors.length > 0) return undefined;
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return value ?? {};
  } catch {
    // An alias without its anchor, or too many of them.
    return undefined;
  }
}

function listAt(value: Mapping, key: string, problems: Problem[]): readonly unknown[] {
  const list = value[key] ?? [];
  if (Array.isArray(list)) return list as readonly unknown[];
  problems.push({ path: [key], message: "must be a list" });
  return [];
}

/** The first issuer's; Higress knows one by name. */
function emailOf(value: Mapping, problems: Problem[]): string | undefined {
  const [first, ...others] = listAt(value, "acmeIssuer", problems).map((entry, index) => {
    const one = checkValue(issuer, entry);
    if (!("problems" in one)) return one.data.email;
    problems.push(...one.problems.map((problem) => below(["acmeIssuer", index], problem)));
    return undefined;
  });
  return [first, ...others].find((email) => email !== undefined);
}

function below(path: Path, problem: Problem): Problem {
  return { ...problem, path: [...path, ...problem.path] };
}

function credentialOf(
  index: number,
  { domains, tlsIssuer, tlsSecret, cacertSecret }: z.output<typeof credential>,
): HigressCredential {
  return {
    index,
    domains: domains.map((domain) => domain.toLowerCase()),
    auto: tlsIssuer !== "",
    secret: secretOf(tlsSecret),
    ...(cacertSecret === "" ? {} : { caSecret: secretOf(cacertSecret) }),
  };
}

function secretOf(written: string): SecretName {
  const [first = "", second] = written.split("/");
  return second === undefined ? { name: first } : { namespace: first, name: second };
}

/** The first entry for a host name. */
export function credentialFor({ credentials }: HigressHttps, host: string): HigressCredential | undefined {
  const lower = host.toLowerCase();
  return credentials.find(({ domains }) => domains.some((domain) => covers(domain, lower)));
}

/** Istio's order of host names: a wildcard covers names of any depth, and narrower wildcards. */
function covers(domain: string, host: string): boolean {
  if (domain === host) return true;
  return domain.startsWith("*") && host.replace(/^\*/, "").endsWith(domain.slice(1)) && host.length > domain.length - 1;
}
