import type { JsonObject } from "#src/core/json.ts";
import { scalarOf, textOf } from "./fields.ts";
import type { Parameter } from "./operation.ts";
import type { Problems } from "./problem.ts";

/** What every version of the document says of a parameter alike; undefined, and a problem told, where it stands in a place there is not. */
export function parameterHead(
  value: JsonObject,
  places: ReadonlySet<string>,
  problems: Problems,
  where: string,
): Pick<Parameter, "name" | "in" | "description" | "required"> | undefined {
  const name = textOf(value["name"]) ?? "";
  const written = scalarOf(value["in"]) ?? "";
  const place = PLACES.find((one) => one === written && places.has(one));
  if (place === undefined) {
    problems.add(where, `The parameter '${name}' is in '${written}', which there is not; it is left out.`);
    return undefined;
  }
  const description = textOf(value["description"]);
  return {
    name,
    in: place,
    ...(description === undefined ? {} : { description }),
    required: value["required"] === true || place === "path",
  };
}

const PLACES: readonly Parameter["in"][] = ["query", "path", "header", "cookie"];
