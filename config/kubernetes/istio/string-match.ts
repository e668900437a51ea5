import { isMapping, type Mapping } from "../../check-values.ts";

/** Istio's StringMatch, as far as it says something. */
export type StringMatch =
  | { readonly exact: string }
  | { readonly prefix: string }
  | { readonly regex: string }
  | { readonly present: true };

/** Reads a StringMatch; one that is empty asks only that the value is there. */
export function stringMatchOf(written: unknown): StringMatch {
  if (!isMapping(written)) return { present: true };
  for (const kind of ["exact", "prefix", "regex"] as const) {
    const value = written[kind];
    if (typeof value === "string") return { [kind]: value } as unknown as StringMatch;
  }
  return { present: true };
}

/** Conditions on named values, for routes. */
export function valueMatches(written: Mapping | undefined): readonly (StringMatch & { readonly name: string })[] {
  return Object.entries(written ?? {}).map(([name, match]) => Object.assign({ name }, stringMatchOf(match)));
}

/** A text as an expression that is found nowhere else. */
export function escaped(text: string): string {
  return text.replaceAll(/[[\]{}()^$|*+?.\\]/g, String.raw`\$&`);
}

/** Milliseconds of a protobuf duration in JSON (`1.5s`), or of the words that Istio also takes (`500ms`, `1h`); undefined where it is none. */
export function milliseconds(value: unknown): number | undefined {
  const text = typeof value === "string" ? value : "";
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|us|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) return undefined;
  const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  return Math.round(parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0), 0));
}
