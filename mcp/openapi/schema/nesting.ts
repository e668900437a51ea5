/** How a keyword holds schemas. */
type Nesting = "schema" | "items" | "map" | "list";

/** The keywords with schemas in them. `allOf` is not here: it is joined. */
export const NESTED: ReadonlyMap<string, Nesting> = new Map([
  ...named("items", "items"),
  ...named(
    "schema",
    "additionalProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "propertyNames",
    "contains",
    "not",
    "if",
    "then",
    "else",
  ),
  ...named("map", "properties", "patternProperties", "dependentSchemas"),
  ...named("list", "prefixItems", "oneOf", "anyOf"),
]);

function named(kind: Nesting, ...keywords: readonly string[]): (readonly [string, Nesting])[] {
  return keywords.map((keyword) => [keyword, kind] as const);
}
