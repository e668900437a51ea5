import type { Header } from "../../../core/header-list.ts";
import { LAST_MAP, MAP, STATUS, type Status } from "../abi.ts";
import {
  fixedHeaders,
  type HeaderEdits,
  type HeaderMap,
  NO_HEADERS,
  replaceAll,
  requestHeaders,
  responseHeaders,
} from "../header-map.ts";
import { decodePairs, encodePairs } from "../pairs.ts";
import type { HostFunctions, VmScope } from "../scope.ts";

/** How each map is found; undefined: there is none now. */
const MAPS: Readonly<Record<number, (scope: VmScope) => HeaderMap | undefined>> = {
  [MAP.requestHeaders]: ({ contexts: { current } }) =>
    current === undefined ? undefined : requestHeaders(current.call),
  [MAP.requestTrailers]: () => NO_HEADERS,
  [MAP.responseHeaders]({ contexts: { current } }) {
    const response = current?.call.response;
    return response === undefined ? undefined : responseHeaders(response);
  },
  [MAP.responseTrailers]: () => NO_HEADERS,
  [MAP.httpCallResponseHeaders]: ({ answer }) => (answer === undefined ? undefined : fixedHeaders(answer.headers)),
  [MAP.httpCallResponseTrailers]: () => NO_HEADERS,
};

/** By which Higress' plugins name the consumer to each other and to the upstream. */
const CONSUMER = "x-mse-consumer";

export function headerFunctions(scope: VmScope): HostFunctions {
  /** Changes a map, and has the route looked up anew when it is a request's: Envoy does so too. */
  function edit(type: number, change: (edits: HeaderEdits, map: HeaderMap) => void): Status {
    if (type >>> 0 > LAST_MAP) return STATUS.badArgument;
    const map = MAPS[type]?.(scope);
    if (map?.edit === undefined) return STATUS.badArgument;
    try {
      change(map.edit, map);
    } catch (thrown) {
      if (thrown instanceof TypeError) return STATUS.badArgument;
      throw thrown;
    }
    const stream = scope.contexts.current;
    if (type === MAP.requestHeaders && stream !== undefined) stream.rerouting = true;
    return STATUS.ok;
  }

  /** The same for one header. */
  function editOne(type: number, name: string, change: (edits: HeaderEdits) => void): Status {
    const status = edit(type, change);
    const call = scope.contexts.current?.call;
    if (status === STATUS.ok && type === MAP.requestHeaders && name === CONSUMER && call !== undefined) {
      call.consumer = call.request.headers.get(CONSUMER) ?? undefined;
    }
    return status;
  }

  const { contexts } = scope;
  const nameAt = (pointer: number, size: number): string => scope.memory.latin1(pointer, size).toLowerCase();
  const valueAt = (pointer: number, size: number): string => scope.memory.latin1(pointer, size);

  function value(type: number, name: string): string | Status {
    const map = MAPS[type]?.(scope);
    if (map === undefined) return STATUS.badArgument;
    const found = map.get(name);
    if (found !== undefined) return found;
    return scope.abi === "proxy_abi_version_0_1_0" ? "" : STATUS.notFound;
  }

  return {
    proxy_get_header_map_value(type: number, name: number, nameSize: number, pointer: number, size: number): number {
      const found = value(type, nameAt(name, nameSize));
      if (typeof found !== "string") return found;
      scope.memory.giveLatin1(found, pointer, size);
      return STATUS.ok;
    },
    proxy_get_header_map_pairs(type: number, pointer: number, size: number): number {
      if (type >>> 0 > LAST_MAP) return STATUS.badArgument;
      scope.memory.give(encodePairs(pairsOf(MAPS[type]?.(scope))), pointer, size);
      return STATUS.ok;
    },
    proxy_get_header_map_size(type: number, size: number): number {
      if (type >>> 0 > LAST_MAP) return STATUS.badArgument;
      scope.memory.setU32(size, encodePairs(pairsOf(MAPS[type]?.(scope))).length);
      return STATUS.ok;
    },
    proxy_add_header_map_value(type: number, name: number, nameSize: number, text: number, size: number): number {
      const named = nameAt(name, nameSize);
      return editOne(type, named, (edits) => edits.append(named, valueAt(text, size)));
    },
    proxy_replace_header_map_value(type: number, name: number, nameSize: number, text: number, size: number): number {
      const named = nameAt(name, nameSize);
      return editOne(type, named, (edits) => edits.set(named, valueAt(text, size)));
    },
    proxy_remove_header_map_value(type: number, name: number, nameSize: number): number {
      const named = nameAt(name, nameSize);
      return editOne(type, named, (edits) => edits.delete(named));
    },
    proxy_set_header_map_pairs(type: number, pointer: number, size: number): number {
      const headers = decodePairs(scope.memory.bytes(pointer, size));
      if (headers === undefined) return STATUS.badArgument;
      return edit(type, (edits, map) => replaceAll(map, edits, headers));
    },
    // ABI 0.1.0; later ones do it by themselves.
    proxy_clear_route_cache(): number {
      if (contexts.current !== undefined) contexts.current.rerouting = true;
      return STATUS.ok;
    },
  };
}

function pairsOf(map: HeaderMap | undefined): readonly Header[] {
  return map?.pairs() ?? [];
}
