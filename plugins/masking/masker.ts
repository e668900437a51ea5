import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Json } from "#src/core/json.ts";
import { isObject } from "#src/core/json.ts";
import { compileLinear, compileTemplate, type LinearMatch, type LinearRegex } from "#src/core/linear-regex.ts";
import { expandGrok, isWholeNumber } from "./grok.ts";

/** One of `replace_roles`. */
export interface MaskRule {
  readonly regex: string;
  readonly type: "replace" | "hash";
  readonly restore: boolean;
  readonly value: string;
}

/** What was masked in one request, by mask; undefined for a mask that stands for several. */
export type Masks = Map<string, string | undefined>;

/** Masks texts. */
export interface Masker {
  /** Whether some of what is masked is put back into answers. */
  readonly restores: boolean;
  readonly size: number;
  /** The text masked; what is to be put back is noted in `masks`. */
  mask(text: string, masks: Masks): string;
  /** A JSON text, its strings masked; one that is none is masked as it is. */
  maskJson(text: string, masks: Masks): string;
}

/** Compiles the rules. Rejects with an Error that says which cannot be used. */
export async function compileMasker(rules: readonly MaskRule[]): Promise<Masker> {
  const compiled = await Promise.all(rules.map(compileRule));
  const mask = (text: string, masks: Masks): string =>
    compiled
      .reduce((parts, rule) => maskedParts(parts, rule, masks), [{ text, masked: false }])
      .map((part) => part.text)
      .join("");
  return {
    restores: rules.some(({ restore }) => restore),
    size: rules.length,
    mask,
    maskJson: (text, masks) => maskedJson(text, (inner) => mask(inner, masks)),
  };
}

interface CompiledRule {
  readonly regex: LinearRegex;
  readonly whole: boolean;
  readonly restore: boolean;
  readonly fill: (match: LinearMatch) => string;
}

async function compileRule({ regex, type, restore, value }: MaskRule): Promise<CompiledRule> {
  return {
    regex: await compileLinear(expandGrok(regex)),
    whole: isWholeNumber(regex),
    restore,
    fill: type === "hash" ? ({ groups }) => bytesToHex(sha256(utf8ToBytes(groups[0]))) : compileTemplate(value),
  };
}

/** A piece of a text. What one rule has masked is not looked at by the next, which might see a number in a hash. */
interface Part {
  readonly text: string;
  readonly masked: boolean;
}

function maskedParts(parts: readonly Part[], rule: CompiledRule, masks: Masks): Part[] {
  return parts.flatMap((part) => (part.masked ? [part] : maskedPart(part.text, rule, masks)));
}

function maskedPart(text: string, { regex, whole, restore, fill }: CompiledRule, masks: Masks): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of regex.matchAll(text)) {
    const [original] = match.groups;
    if (original === "" || (whole && isAmongDigits(text, match))) continue;
    const mask = fill(match);
    note(masks, mask, restore ? original : undefined);
    parts.push({ text: text.slice(from, match.index), masked: false }, { text: mask, masked: true });
    from = match.end;
  }
  parts.push({ text: text.slice(from), masked: false });
  return parts;
}

function isAmongDigits(text: string, { index, end }: LinearMatch): boolean {
  return /\d/.test(text.charAt(index - 1) + text.charAt(end));
}

/** A mask of two things, one of which may not be put back, stands for neither. */
function note(masks: Masks, mask: string, original: string | undefined): void {
  if (mask === "" || mask === original) return;
  const other = masks.has(mask) && masks.get(mask) !== original;
  masks.set(mask, other ? undefined : original);
}

function maskedJson(text: string, mask: (text: string) => string): string {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return mask(text);
  }
  let changed = false;
  const walk = (node: Json): Json => {
    if (typeof node === "string") {
      const masked = mask(node);
      changed ||= masked !== node;
      return masked;
    }
    if (Array.isArray(node)) return node.map(walk);
    return isObject(node) ? Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, walk(inner)])) : node;
  };
  const masked = walk(value);
  return changed ? JSON.stringify(masked) : text;
}
