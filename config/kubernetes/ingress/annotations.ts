import {
  type AnnotationName,
  conditionNamed,
  fieldOf,
  HIGRESS,
  isShared,
  NGINX,
  type NamedCondition,
} from "./known-annotations.ts";
import type { Findings } from "./findings.ts";

/** A condition with its value. */
export interface WrittenCondition extends NamedCondition {
  readonly value: string;
  /** As findings name it. */
  readonly field: string;
}

/** What Go's `strconv.ParseBool` reads, as Higress does. */
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "true", "TRUE", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "false", "FALSE", "False"].map((text) => [text, false] as const),
]);

/** The annotations of an Ingress. A value that cannot be read is a finding, and counts as left out. `higress.io/` wins over ingress-nginx' prefix. */
export class Annotations {
  readonly #values: Readonly<Record<string, string>>;
  readonly #found: Findings;
  /** What is there, by its name without prefix: an Ingress has few of the many that are asked for. */
  readonly #keys = new Map<string, string>();

  constructor(values: Readonly<Record<string, string>>, found: Findings) {
    this.#values = values;
    this.#found = found;
    for (const key of Object.keys(values)) {
      if (key.startsWith(HIGRESS)) this.#keys.set(key.slice(HIGRESS.length), key);
      else if (key.startsWith(NGINX)) {
        const name = key.slice(NGINX.length);
        if (isShared(name) && !this.#keys.has(name)) this.#keys.set(name, key);
      }
    }
  }

  has(name: AnnotationName): boolean {
    return this.#key(name) !== undefined;
  }

  /** Without blanks around its lines. */
  text(name: AnnotationName): string | undefined {
    const key = this.#key(name);
    if (key === undefined) return undefined;
    const lines = (this.#values[key] ?? "").split("\n").map((line) => line.trim());
    const text = lines.join("\n").trim();
    if (text !== "") return text;
    this.error(name, "is empty");
    return undefined;
  }

  flag(name: AnnotationName): boolean {
    const text = this.text(name);
    if (text === undefined) return false;
    const flag = FLAGS.get(text);
    if (flag === undefined) this.error(name, "must be true or false");
    return flag ?? false;
  }

  /** `on` or `off`. */
  onOff(name: AnnotationName): boolean | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (text !== "on" && text !== "off") this.error(name, "must be on or off");
    return text === "on" ? true : text === "off" ? false : undefined;
  }

  integer(name: AnnotationName, least = 0, most = 2_147_483_647): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const number = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    this.error(name, `must be a whole number between ${least} and ${most}`);
    return undefined;
  }

  /** Words between commas. */
  words(name: AnnotationName): readonly string[] {
    const words = (this.text(name) ?? "").split(",").map((word) => word.trim());
    return words.filter((word) => word !== "");
  }

  /** All conditions on headers and query parameters, by name, so that they stand in one order however they were written. */
  conditions(): readonly WrittenCondition[] {
    return Object.keys(this.#values)
      .filter((key) => key.startsWith(HIGRESS))
      .sort()
      .flatMap((key) => {
        const condition = conditionNamed(key.slice(HIGRESS.length));
        return condition === undefined ? [] : [{ ...condition, value: this.#values[key] ?? "", field: fieldOf(key) }];
      });
  }

  /** An annotation that stands there, as findings name it. */
  field(name: AnnotationName): string {
    return fieldOf(this.#key(name) ?? HIGRESS + name);
  }

  error(name: AnnotationName, message: string, hint?: string): void {
    this.#found.error(this.field(name), message, hint);
  }

  warning(name: AnnotationName, message: string, hint?: string): void {
    this.#found.warning(this.field(name), message, hint);
  }

  #key(name: AnnotationName): string | undefined {
    return this.#keys.get(name);
  }
}
