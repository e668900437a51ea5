import { STATUS } from "./abi.ts";
import { INVALID_MEMORY } from "./guest-memory.ts";
import { bufferFunctions } from "./host-functions/buffers.ts";
import { foreignFunctions } from "./host-functions/foreign.ts";
import { headerFunctions } from "./host-functions/headers.ts";
import { httpCallFunctions } from "./host-functions/http-call.ts";
import { lifecycleFunctions } from "./host-functions/lifecycle.ts";
import { loggingFunctions } from "./host-functions/logging.ts";
import { metricFunctions } from "./host-functions/metrics.ts";
import { propertyFunctions } from "./host-functions/property-functions.ts";
import { redisCallFunctions } from "./host-functions/redis-call.ts";
import { sharedFunctions } from "./host-functions/shared.ts";
import { streamFunctions } from "./host-functions/streams.ts";
import type { HostFunction, HostFunctions, VmScope } from "./scope.ts";
import { WASI_UNKNOWN, wasiFunctions } from "./wasi.ts";

/** WASI's error number for a pointer to nowhere. */
const WASI_FAULT = 21;

/** Functions by the modules that they are imported from. */
export type Imports = Record<string, Record<string, HostFunction>>;

/** A module that functions are imported from. */
interface Namespace {
  functions(scope: VmScope): HostFunctions;
  /** What functions that are not known answer. */
  readonly unknown: number;
  /** What a pointer to nowhere is answered with. */
  readonly fault: number;
}

const ABI: Namespace = {
  functions: (scope) => ({
    ...loggingFunctions(scope),
    ...lifecycleFunctions(scope),
    ...headerFunctions(scope),
    ...bufferFunctions(scope),
    ...streamFunctions(scope),
    ...httpCallFunctions(scope),
    ...redisCallFunctions(scope),
    ...propertyFunctions(scope),
    ...foreignFunctions(scope),
    ...sharedFunctions(scope),
    ...metricFunctions(scope),
    abort,
  }),
  unknown: STATUS.unimplemented,
  fault: STATUS.invalidMemoryAccess,
};

const WASI: Namespace = { functions: wasiFunctions, unknown: WASI_UNKNOWN, fault: WASI_FAULT };

const NAMESPACES: ReadonlyMap<string, Namespace> = new Map([
  ["env", ABI],
  ["wasi_snapshot_preview1", WASI],
  ["wasi_unstable", WASI],
]);

/** Everything that a module imports. Throws an Error that names what cannot be given. */
export function importsOf(module: WebAssembly.Module, scope: VmScope): Imports {
  const imports: Imports = {};
  const given = new Map<string, HostFunctions>();
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const namespace = NAMESPACES.get(from);
    if (namespace === undefined || kind !== "function") {
      throw new Error(`It imports the ${kind} '${name}' of '${from}', which no proxy-wasm host gives.`);
    }
    const functions = given.get(from) ?? namespace.functions(scope);
    given.set(from, functions);
    const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
    (imports[from] ??= {})[name] = guarded(known ?? ((): number => namespace.unknown), namespace, scope);
  }
  return imports;
}

/** Counts the call, and answers for pointers to nowhere. What else is thrown ends the guest. */
function guarded(run: HostFunction, { fault }: Namespace, { budget }: VmScope): HostFunction {
  return (...args: never[]): number | void => {
    budget.hostCall();
    try {
      return run(...args);
    } catch (thrown) {
      if (thrown === INVALID_MEMORY) return fault;
      throw thrown;
    }
  };
}

/** AssemblyScript's way to give up. */
function abort(_message: number, _file: number, line: number, column: number): void {
  throw new Error(`it aborted at ${line >>> 0}:${column >>> 0}`);
}
