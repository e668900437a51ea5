import { STATUS } from "../abi.ts";
import { decodeInjection } from "../injection.ts";
import type { HostFunctions, VmScope } from "../scope.ts";
import { LOG_LEVELS } from "./logging.ts";
import { inject } from "./streams.ts";

interface Answer {
  readonly status: number;
  readonly result?: Uint8Array;
}

/** Envoy's and Higress' foreign functions that mean something here. */
const FUNCTIONS: Readonly<Record<string, (scope: VmScope, given: Uint8Array) => Answer>> = {
  get_log_level: ({ settings }) => ({
    status: STATUS.ok,
    result: new Uint8Array([LOG_LEVELS.indexOf(settings.logLevel), 0, 0, 0]),
  }),
  clear_route_cache({ contexts: { current } }) {
    if (current !== undefined) current.rerouting = true;
    return { status: STATUS.ok };
  },
  // Says of what type a property is going to be; they are kept as they come.
  declare_property: () => ({ status: STATUS.ok }),
  inject_encoded_data_to_filter_chain: injected,
  // The same, from the callback for the answer's headers.
  inject_encoded_data_to_filter_chain_on_header: injected,
};

export function foreignFunctions(scope: VmScope): HostFunctions {
  return {
    proxy_call_foreign_function(
      name: number,
      nameSize: number,
      given: number,
      givenSize: number,
      pointer: number,
      size: number,
    ): number {
      const called = scope.memory.text(name, nameSize);
      const run = Object.hasOwn(FUNCTIONS, called) ? FUNCTIONS[called] : undefined;
      if (run === undefined) return STATUS.notFound;
      const { status, result } = run(scope, scope.memory.copy(given, givenSize));
      // Whoever wants no result gives no place for it.
      if (status === STATUS.ok && pointer !== 0 && size !== 0)
        scope.memory.give(result ?? new Uint8Array(), pointer, size);
      return status;
    },
  };
}

function injected(scope: VmScope, given: Uint8Array): Answer {
  const injection = decodeInjection(given);
  if (injection === undefined) return { status: STATUS.badArgument };
  return { status: inject(scope, injection.body, injection.last) };
}
