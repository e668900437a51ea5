import { TemplateError, type Value } from "../value.ts";
import { asCount, asFloat, asInt, between, fixed, type Functions, open } from "./signature.ts";

const int = (value: bigint): bigint => BigInt.asIntN(64, value);

function divisor(value: Value, name: string): bigint {
  const by = asInt(value);
  if (by === 0n) throw new TemplateError(`${name} by zero`);
  return by;
}

/** Sprig's arithmetic: of whole numbers, and with a trailing `f` of floats. */
export const math: Functions = {
  add: open(0, (args) => args.reduce<bigint>((sum, arg) => int(sum + asInt(arg)), 0n)),
  add1: fixed(1, (value) => int(asInt(value) + 1n)),
  sub: fixed(2, (one, other) => int(asInt(one) - asInt(other))),
  mul: open(1, (args) => args.reduce<bigint>((product, arg) => int(product * asInt(arg)), 1n)),
  div: fixed(2, (one, other) => int(asInt(one) / divisor(other, "div"))),
  mod: fixed(2, (one, other) => asInt(one) % divisor(other, "mod")),
  max: open(1, largest),
  biggest: open(1, largest),
  min: open(1, (args) => args.map(asInt).reduce((one, other) => (other < one ? other : one))),
  maxf: open(1, (args) => Math.max(...args.map(asFloat))),
  minf: open(1, (args) => Math.min(...args.map(asFloat))),
  addf: open(0, (args) => args.map(asFloat).reduce((one, other) => exact(one, other, (a, b) => a + b), 0)),
  add1f: fixed(1, (value) => exact(asFloat(value), 1, (a, b) => a + b)),
  subf: open(1, (args) => args.map(asFloat).reduce((one, other) => exact(one, other, (a, b) => a - b))),
  mulf: open(1, (args) => args.map(asFloat).reduce((one, other) => rounded(one * other))),
  divf: open(1, (args) =>
    args.map(asFloat).reduce((one, other) => {
      if (other === 0) throw new TemplateError("divf by zero");
      return one / other;
    }),
  ),
  floor: fixed(1, (value) => Math.floor(asFloat(value))),
  ceil: fixed(1, (value) => Math.ceil(asFloat(value))),
  round: between(2, 3, ([value, places, from]) => {
    const power = 10 ** asCount(places, "round");
    const digit = power * asFloat(value);
    const up = digit - Math.trunc(digit) >= (from === undefined ? 0.5 : asFloat(from));
    return (up ? Math.ceil(digit) : Math.floor(digit)) / power;
  }),
};

function largest(args: readonly Value[]): bigint {
  return args.map(asInt).reduce((one, other) => (other > one ? other : one));
}

/** Sums of decimals as one writes them: 0.1 and 0.2 make 0.3. */
function exact(one: number, other: number, apply: (a: number, b: number) => number): number {
  const result = apply(one, other);
  const places = Math.max(decimals(one), decimals(other));
  return places <= 15 ? Number(result.toFixed(places)) : result;
}

function decimals(value: number): number {
  const text = String(value);
  if (text.includes("e")) return 16;
  return text.split(".")[1]?.length ?? 0;
}

/** Without the last digit's noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(15));
}
