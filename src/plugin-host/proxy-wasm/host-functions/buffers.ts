import { BUFFER, LAST_BUFFER, STATUS } from "../abi.ts";
import type { BodyBuffer } from "../body-buffer.ts";
import type { HostFunctions, VmScope } from "../scope.ts";

/** Buffers that are only read; undefined: there is none now. */
const READ: Readonly<Record<number, (scope: VmScope) => Uint8Array | undefined>> = {
  [BUFFER.requestBody]: (scope) => editable(scope, BUFFER.requestBody)?.bytes,
  [BUFFER.responseBody]: (scope) => editable(scope, BUFFER.responseBody)?.bytes,
  [BUFFER.httpCallResponseBody]: ({ answer }) => answer?.body,
  [BUFFER.vmConfiguration]: ({ settings }) => settings.vmConfiguration,
  [BUFFER.pluginConfiguration]: ({ settings }) => settings.configuration,
  [BUFFER.redisCallResponse]: ({ redisReply }) => redisReply,
};

export function bufferFunctions(scope: VmScope): HostFunctions {
  return {
    proxy_get_buffer_bytes(type: number, start: number, maximum: number, pointer: number, size: number): number {
      if (type >>> 0 > LAST_BUFFER) return STATUS.badArgument;
      const bytes = READ[type]?.(scope);
      if (bytes === undefined) return STATUS.notFound;
      const from = start >>> 0;
      const length = maximum >>> 0;
      // Envoy counts in 32 bits here.
      if (from + length > 0xffff_ffff) return STATUS.badArgument;
      scope.memory.give(bytes.subarray(from, from + length), pointer, size);
      return STATUS.ok;
    },
    proxy_get_buffer_status(type: number, size: number, flags: number): number {
      if (type >>> 0 > LAST_BUFFER) return STATUS.badArgument;
      const bytes = READ[type]?.(scope);
      if (bytes === undefined) return STATUS.notFound;
      scope.memory.setU32(size, bytes.length);
      scope.memory.setU32(flags, 0);
      return STATUS.ok;
    },
    proxy_set_buffer_bytes(type: number, start: number, size: number, value: number, valueSize: number): number {
      if (type >>> 0 > LAST_BUFFER) return STATUS.badArgument;
      const buffer = editable(scope, type);
      if (buffer === undefined) return STATUS.notFound;
      buffer.splice(start >>> 0, size >>> 0, scope.memory.bytes(value, valueSize));
      return STATUS.ok;
    },
  };
}

function editable({ contexts: { current } }: VmScope, type: number): BodyBuffer | undefined {
  if (type === BUFFER.requestBody) return current?.request.buffer;
  return type === BUFFER.responseBody ? current?.response.buffer : undefined;
}
