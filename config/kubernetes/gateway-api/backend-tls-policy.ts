import { byAge, type Resource } from "../resource.ts";
import type { Finding, Lookup, Piece, Translator, TranslatorOptions, Written } from "../translator.ts";
import { type PolicyProblem, type PolicyTarget, policyTls, targetsOf } from "./backend-tls.ts";
import { condition, hasEntries, type WrittenCondition } from "./conditions.ts";
import { mappingAt } from "./fields.ts";
import { GATEWAY_GROUP, KINDS } from "./kinds.ts";
import { gatewaysUsing } from "./service-users.ts";

/** The API server takes no more. */
const MOST_ANCESTORS = 16;

/**
 * BackendTLSPolicies come to a status alone, for each Gateway with a route to one of their Services; routes look up what they say
 * by themselves.
 */
export const backendTlsPolicyTranslator: Translator = {
  kind: KINDS.backendTlsPolicy,
  translate(policy, lookup, options): Piece {
    const { problems, tls } = policyTls(policy, lookup);
    const older = conflictOf(policy, lookup);
    const status = statusOf(policy, conditionsOf(policy, problems, tls !== undefined, older), lookup, options);
    return {
      findings: [...problems.map(problemFinding), ...conflictFinding(older), ...ignored(policy)],
      ...(status === undefined ? {} : { status }),
    };
  },
};

/** The older policy that has all of a policy's targets. */
function conflictOf(policy: Resource, lookup: Lookup): Resource | undefined {
  const older = lookup
    .list(KINDS.backendTlsPolicy, policy.metadata.namespace)
    .filter((other) => byAge(other, policy) < 0);
  const owners = targetsOf(policy).map((target) => older.find((other) => targetsOf(other).some(isSame(target))));
  return owners.every((owner) => owner !== undefined) ? owners[0] : undefined;
}

function isSame({ service, section }: PolicyTarget): (other: PolicyTarget) => boolean {
  return (other) => other.service === service && other.section === section;
}

function conditionsOf(
  policy: Resource,
  problems: readonly PolicyProblem[],
  usable: boolean,
  older: Resource | undefined,
): readonly WrittenCondition[] {
  const [problem] = problems;
  const references = problems.filter(({ reason }) => reason !== "Invalid");
  const [reference] = references;
  const resolved =
    reference === undefined
      ? condition(policy, "ResolvedRefs", "True", "ResolvedRefs", "Everything the policy refers to is there.")
      : condition(
          policy,
          "ResolvedRefs",
          "False",
          reference.reason,
          references.map(({ message }) => message).join(" "),
        );
  return [accepted(policy, usable, problem, older), resolved];
}

function accepted(
  policy: Resource,
  usable: boolean,
  problem: PolicyProblem | undefined,
  older: Resource | undefined,
): WrittenCondition {
  const no = (reason: string, message: string): WrittenCondition =>
    condition(policy, "Accepted", "False", reason, message);
  if (older !== undefined) return no("Conflicted", `The policy ${older.metadata.name} has the same target.`);
  if (usable || problem === undefined) return condition(policy, "Accepted", "True", "Accepted", "The policy is valid.");
  return problem.reason === "Invalid"
    ? no("Invalid", problem.message)
    : no("NoValidCACertificate", "None of the caCertificateRefs can be used.");
}

function statusOf(
  policy: Resource,
  conditions: readonly WrittenCondition[],
  lookup: Lookup,
  options: TranslatorOptions,
): Written | undefined {
  const { controllerName } = options;
  const services = new Set(targetsOf(policy).map(({ service }) => `${policy.metadata.namespace}/${service}`));
  const ancestors = gatewaysUsing(services, lookup, options)
    .slice(0, MOST_ANCESTORS)
    .map(({ metadata: { namespace, name } }) => ({
      ancestorRef: { group: GATEWAY_GROUP, kind: "Gateway", namespace, name },
      controllerName,
      conditions,
    }));
  return ancestors.length > 0 || hasEntries(policy, "ancestors", controllerName) ? { ancestors } : undefined;
}

function problemFinding({ field, message }: PolicyProblem): Finding {
  return { field, message: `${message} Requests to its Services fail.`, severity: "error" };
}

function conflictFinding(older: Resource | undefined): readonly Finding[] {
  if (older === undefined) return [];
  const message = `does nothing: the older policy ${older.metadata.name} has the same target`;
  return [{ field: "spec.targetRefs", message, severity: "warning" }];
}

function ignored({ spec }: Resource): readonly Finding[] {
  if (mappingAt(spec, "options") === undefined) return [];
  return [{ field: "spec.options", message: "are not known, and do nothing", severity: "warning" }];
}
