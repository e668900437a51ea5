import type { Resource } from "../resource.ts";
import type { TranslatorOptions, Written } from "../translator.ts";
import type { Attachment } from "./attachments.ts";
import { condition, hasEntries, type WrittenCondition } from "./conditions.ts";
import type { InvalidBackend } from "./backends.ts";

/** What is wrong with a route, whichever parent looks at it. */
export interface RouteProblems {
  /** References that lead nowhere; the first counts for the reason. */
  readonly references: readonly {
    readonly reason: Exclude<InvalidBackend["reason"], "Policy">;
    readonly message: string;
  }[];
  /** Rules that cannot be done, with why; the first counts for the reason. */
  readonly rules: readonly { readonly reason: string; readonly message: string }[];
  /** None of the rules can be done. */
  readonly noRule: boolean;
}

/** The `status` of a route: an entry for each parent that is this gateway's; undefined where there is none of them, nor was. */
export function routeStatus(
  route: Resource,
  attachments: readonly Attachment[],
  problems: RouteProblems,
  options: TranslatorOptions,
): Written | undefined {
  const parents = attachments.map(({ parentRef, refusal }) => ({
    parentRef,
    controllerName: options.controllerName,
    conditions: conditionsOf(route, refusal, problems),
  }));
  return parents.length > 0 || hasEntries(route, "parents", options.controllerName) ? { parents } : undefined;
}

function conditionsOf(
  route: Resource,
  refusal: Attachment["refusal"],
  { references, rules, noRule }: RouteProblems,
): readonly WrittenCondition[] {
  const [reference] = references;
  const [rule] = rules;
  const said = (list: readonly { readonly message: string }[]): string => list.map(({ message }) => message).join(" ");
  const resolved =
    reference === undefined
      ? condition(route, "ResolvedRefs", "True", "ResolvedRefs", "Everything the route refers to is there.")
      : condition(route, "ResolvedRefs", "False", reference.reason, said(references));
  if (refusal !== undefined) return [condition(route, "Accepted", "False", refusal.reason, refusal.message), resolved];
  if (rule === undefined) return [condition(route, "Accepted", "True", "Accepted", "The route is accepted."), resolved];
  if (noRule) return [condition(route, "Accepted", "False", rule.reason, said(rules)), resolved];
  return [
    condition(route, "Accepted", "True", "Accepted", "The route is accepted."),
    resolved,
    condition(route, "PartiallyInvalid", "True", rule.reason, `Dropped Rule: ${said(rules)}`),
  ];
}
