import { mapping } from "../../check-values.ts";
import { mappingsAt, textAt, textsAt } from "./fields.ts";

type Labels = Readonly<Record<string, string>>;

/** Ways to compare a label, by the operator's name. */
const OPERATORS: Readonly<Record<string, (value: string | undefined, values: readonly string[]) => boolean>> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

/** Whether a Kubernetes label selector fits; one that asks for nothing fits everything. */
export function selects(selector: unknown, labels: Labels): boolean {
  const equal = Object.entries(mapping(mapping(selector)["matchLabels"])).every(
    ([key, value]) => labels[key] === value,
  );
  return (
    equal &&
    mappingsAt(selector, "matchExpressions").every((expression) => {
      const key = textAt(expression, "key") ?? "";
      const compare = OPERATORS[textAt(expression, "operator") ?? ""];
      return compare !== undefined && compare(labels[key], textsAt(expression, "values"));
    })
  );
}
