import type { GuestFunctions } from "./direct.ts";
import type { HostCalls } from "./host-calls.ts";
import { camelCase } from "./record-types.ts";
import type { Tagged } from "./variant-types.ts";
import { EXPORTS, GUEST, IMPORTS, PACKAGE, VERSION } from "./world.ts";

/** The imports that jco's glue wants: names in camel case, and a result's error thrown. */
export function glueImports(calls: HostCalls): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return Object.fromEntries(
    Object.entries(IMPORTS).map(([name, { functions }]) => {
      const made = Object.entries(functions).map(([own, { result, waits }]) => {
        const run = calls[name]?.[own] as (...args: readonly unknown[]) => unknown;
        const fails = result?.wit.startsWith("result<") === true;
        const unwrapped = fails ? okOf : same;
        const call =
          waits === true
            ? async (...args: readonly unknown[]) => unwrapped(await run(...args))
            : (...args: readonly unknown[]) => unwrapped(run(...args));
        return [camelCase(own), call];
      });
      return [`${PACKAGE}/${name}`, Object.fromEntries(made)];
    }),
  );
}

function same(value: unknown): unknown {
  return value;
}

function okOf(value: unknown): unknown {
  const { tag, val } = value as Tagged;
  if (tag === "ok") return val;
  // What the glue takes for the error's value.
  throw Object.assign(new Error("The host has an error for the guest."), { payload: val });
}

/** A guest's functions over jco's glue. */
export function glueFunctions(exported: Readonly<Record<string, unknown>>): GuestFunctions {
  const guest = exported[`${PACKAGE}/${GUEST}@${VERSION}`] ?? exported[GUEST];
  const functions = (guest ?? {}) as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
  return Object.fromEntries(
    Object.entries(EXPORTS).map(([name, { result }]) => {
      const run = functions[camelCase(name)];
      if (run === undefined) throw new Error(`the component does not export ${name}`);
      const call = (...args: readonly unknown[]): unknown => run(...args);
      return [name, result?.wit.startsWith("result<") === true ? tagged(call) : call];
    }),
  );
}

/** The glue throws a result's error: as it is, or in an Error of its own. */
function tagged(run: (...args: readonly unknown[]) => unknown): (...args: readonly unknown[]) => unknown {
  return (...args) => {
    try {
      const given = run(...args);
      return given instanceof Promise ? given.then(ok, failed) : ok(given);
    } catch (error) {
      return failed(error);
    }
  };
}

function ok(val: unknown): Tagged {
  return { tag: "ok", val };
}

function failed(error: unknown): Tagged {
  if (!(error instanceof Error)) return { tag: "err", val: error };
  if ("payload" in error) return { tag: "err", val: error.payload };
  throw error;
}
