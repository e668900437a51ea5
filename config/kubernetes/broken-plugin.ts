import { mapping } from "../check-values.ts";
import { formatPath, type Path, type Problem } from "../report.ts";
import type { Written } from "./translator.ts";

/** What of an entry says where it holds, and what holds when it fails. */
const KEPT = ["name", "id", "url", "phase", "priority", "failStrategy", "disabled"] as const;

/**
 * A plugin's entry with problems as one that fails where it would have held, so that nobody passes whom it would have kept out. Problems of
 * a rule alone break that rule.
 */
export function brokenPlugin(written: Written, problems: readonly Problem[]): Written {
  const broken = problems.find(({ path }) => ruleOf(path) === undefined);
  if (broken === undefined) return { ...written, rules: rules(written, problems) };
  const wrong = new Set(problems.map(({ path: [key] }) => key));
  const kept = KEPT.filter((key) => key in written && !wrong.has(key)).map((key) => [key, written[key]] as const);
  return {
    ...Object.fromEntries(kept),
    ...("config" in written ? { config: {} } : {}),
    rules: rules(written, problems),
    broken: told(broken),
  };
}

function rules({ rules: list }: Written, problems: readonly Problem[]): readonly Written[] {
  const all: readonly unknown[] = Array.isArray(list) ? list : [];
  return all.map((rule, index) => {
    const problem = problems.find(({ path }) => ruleOf(path) === index);
    return problem === undefined ? mapping(rule) : Object.assign({}, rule, { config: {}, broken: told(problem) });
  });
}

/** Which rule a problem is in. */
function ruleOf([list, index]: Path): number | undefined {
  return list === "rules" && typeof index === "number" ? index : undefined;
}

function told({ path, message }: Problem): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}
