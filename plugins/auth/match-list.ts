import { z } from "zod";
import { compileLinear } from "#src/core/linear-regex.ts";
import type { CallRequest } from "#src/core/plugin.ts";
import { text } from "#src/core/settings/scalars.ts";
import { list, makes, word } from "#src/core/settings/shapes.ts";

/** One rule of Higress' black and white lists. */
export interface MatchRule {
  readonly match_rule_domain?: string;
  readonly match_rule_method?: readonly string[];
  readonly match_rule_path?: string;
  readonly match_rule_type?: "exact" | "prefix" | "suffix" | "contains" | "regex";
}

/** One rule. */
export const matchRule: z.ZodType<MatchRule> = makes<MatchRule>()(
  z.strictObject({
    match_rule_domain: text("The host: exact, or *.example.com.").exactOptional(),
    match_rule_method: list(text("A method."), "Methods; left out: all.").exactOptional(),
    match_rule_path: text("The path.").exactOptional(),
    match_rule_type: word(
      ["exact", "prefix", "suffix", "contains", "regex"],
      "How the path is matched.",
    ).exactOptional(),
  }),
);

type Test = (request: Pick<CallRequest, "method" | "host" | "path">) => boolean;

/** Whether a request is on a list. Rejects with an Error when an expression cannot be used. */
export async function compileMatchList(rules: readonly MatchRule[]): Promise<Test> {
  const tests = await Promise.all(rules.map(compiled));
  return (request) => tests.some((test) => test(request));
}

async function compiled(rule: MatchRule): Promise<Test> {
  const { match_rule_domain: domain, match_rule_method: methods = [] } = rule;
  const onPath = await pathTest(rule);
  const named = new Set(methods.map((method) => method.toUpperCase()));
  return ({ method, host, path }) =>
    (domain === undefined || isHost(domain.toLowerCase(), host)) &&
    (named.size === 0 || named.has(method)) &&
    onPath(path);
}

function isHost(domain: string, host: string): boolean {
  return domain.startsWith("*") ? host.endsWith(domain.slice(1)) : host === domain;
}

async function pathTest({
  match_rule_path: wanted,
  match_rule_type: type = "exact",
}: MatchRule): Promise<(path: string) => boolean> {
  if (wanted === undefined) return () => true;
  if (type === "regex") {
    const expression = await compileLinear(wanted);
    return (path) => expression.test(path);
  }
  const tests = {
    exact: (path: string) => path === wanted,
    prefix: (path: string) => path.startsWith(wanted),
    suffix: (path: string) => path.endsWith(wanted),
    contains: (path: string) => path.includes(wanted),
  };
  return tests[type];
}
