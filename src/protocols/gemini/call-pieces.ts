/**
 * Calls whose arguments come in pieces (Vertex's `streamFunctionCallArguments`): the first part names the function, each further one sets
 * or lengthens values by their JSON path, and the last does not say `willContinue`.
 */
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { camel, objects, textOf } from "./wire.ts";

/** Puts pieces together: parts go in, whole parts come out. */
export interface CallPieces {
  /** The part itself when it is whole, the whole call at its last piece, nothing at any other piece. */
  take(part: JsonObject): JsonObject[];
  /** The call whose last piece did not come, at the end. */
  rest(): JsonObject[];
}

export function createCallPieces(): CallPieces {
  let open: { readonly part: JsonObject; readonly call: JsonObject; readonly args: JsonObject } | undefined;
  const whole = (): JsonObject[] => {
    if (open === undefined) return [];
    const { part, call, args } = open;
    open = undefined;
    return [{ ...part, functionCall: { ...call, args } }];
  };
  return {
    take(value) {
      const part = camel(value);
      if (!isObject(part.functionCall)) return [value];
      const { partialArgs, willContinue, ...call } = camel(part.functionCall);
      const before = textOf(call.name) === undefined ? [] : whole();
      if (open === undefined && partialArgs === undefined && willContinue !== true) return [...before, value];
      open ??= { part, call, args: isObject(call.args) ? { ...call.args } : {} };
      for (const piece of objects(partialArgs)) setAt(open.args, camel(piece));
      return willContinue === true ? before : [...before, ...whole()];
    },
    rest: whole,
  };
}

const STEP = /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/gy;

/** The steps of a JSON path (RFC 9535) that names one value. */
function stepsOf(path: string): (string | number)[] {
  return [...path.replace(/^\$/, "").matchAll(STEP)].map(([, name, index, single, double]) =>
    index === undefined ? (name ?? (single ?? double ?? "").replace(/\\(.)/g, "$1")) : Number(index),
  );
}

function valueOf(piece: JsonObject): Json {
  const { stringValue, numberValue, boolValue } = piece;
  return stringValue ?? numberValue ?? boolValue ?? null;
}

/** Sets a value where its path says; text is added to what stands there. */
function setAt(args: JsonObject, piece: JsonObject): void {
  const steps = stepsOf(textOf(piece.jsonPath) ?? "");
  let holder: JsonObject | Json[] = args;
  for (const [index, step] of steps.entries()) {
    const last = index === steps.length - 1;
    const before = read(holder, step);
    const value = valueOf(piece);
    if (last) {
      write(holder, step, typeof before === "string" && typeof value === "string" ? before + value : value);
      return;
    }
    const inner: JsonObject | Json[] =
      isObject(before) || Array.isArray(before) ? before : typeof steps[index + 1] === "number" ? [] : {};
    write(holder, step, inner);
    holder = inner;
  }
}

function read(holder: JsonObject | Json[], step: string | number): Json | undefined {
  if (Array.isArray(holder)) return typeof step === "number" ? holder[step] : undefined;
  return Object.hasOwn(holder, step) ? holder[step] : undefined;
}

/** A list grows by one at a time, whatever index a piece claims. */
function write(holder: JsonObject | Json[], step: string | number, value: Json): void {
  if (Array.isArray(holder)) holder[Math.min(Number(step) || 0, holder.length)] = value;
  else if (step !== "__proto__") holder[step] = value;
}
