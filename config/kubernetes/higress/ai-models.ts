import { entries, type Mapping } from "../../check-values.ts";

/**
 * Which models a route is for, where it says so by the header that model-router writes the model's name into. The route table reads the
 * model by itself.
 */
export function modelsOf(headers: unknown, modelHeader: string): readonly string[] | undefined {
  const conditions = entries(headers).filter(([, { name }]) => isNamed(name, modelHeader));
  const [only] = conditions;
  return only === undefined || conditions.length > 1 ? undefined : patternsOf(only[1]);
}

/** The headers without the one of that name. */
export function withoutHeader(headers: unknown, name: string): readonly Mapping[] {
  return entries(headers).flatMap(([, header]) => (isNamed(header["name"], name) ? [] : [header]));
}

function isNamed(name: unknown, wanted: string): boolean {
  return typeof name === "string" && name.toLowerCase() === wanted;
}

function patternsOf({ exact, prefix, regex }: Mapping): readonly string[] | undefined {
  if (typeof exact === "string") return [exactly(exact)];
  if (typeof prefix === "string") return [prefix.startsWith("~") ? `~^${escaped(prefix)}` : `${prefix}*`];
  if (typeof regex === "string") return choicesOf(regex) ?? [`~^(?:${regex})$`];
  return undefined;
}

function exactly(name: string): string {
  return /^~|\*$/.test(name) ? `~^${escaped(name)}$` : name;
}

/** What Higress' console makes of several models: `^(gpt-4|claude-.*)`, special characters with a backslash before them. */
function choicesOf(regex: string): readonly string[] | undefined {
  const [, inner] = /^\^\((.*)\)$/s.exec(regex) ?? [];
  if (inner === undefined) return undefined;
  const choices = inner.split("|").map((choice) => {
    const [, name = "", any] = /^((?:[^[\]{}()^$|*+?.\\]|\\[[\]{}()^$|*+?.\\])*)(\.\*)?$/s.exec(choice) ?? [];
    const plain = name.replaceAll(/\\(.)/gs, "$1");
    if (plain === "" || plain.startsWith("~")) return undefined;
    return any === undefined ? exactly(plain) : `${plain}*`;
  });
  return choices.every((choice) => choice !== undefined) ? choices : undefined;
}

function escaped(text: string): string {
  return text.replaceAll(/[[\]{}()^$|*+?.\\]/g, String.raw`\$&`);
}
