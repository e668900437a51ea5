import { Validator } from "@seriousme/openapi-schema-validator";

/** How many faults are told. */
const MOST = 20;

/** What the official JSON Schema of its OpenAPI version says against a document. */
export async function validationFaults(document: object): Promise<string[]> {
  const { valid, errors = [] } = await new Validator().validate(alone(document));
  if (valid) return [];
  if (typeof errors === "string") return [errors];
  const faults = errors.map(
    ({ instancePath, message = "is not valid" }) => `${instancePath === "" ? "/" : instancePath} ${message}`,
  );
  const unique = [...new Set(faults)];
  return unique.length > MOST ? [...unique.slice(0, MOST), `and ${unique.length - MOST} more`] : unique;
}

/** The document without its references to others, which the validator does not know; those that cannot be read are told elsewhere. */
function alone(document: object): Record<string, unknown> {
  const text = JSON.stringify(document, (key, value: unknown) =>
    key === "$ref" && typeof value === "string" && !value.startsWith("#") ? "#" : value,
  );
  const copy: Record<string, unknown> = JSON.parse(text);
  return copy;
}
