import { formatPath, type Path, type Problem } from "../../report.ts";
import { type DomainCertificates, isAutomatic, secretOf } from "../domain-certificate.ts";
import type { HigressCredential, HigressHttps } from "../higress-https.ts";
import { tlsSecret } from "../secret.ts";
import type { Finding, Lookup, Piece, PieceAuto, Translator, TranslatorOptions } from "../translator.ts";

/** Where findings are: the text is a document of its own. */
const PLACE: Path = ["data", "cert"];

/**
 * The ConfigMap `higress-https`, its key `cert` (pkg/cert): the names that certificates are got for by ACME, and how. Ingresses look up
 * themselves which of its certificates are theirs.
 */
export function higressHttpsTranslator(domains: DomainCertificates): Translator {
  return {
    kind: "/ConfigMap",
    translate: (resource, lookup, options) => translated(domains.read(resource), lookup, options),
  };
}

function translated(
  { https, problems }: ReturnType<DomainCertificates["read"]>,
  lookup: Lookup,
  options: TranslatorOptions,
): Piece {
  const findings = problems.map(findingOf);
  if (https === undefined) return { findings };
  findings.push(...https.credentials.flatMap((credential) => secretFindings(credential, https, lookup, options)));
  const auto = autoOf(https, lookup, options, findings);
  if (auto.length > 0 && options.httpsListener === undefined) {
    const message = "no certificate is got: there is no listener with TLS here";
    findings.push(warning(PLACE, message, "give the configuration one"));
  }
  const { email, renewBefore } = https;
  const acme = email === undefined ? { renewBefore } : { email, renewBefore };
  return auto.length === 0 ? { findings } : { auto, acme, findings };
}

function autoOf(
  https: HigressHttps,
  lookup: Lookup,
  options: TranslatorOptions,
  findings: Finding[],
): readonly PieceAuto[] {
  const { httpsListener } = options;
  const listeners = httpsListener === undefined ? [] : [httpsListener];
  const bySecret = new Map<string, string>();
  return https.credentials.flatMap((credential) => {
    if (!isAutomatic(https, credential, lookup, options)) return [];
    const secret = secretOf(credential, options);
    const [name = ""] = credential.domains;
    const other = bySecret.get(`${secret.namespace}/${secret.name}`);
    if (other !== undefined && other !== name) {
      const field = [...PLACE, "credentialConfig", credential.index, "tlsSecret"];
      const message = `is the Secret of ${other} already: no certificate is got for ${name}`;
      findings.push({ ...warning(field, message, "give each name a Secret of its own"), severity: "error" });
      return [];
    }
    bySecret.set(`${secret.namespace}/${secret.name}`, name);
    return [{ listeners, name, secret }];
  });
}

/** What there is to say of the Secrets that an entry names. */
function secretFindings(
  credential: HigressCredential,
  https: HigressHttps,
  lookup: Lookup,
  options: TranslatorOptions,
): readonly Finding[] {
  const place = [...PLACE, "credentialConfig", credential.index];
  const findings: Finding[] = [];
  if (credential.caSecret !== undefined) {
    const hint = "clients' certificates are asked for by an Ingress' annotation auth-tls-secret";
    findings.push(warning([...place, "cacertSecret"], "does nothing, as in Higress", hint));
  }
  if (isAutomatic(https, credential, lookup, options)) return findings;
  const { namespace, name } = secretOf(credential, options);
  const pair = tlsSecret(lookup, namespace, name);
  const field = [...place, "tlsSecret"];
  if ("problem" in pair) findings.push({ ...warning(field, pair.problem, pair.hint), severity: "error" });
  else if (credential.auto && https.automaticHttps) {
    const message = `the Secret ${namespace}/${name} was not made by automatic HTTPS: it is shown as it is, and not renewed`;
    findings.push(warning(field, message, "name another Secret, or delete this one"));
  }
  return findings;
}

function findingOf({ path, message, hint }: Problem): Finding {
  return { ...warning([...PLACE, ...path], message, hint), severity: "error" };
}

function warning(path: Path, message: string, hint?: string): Finding {
  return { field: formatPath(path), message, severity: "warning", ...(hint === undefined ? {} : { hint }) };
}
