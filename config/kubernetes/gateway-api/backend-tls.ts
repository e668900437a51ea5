import { byAge, type Resource } from "../resource.ts";
import type { Lookup, Written } from "../translator.ts";
import { authoritiesOf } from "./authorities.ts";
import { mappingAt, mappingsAt, textAt } from "./fields.ts";
import { CORE_KINDS, KINDS } from "./kinds.ts";

/** A target of a policy: a Service, or one of its ports. */
export interface PolicyTarget {
  readonly service: string;
  /** The port's name. */
  readonly section?: string;
}

/** The Services that a policy is for. Other kinds of targets are not this gateway's. */
export function targetsOf(policy: Resource): readonly PolicyTarget[] {
  return mappingsAt(policy.spec, "targetRefs").flatMap((ref): PolicyTarget[] => {
    const service = textAt(ref, "name");
    if (service === undefined || (textAt(ref, "group") ?? "") !== "" || textAt(ref, "kind") !== "Service") return [];
    const section = textAt(ref, "sectionName");
    return [section === undefined ? { service } : { service, section }];
  });
}

/** The policy for a port of a Service: one for the port before one for the Service, then the oldest. */
export function policyFor(
  namespace: string,
  service: string,
  port: string | undefined,
  lookup: Lookup,
): Resource | undefined {
  const policies = lookup.list(KINDS.backendTlsPolicy, namespace).toSorted(byAge);
  const aimsAt = (section: string | undefined) => (policy: Resource) =>
    targetsOf(policy).some((target) => target.service === service && target.section === section);
  return (port === undefined ? undefined : policies.find(aimsAt(port))) ?? policies.find(aimsAt(undefined));
}

/** Something a policy says that cannot be used. */
export interface PolicyProblem {
  readonly field: string;
  readonly reason: "InvalidCACertificateRef" | "InvalidKind" | "Invalid";
  readonly message: string;
}

/** What a policy comes to. */
export interface PolicyTls {
  /** `tls` of a service; undefined: connections must fail. */
  readonly tls?: Written;
  readonly problems: readonly PolicyProblem[];
}

/** How a policy lets the gateway trust a Service. */
export function policyTls(policy: Resource, lookup: Lookup): PolicyTls {
  const validation = mappingAt(policy.spec, "validation");
  const names = mappingsAt(validation, "subjectAltNames").flatMap((name): string[] => {
    const found = textAt(name, textAt(name, "type") === "URI" ? "uri" : "hostname");
    return found === undefined ? [] : [found];
  });
  const host = textAt(validation, "hostname");
  const { ca, problems } = authoritiesIn(policy, validation, lookup);
  if (host === undefined) {
    const problem = {
      field: "spec.validation.hostname",
      reason: "Invalid",
      message: "The hostname is missing.",
    } as const;
    return { problems: [...problems, problem] };
  }
  if (ca === undefined) return { problems };
  const subjectAltNames = names.length === 0 ? {} : { subjectAltNames: names };
  return { tls: { sni: host, verify: true, ...ca, ...subjectAltNames }, problems };
}

const CA_REFS = "spec.validation.caCertificateRefs";

/** What is trusted: `{}` stands for the usual authorities. */
function authoritiesIn(
  policy: Resource,
  validation: unknown,
  lookup: Lookup,
): { readonly ca?: { readonly ca?: string }; readonly problems: readonly PolicyProblem[] } {
  const refs = mappingsAt(validation, "caCertificateRefs");
  if (refs.length === 0) {
    const wellKnown = textAt(validation, "wellKnownCACertificates");
    if (wellKnown === "System") return { ca: {}, problems: [] };
    const field = wellKnown === undefined ? CA_REFS : "spec.validation.wellKnownCACertificates";
    const message = wellKnown === undefined ? "No authority is named." : `${wellKnown} is not known.`;
    return { problems: [{ field, reason: "Invalid", message }] };
  }
  const found = refs.map((ref, index) => authoritiesAt(policy, ref, `${CA_REFS}[${index}]`, lookup));
  const problems = found.filter((one) => typeof one !== "string");
  const pems = found.filter((one) => typeof one === "string");
  return pems.length === 0 ? { problems } : { ca: { ca: pems.join("\n") }, problems };
}

function authoritiesAt(policy: Resource, ref: unknown, field: string, lookup: Lookup): string | PolicyProblem {
  const kind = textAt(ref, "kind") ?? "ConfigMap";
  const known = { ConfigMap: CORE_KINDS.configMap, Secret: CORE_KINDS.secret }[kind];
  if ((textAt(ref, "group") ?? "") !== "" || known === undefined) {
    return { field, reason: "InvalidKind", message: `The kind ${kind} is not supported.` };
  }
  const { namespace } = policy.metadata;
  const name = textAt(ref, "name") ?? "";
  const resource = lookup.get(known, namespace, name);
  const pem = resource === undefined ? undefined : authoritiesOf(resource);
  if (pem !== undefined) return pem;
  const message =
    resource === undefined
      ? `There is no ${kind} ${namespace}/${name}.`
      : `The ${kind} ${namespace}/${name} has no certificate in ca.crt.`;
  return { field, reason: "InvalidCACertificateRef", message };
}
