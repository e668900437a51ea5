import type { JsonObject } from "../../core/json.ts";
import { toOpenApi } from "../json-schema/open-api.ts";
import type { Losses } from "../losses.ts";
import { wantsOpenApi } from "./model-traits.ts";

/** The two fields of which one holds a schema. */
interface Fields {
  readonly openApi: string;
  readonly jsonSchema: string;
}

/** Where losses are told. */
interface Place {
  readonly path: string;
  readonly losses: Losses;
}

/** Writes a schema in the form a model takes: JSON Schema, or for those before 2.5 OpenAPI's. */
export function writeSchema(wire: JsonObject, fields: Fields, schema: JsonObject, model: string, place: Place): void {
  if (!wantsOpenApi(model)) {
    wire[fields.jsonSchema] = schema;
    return;
  }
  const { schema: narrowed, lost } = toOpenApi(schema);
  if (lost.length > 0) place.losses.approximated(place.path, `the model does not know ${lost.join(", ")}`);
  // An object without properties is refused; a function without parameters has none.
  if (isBare(narrowed)) return;
  wire[fields.openApi] = narrowed;
}

function isBare({ type, properties }: JsonObject): boolean {
  return type === "OBJECT" && (properties === undefined || Object.keys(properties ?? {}).length === 0);
}
