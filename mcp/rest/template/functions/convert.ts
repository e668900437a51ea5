import { JsonNode } from "#src/core/gjson/node.ts";
import { jsonText } from "../json-text.ts";
import { shown } from "../print.ts";
import { plain, TemplateError, typeOf, valueOf } from "../value.ts";
import { asFloat, asInt, asText, fixed, type Functions, isSame } from "./signature.ts";

const KINDS: Readonly<Record<string, string>> = {
  "<nil>": "invalid",
  "map[string]interface {}": "map",
  "[]interface {}": "slice",
  "time.Time": "struct",
};

function kindOf(type: string): string {
  return KINDS[type] ?? type;
}

/** Sprig's conversions, JSON and questions about types. */
export const conversions: Functions = {
  atoi: fixed(1, (text) => (/^[+-]?\d+$/.test(asText(text)) ? asInt(text) : 0n)),
  int: fixed(1, asInt),
  int64: fixed(1, asInt),
  float64: fixed(1, asFloat),
  toDecimal: fixed(1, (value) =>
    /^[+-]?[0-7]+$/.test(asText(value)) ? BigInt(Number.parseInt(asText(value), 8)) : 0n,
  ),
  toString: fixed(1, shown),
  toJson: fixed(1, (value) => jsonText(value, { escapeHtml: true })),
  mustToJson: fixed(1, (value) => jsonText(value, { escapeHtml: true })),
  toRawJson: fixed(1, (value) => jsonText(value, {})),
  mustToRawJson: fixed(1, (value) => jsonText(value, {})),
  toPrettyJson: fixed(1, (value) => jsonText(value, { escapeHtml: true, indent: "  " })),
  mustToPrettyJson: fixed(1, (value) => jsonText(value, { escapeHtml: true, indent: "  " })),
  fromJson: fixed(1, (text) => valueOf(JsonNode.parse(asText(text))) ?? null),
  mustFromJson: fixed(1, (text) => {
    const node = JsonNode.parse(asText(text));
    if (node === undefined) throw new TemplateError("mustFromJson got what is not JSON");
    return valueOf(node);
  }),
  typeOf: fixed(1, typeOf),
  typeIs: fixed(2, (type, value) => asText(type) === typeOf(value)),
  typeIsLike: fixed(2, (type, value) => asText(type).replace(/^\*/, "") === typeOf(value)),
  kindOf: fixed(1, (value) => kindOf(typeOf(value))),
  kindIs: fixed(2, (kind, value) => asText(kind) === kindOf(typeOf(value))),
  deepEqual: fixed(2, (one, other) => isSame(plain(one), plain(other))),
};
