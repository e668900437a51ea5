import { JsonNode } from "#src/core/gjson/node.ts";
import { shownTime } from "./time/layout.ts";
import { isDict, isList, isTime, type Value } from "./value.ts";

/** What an action writes: nothing for what is not there, JSON as it stands in the document, else as Go prints it. */
export function printed(value: Value): string {
  if (typeof value === "string") return value;
  return value === undefined ? "" : value === null ? "null" : shown(value);
}

/** Go's `%v`. */
export function shown(value: Value): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "<nil>";
  if (value instanceof JsonNode) return value.text;
  if (typeof value === "number") return shortFloat(value);
  if (isList(value)) return `[${value.map(shown).join(" ")}]`;
  if (isDict(value)) {
    const keys = [...value.keys()].sort();
    return `map[${keys.map((key) => `${key}:${shown(value.get(key))}`).join(" ")}]`;
  }
  if (isTime(value)) return shownTime(value);
  return String(value);
}

/** The fewest digits that name a float64, as JSON writes it; `%v` has its exponents earlier. */
function shortFloat(value: number): string {
  return generalFloat(value, 21);
}

/** With an exponent below 1e-4, and from `exponentFrom` digits on. */
export function generalFloat(value: number, exponentFrom: number): string {
  if (!Number.isFinite(value)) return infinite(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  return exponent < -4 || exponent >= exponentFrom ? `${digits}e${exponentOf(exponent)}` : plainFloat(value);
}

export function infinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

/** At least two digits, with a sign. */
export function exponentOf(exponent: number): string {
  return (exponent < 0 ? "-" : "+") + String(Math.abs(exponent)).padStart(2, "0");
}

/** The fewest digits that name it, without an exponent. */
export function plainFloat(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  const [digits = "", power = "0"] = text.replace("-", "").split(/e[-+]?/);
  const sign = value < 0 ? "-" : "";
  const [whole = "", fraction = ""] = digits.split(".");
  if (text.includes("e-")) return `${sign}0.${"0".repeat(Number(power) - 1)}${whole}${fraction}`;
  return sign + whole + fraction.padEnd(Number(power), "0");
}

/** Go's `%q`: a string literal. */
export function quoted(text: string): string {
  let out = '"';
  for (const char of text) out += QUOTED[char] ?? (isPrintable(char) ? char : escaped(char));
  return `${out}"`;
}

const QUOTED: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

function isPrintable(char: string): boolean {
  return char === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
