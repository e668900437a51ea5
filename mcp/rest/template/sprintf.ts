import { JsonNode } from "#src/core/gjson/node.ts";
import { exponentOf, generalFloat, infinite, plainFloat, quoted, shown } from "./print.ts";
import { isDict, isList, plain, type Value, typeOf } from "./value.ts";

/** What a verb is written with. */
interface Verb {
  readonly letter: string;
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

const DIRECTIVE = /%([-+# 0]*)(?:\[(\d+)\])?(\*|\d+)?(?:\.(?:\[(\d+)\])?(\*|\d+)?)?(?:\[(\d+)\])?(.?)/gsu;

/** Widths and precisions beyond are of no use, and would only take memory. */
const WIDEST = 10_000;

/** Go's `fmt.Sprintf`. */
export function sprintf(format: string, args: readonly Value[]): string {
  let next = 0;
  let jumped = false;
  const number = (written: string | undefined): number | undefined => {
    if (written === undefined) return undefined;
    if (written !== "*") return Math.min(Number(written), WIDEST);
    const value = plain(args[next++]);
    return typeof value === "bigint" ? Math.max(-WIDEST, Math.min(Number(value), WIDEST)) : undefined;
  };
  const jump = (place: string | undefined): void => {
    if (place === undefined) return;
    next = Number(place) - 1;
    jumped = true;
  };
  const out = format.replaceAll(DIRECTIVE, (whole, flags: string, ...groups: (string | undefined)[]) => {
    const [first, width, second, precision, third, letter] = groups;
    if (letter === "%") return "%";
    if (letter === undefined || letter === "") return "%!(NOVERB)";
    jump(first);
    const wide = number(width);
    jump(second);
    const precise = whole.includes(".") ? (number(precision) ?? 0) : undefined;
    jump(third);
    if (next < 0 || (next >= args.length && jumped && args.length > 0)) return `%!${letter}(BADINDEX)`;
    if (next >= args.length) return `%!${letter}(MISSING)`;
    const left = wide !== undefined && wide < 0;
    const verb = { letter, flags: left ? `${flags}-` : flags, width: left ? -wide : wide, precision: precise };
    return formatted(args[next++], verb);
  });
  if (jumped || next >= args.length) return out;
  const extra = args
    .slice(next)
    .map((arg) => (arg === null || arg === undefined ? "<nil>" : `${typeOf(arg)}=${shown(arg)}`));
  return `${out}%!(EXTRA ${extra.join(", ")})`;
}

function formatted(value: Value, verb: Verb): string {
  if (verb.letter === "T") return padded(typeOf(value), verb);
  // A document's object or list is its text, as in Higress.
  const of = value instanceof JsonNode && value.kind !== "number" ? value.raw : plain(value);
  if (of === undefined || of === null) return verb.letter === "v" ? padded("<nil>", verb) : `%!${verb.letter}(<nil>)`;
  if (verb.letter !== "v" && (isList(of) || isDict(of))) return ofEach(of, verb);
  const made = BY_TYPE[typeof of]?.(of as never, verb);
  return made ?? `%!${verb.letter}(${typeOf(of)}=${shown(of)})`;
}

/** Any other verb is for what is within. */
function ofEach(value: readonly Value[] | ReadonlyMap<string, Value>, verb: Verb): string {
  if (isList(value as Value)) return `[${(value as readonly Value[]).map((item) => formatted(item, verb)).join(" ")}]`;
  const members = [...(value as ReadonlyMap<string, Value>)].sort(([one], [other]) => (one < other ? -1 : 1));
  return `map[${members.map(([key, member]) => `${formatted(key, verb)}:${formatted(member, verb)}`).join(" ")}]`;
}

/** By type; undefined when the verb does not go with it. */
const BY_TYPE: Readonly<Record<string, ((value: never, verb: Verb) => string | undefined) | undefined>> = {
  string: formatString,
  boolean: (value: boolean, verb: Verb) => ("tv".includes(verb.letter) ? padded(String(value), verb) : undefined),
  bigint: formatInt,
  number: formatFloat,
  object: (value: Value, verb: Verb) =>
    verb.letter === "v" || verb.letter === "s" ? padded(shown(value), verb) : undefined,
};

const encoder = new TextEncoder();

function formatString(value: string, verb: Verb): string | undefined {
  const cut = verb.precision === undefined ? value : Array.from(value).slice(0, verb.precision).join("");
  if (verb.letter === "q" || (verb.letter === "v" && verb.flags.includes("#"))) {
    const raw = verb.flags.includes("#") && verb.letter === "q" && !cut.includes("`");
    return padded(raw ? `\`${cut}\`` : quoted(cut), verb);
  }
  if (verb.letter === "s" || verb.letter === "v") return padded(cut, verb);
  if (verb.letter.toLowerCase() !== "x") return undefined;
  const bytes = encoder.encode(value).slice(0, verb.precision);
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const hex = pairs.join(verb.flags.includes(" ") ? " " : "");
  return padded(verb.letter === "X" ? hex.toUpperCase() : hex, verb);
}

const BASES: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  d: [10, ""],
  v: [10, ""],
  b: [2, "0b"],
  o: [8, "0"],
  O: [8, "0o"],
  x: [16, "0x"],
  X: [16, "0X"],
};

function formatInt(value: bigint, verb: Verb): string | undefined {
  const char = Number(BigInt.asUintN(21, value));
  if (verb.letter === "c") return padded(String.fromCodePoint(Math.min(char, 0x10ffff)), verb);
  if (verb.letter === "q")
    return padded(`'${quoted(String.fromCodePoint(Math.min(char, 0x10ffff))).slice(1, -1)}'`, verb);
  if (verb.letter === "U") return padded(`U+${value.toString(16).toUpperCase().padStart(4, "0")}`, verb);
  const [base, prefix] = BASES[verb.letter] ?? [];
  if (base === undefined) return undefined;
  const digits = (value < 0n ? -value : value).toString(base).padStart(verb.precision ?? 0, "0");
  const named = verb.flags.includes("#") || verb.letter === "O" ? prefix : "";
  return signed(
    value < 0n,
    (named ?? "") + (verb.letter === "X" ? digits.toUpperCase() : digits),
    verb,
    verb.precision === undefined,
  );
}

function formatFloat(value: number, verb: Verb): string | undefined {
  const digits = Number.isFinite(value) ? floatDigits(Math.abs(value), verb) : infinite(value).replace(/^[+-]/, "");
  if (digits === undefined) return undefined;
  const negative = value < 0 || Object.is(value, -0);
  return signed(negative, digits, verb, Number.isFinite(value));
}

function floatDigits(value: number, { letter, precision }: Verb): string | undefined {
  const places = precision === undefined ? undefined : Math.min(precision, 100);
  if (letter === "f" || letter === "F") return fixedDigits(value, places ?? 6);
  if (letter === "e" || letter === "E") return cased(exponential(value, places ?? 6), letter);
  if (!"gGv".includes(letter)) return undefined;
  return cased(places === undefined ? generalFloat(value, 6) : general(value, places || 1), letter);
}

function cased(text: string, letter: string): string {
  return letter === "E" || letter === "G" ? text.toUpperCase() : text;
}

/** As many as JavaScript gives. */
const ALL_DIGITS = 100;

function fixedDigits(value: number, places: number): string {
  if (value >= 1e21) return plainFloat(value) + (places > 0 ? `.${"0".repeat(places)}` : "");
  const rounded = value.toFixed(places);
  const exact = value.toFixed(ALL_DIGITS);
  return isTie(exact, rounded.length) ? evenDown(rounded, exact) : rounded;
}

function exponential(value: number, places: number): string {
  const [rounded = "", power = "0"] = value.toExponential(places).split("e");
  const [exact = "", exactPower] = value.toExponential(ALL_DIGITS).split("e");
  const even = power === exactPower && isTie(exact, rounded.length) ? evenDown(rounded, exact) : rounded;
  return `${even}e${exponentOf(Number(power))}`;
}

/** Whether what is left out behind so many characters is exactly a half. */
function isTie(exact: string, kept: number): boolean {
  return /^\.?50*$/.test(exact.slice(kept));
}

/** Of two numbers as near as each other Go takes the even one, where JavaScript takes the larger. */
function evenDown(rounded: string, exact: string): string {
  const below = exact.slice(0, rounded.length);
  return "02468".includes(below.at(-1) ?? "") ? below : rounded;
}

/** With so many digits that count, none of them zeros at the end. */
function general(value: number, digits: number): string {
  const [mantissa = "", power = "0"] = exponential(value, Math.min(digits, 100) - 1).split("e");
  const exponent = Number(power);
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  if (exponent < -4 || exponent >= digits) return `${short}e${exponentOf(exponent)}`;
  return plainFloat(Number(`${mantissa}e${exponent}`));
}

/** With its sign; zeros for padding stand between the sign and the digits. */
function signed(negative: boolean, digits: string, verb: Verb, zeros: boolean): string {
  const sign = negative ? "-" : verb.flags.includes("+") ? "+" : verb.flags.includes(" ") ? " " : "";
  const fills = zeros && verb.flags.includes("0") && !verb.flags.includes("-");
  return padded(sign + (fills ? digits.padStart((verb.width ?? 0) - sign.length, "0") : digits), {
    ...verb,
    flags: verb.flags.replace("0", ""),
  });
}

function padded(text: string, { width = 0, flags }: Verb): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  return (flags.includes("0") ? "0" : " ").repeat(missing) + text;
}
