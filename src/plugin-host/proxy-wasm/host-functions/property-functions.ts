import { STATUS } from "../abi.ts";
import { utf8Bytes, utf8Of } from "../guest-memory.ts";
import { int64, propertyBytes } from "../properties.ts";
import type { HostFunctions, VmScope } from "../scope.ts";
import type { StreamContext } from "../stream-context.ts";

/** Properties of the VM, which are there without a request as well. */
const OF_VM: Readonly<Record<string, (scope: VmScope) => Uint8Array<ArrayBuffer>>> = {
  plugin_name: ({ host }) => utf8Bytes(host.name),
  plugin_root_id: ({ settings }) => utf8Bytes(settings.rootId),
  plugin_vm_id: ({ settings }) => utf8Bytes(settings.vmId),
  plugin_vm_memory: ({ memory }) => int64(BigInt(memory.size)),
};

/** Properties by which Higress' guests give orders; they are kept as well. */
const ORDERS: Readonly<Record<string, (text: string, scope: VmScope, stream: StreamContext | undefined) => void>> = {
  clear_route_cache(text, _, stream) {
    if (stream !== undefined) stream.keepsRoute = text === "off";
  },
  set_decoder_buffer_limit(text, _, stream) {
    if (stream !== undefined && /^\d+$/.test(text)) stream.requestLimit = Number(text);
  },
  set_encoder_buffer_limit(text, _, stream) {
    if (stream !== undefined && /^\d+$/.test(text)) stream.responseLimit = Number(text);
  },
  wasm_need_rebuild(text, scope) {
    if (text === "true") scope.retire();
  },
};

/** Properties that Higress' access log shows. */
const LOGGED: ReadonlySet<string> = new Set(["ai_log", "custom_log"]);

export function propertyFunctions(scope: VmScope): HostFunctions {
  return {
    proxy_get_property(path: number, pathSize: number, pointer: number, size: number): number {
      const found = read(scope, pathAt(scope, path, pathSize));
      if (found === undefined) return STATUS.notFound;
      scope.memory.give(found, pointer, size);
      return STATUS.ok;
    },
    proxy_set_property(path: number, pathSize: number, value: number, size: number): number {
      return write(scope, pathAt(scope, path, pathSize), scope.memory.copy(value, size));
    },
  };
}

/** Segments are divided by NUL, and some SDKs end with one. */
function pathAt({ memory }: VmScope, path: number, size: number): string {
  return memory.text(path, size).replace(/\0$/, "").replaceAll("\0", ".");
}

function read(scope: VmScope, path: string): Uint8Array<ArrayBuffer> | undefined {
  const ofVm = Object.hasOwn(OF_VM, path) ? OF_VM[path] : undefined;
  if (ofVm !== undefined) return ofVm(scope);
  const stream = scope.contexts.current;
  if (stream === undefined) return undefined;
  return stream.binaryProperties.get(path) ?? propertyBytes(path, stream.call);
}

function write(scope: VmScope, path: string, bytes: Uint8Array<ArrayBuffer>): number {
  const stream = scope.contexts.current;
  const text = utf8Of(bytes);
  if (text !== undefined && Object.hasOwn(ORDERS, path)) ORDERS[path]?.(text, scope, stream);
  if (stream === undefined) return STATUS.notFound;
  try {
    stream.call.setProperty(path, text);
    if (LOGGED.has(path)) stream.call.setProperty(`log.${path}`, text);
  } catch {
    return STATUS.internalFailure;
  }
  // Other plugins read text; what is none stays this plugin's own.
  if (text === undefined) stream.binaryProperties.set(path, bytes);
  else stream.binaryProperties.delete(path);
  return STATUS.ok;
}
