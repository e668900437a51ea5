import { z } from "zod";
import { compileRegex } from "../regex.ts";
import { parseDuration, parseSize } from "./quantities.ts";

/**
 * Single values. Each reads what people write, so that a number may also come as text from `${env:PORT}`, and complains in words of its
 * own that never quote the value: it may be a secret.
 */

/** Why a value is refused, and what to write instead. */
export class Complaint {
  readonly message: string;
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    this.message = message;
    this.hint = hint;
  }
}

/** JSON Schema keywords, for editors. */
export interface EditorHelp {
  readonly description: string;
  readonly [keyword: string]: unknown;
}

/** A schema made of one reading function; `help` is its JSON Schema. */
export function scalar<T>(read: (value: unknown) => T | Complaint, help: EditorHelp): z.ZodType<T> {
  const schema = z.unknown().transform((value, context): T => {
    const result = absent(value) ?? read(value);
    if (!(result instanceof Complaint)) return result;
    const { message, hint } = result;
    context.issues.push({ code: "custom", message, input: value, params: { hint } });
    return z.NEVER;
  });
  return schema.meta({ ...help });
}

function absent(value: unknown): Complaint | undefined {
  if (value === undefined) return new Complaint("is required");
  return value === null ? new Complaint("has no value", "give it one, or remove the key") : undefined;
}

/** What a value is, in plain words. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? "text" : `a ${typeof value === "boolean" ? "yes-or-no value" : typeof value}`;
}

function asText(value: unknown): string | Complaint {
  if (typeof value === "string") return value;
  const quotable = typeof value === "number" || typeof value === "boolean";
  return new Complaint(`must be text, not ${kindOf(value)}`, quotable ? "put it in quotes" : undefined);
}

/** Text that satisfies `check`, which answers the text to keep. Never empty. */
export function checkedText(help: EditorHelp, check: (value: string) => string | Complaint): z.ZodType<string> {
  return scalar(
    (value) => {
      const read = asText(value);
      if (read === "") return new Complaint("must not be empty");
      return typeof read === "string" ? check(read) : read;
    },
    { type: "string", minLength: 1, ...help },
  );
}

/** Text of at least one character. */
export function text(description: string): z.ZodType<string> {
  return checkedText({ description }, (value) => value);
}

/** Text that may be empty. */
export function anyText(description: string): z.ZodType<string> {
  return scalar(asText, { type: "string", description });
}

/** Text that YAML may also read as a number or a yes-or-no value: `key: 102234` is the text 102234. */
export function plainText(description: string): z.ZodType<string> {
  const read = (value: unknown): string | Complaint =>
    typeof value === "number" || typeof value === "boolean" ? String(value) : asText(value);
  return scalar(read, { description, anyOf: [{ type: "string" }, { type: "number" }, { type: "boolean" }] });
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** A header's name, kept as written. */
export function headerName(description: string): z.ZodType<string> {
  return checkedText({ description }, (value) => (TOKEN.test(value) ? value : new Complaint("is not a header name")));
}

/** A name for routes, services, consumers: one line of up to 200 characters. */
export function name(description: string): z.ZodType<string> {
  return checkedText({ description }, (value) => {
    if (value.length > 200) return new Complaint("is longer than 200 characters");
    return /^[^\p{Cc}\s](?:[^\p{Cc}]*[^\p{Cc}\s])?$/u.test(value)
      ? value
      : new Complaint("must not hold line breaks, or blanks at its ends");
  });
}

/** A whole number between `least` and `most`. */
export function integer(description: string, least = 0, most: number = Number.MAX_SAFE_INTEGER): z.ZodType<number> {
  const read = (value: unknown): number | Complaint => {
    const number = typeof value === "string" && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
    if (typeof number !== "number") return new Complaint(`must be a whole number, not ${kindOf(value)}`);
    if (!Number.isInteger(number)) return new Complaint("must be a whole number");
    if (number >= least && number <= most) return number;
    const limit = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `between ${least} and ${most}`;
    return new Complaint(`must be ${limit}`);
  };
  return scalar(read, {
    description,
    anyOf: [
      { type: "integer", minimum: least, ...(most === Number.MAX_SAFE_INTEGER ? {} : { maximum: most }) },
      { type: "string", pattern: "^\\$\\{|^-?\\d+$" },
    ],
  });
}

/** `true` or `false`. */
export function flag(description: string): z.ZodType<boolean> {
  const read = (value: unknown): boolean | Complaint => {
    if (typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
    return new Complaint(
      "must be true or false",
      typeof value === "string" ? "yes, no, on and off are text" : undefined,
    );
  };
  return scalar(read, { description, anyOf: [{ type: "boolean" }, { type: "string", pattern: "^\\$\\{" }] });
}

/** A time span in milliseconds. */
export function duration(description: string, least = 0): z.ZodType<number> {
  const read = (value: unknown): number | Complaint => {
    const parsed = parseDuration(value);
    if (parsed === undefined) {
      return new Complaint(
        "must be a duration of at most 24 days",
        "as in 500ms, 30s, 2m, 1h30m, or a number of milliseconds",
      );
    }
    return parsed < least ? new Complaint(`must be at least ${least}ms`) : parsed;
  };
  return scalar(read, {
    description: `${description} As in 500ms, 30s, 2m, 1h, or a number of milliseconds.`,
    anyOf: [
      { type: "number", minimum: least },
      { type: "string", pattern: "^(\\d+|(\\d+(\\.\\d+)?(ms|s|m|h|d))+)$|^\\$\\{" },
    ],
  });
}

/** An amount of bytes. */
export function size(description: string): z.ZodType<number> {
  const read = (value: unknown): number | Complaint =>
    parseSize(value) ?? new Complaint("must be a size", "as in 100MiB, 10MB, or a number of bytes");
  return scalar(read, {
    description: `${description} As in 100MiB, 10MB, or a number of bytes.`,
    anyOf: [
      { type: "integer", minimum: 0 },
      { type: "string", pattern: "^\\d+(\\.\\d+)? ?([kKmMgG]([iI]?[bB]?)|[bB])?$|^\\$\\{" },
    ],
  });
}

/** A regular expression in the syntax of `core/regex.ts`, kept as text. */
export function regex(description: string): z.ZodType<string> {
  return checkedText({ description }, (value) => regexComplaint(value) ?? value);
}

/** Why `source` is no regular expression, or undefined when it is one. */
export function regexComplaint(source: string): Complaint | undefined {
  try {
    compileRegex(source, "search");
    return undefined;
  } catch (error) {
    // The part after the quoted source.
    const why = error instanceof SyntaxError ? /^.* is not valid: (.*?)\.?$/s.exec(error.message)?.[1] : undefined;
    return new Complaint("is not a regular expression", why === "" ? undefined : why);
  }
}

/** An absolute http or https URL without user and fragment; a slash at its path's end is cut off. */
export function httpUrl(description: string): z.ZodType<string> {
  return checkedText({ description, examples: ["https://api.example.com/v1"] }, (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || !/^https?:\/\/[^/]/i.test(value)) {
      return new Complaint("is not an http or https URL", "as in https://api.example.com/v1");
    }
    if (url.username !== "" || url.password !== "") return new Complaint("must not hold a user or password");
    if (url.hash !== "") return new Complaint("must not hold a fragment");
    return url.origin + url.pathname.replace(/\/+$/, "") + url.search;
  });
}
