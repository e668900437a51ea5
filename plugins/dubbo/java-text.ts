import type { JavaValue } from "./hessian/java-value.ts";

/** What a text is as a value of a Java type; undefined: it is none. Types that are not known here get the text: the provider makes them of it. */
export function javaText(text: string, type: string): JavaValue | undefined {
  const read = READERS.get(type);
  return read === undefined ? text : read(text);
}

/** Of a list or an array of them; undefined: it is no such type. */
export function elementType(type: string): string | undefined {
  if (type.endsWith("[]")) return type.slice(0, -2);
  return COLLECTIONS.has(type) ? "java.lang.String" : undefined;
}

const COLLECTIONS: ReadonlySet<string> = new Set(["java.util.List", "java.util.Set", "java.util.Collection"]);

type Reader = (text: string) => JavaValue | undefined;

function integer(bits: bigint): Reader {
  const end = 2n ** (bits - 1n);
  return (text) => {
    const value = /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
    return value !== undefined && value >= -end && value < end ? value : undefined;
  };
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;

/** Text that is a number is read from text by the provider, with all its digits. */
const matching =
  (expression: RegExp): Reader =>
  (text) =>
    expression.test(text) ? text : undefined;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...["byte", "java.lang.Byte"].map((type) => [type, integer(8n)] as const),
  ...["short", "java.lang.Short"].map((type) => [type, integer(16n)] as const),
  ...["int", "java.lang.Integer"].map((type) => [type, integer(32n)] as const),
  ...["long", "java.lang.Long"].map((type) => [type, integer(64n)] as const),
  ...["float", "java.lang.Float", "double", "java.lang.Double"].map(
    (type) => [type, (text: string) => (DECIMAL.test(text) ? Number(text) : undefined)] as const,
  ),
  ...["boolean", "java.lang.Boolean"].map(
    (type) => [type, (text: string) => (text === "true" || text === "false" ? text === "true" : undefined)] as const,
  ),
  ["java.math.BigInteger", matching(/^-?\d+$/)],
  ["java.math.BigDecimal", matching(DECIMAL)],
  ...["char", "java.lang.Character"].map((type) => [type, matching(/^[^]$/)] as const),
  // Milliseconds, or text in the form that Dubbo reads.
  ["java.util.Date", (text) => integer(64n)(text) ?? text],
]);
