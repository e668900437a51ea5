import { STATUS } from "../abi.ts";
import type { HostFunctions, VmScope } from "../scope.ts";

const OF_ENQUEUE = { ok: STATUS.ok, unknown: STATUS.notFound, full: STATUS.internalFailure } as const;
const OF_DEQUEUE = { unknown: STATUS.notFound, empty: STATUS.empty } as const;

export function sharedFunctions(scope: VmScope): HostFunctions {
  const { queues, settings } = scope;
  const { shared } = scope.host;
  return {
    proxy_get_shared_data(key: number, keySize: number, pointer: number, size: number, cas: number): number {
      const found = shared.get(scope.memory.text(key, keySize));
      if (found === undefined) return STATUS.notFound;
      scope.memory.give(found.value, pointer, size);
      scope.memory.setU32(cas, found.cas);
      return STATUS.ok;
    },
    proxy_set_shared_data(key: number, keySize: number, value: number, size: number, cas: number): number {
      try {
        const written = shared.set(scope.memory.text(key, keySize), scope.memory.copy(value, size), cas >>> 0);
        return written ? STATUS.ok : STATUS.casMismatch;
      } catch (thrown) {
        return tooMuch(thrown);
      }
    },
    proxy_register_shared_queue(name: number, size: number, token: number): number {
      const registered = scope.listen(scope.memory.text(name, size));
      if (registered === 0) return STATUS.internalFailure;
      scope.memory.setU32(token, registered);
      return STATUS.ok;
    },
    proxy_resolve_shared_queue(vmId: number, vmIdSize: number, name: number, size: number, token: number): number {
      const vm = scope.memory.text(vmId, vmIdSize);
      const resolved = queues.resolve(vm === "" ? settings.vmId : vm, scope.memory.text(name, size));
      if (resolved === undefined) return STATUS.notFound;
      scope.memory.setU32(token, resolved);
      return STATUS.ok;
    },
    proxy_enqueue_shared_queue: (token: number, value: number, size: number): number =>
      OF_ENQUEUE[queues.enqueue(token >>> 0, scope.memory.copy(value, size))],
    proxy_dequeue_shared_queue(token: number, pointer: number, size: number): number {
      const item = queues.dequeue(token >>> 0);
      if (typeof item === "string") return OF_DEQUEUE[item];
      scope.memory.give(item, pointer, size);
      return STATUS.ok;
    },
  };
}

/** A store that is full says so by a RangeError. */
function tooMuch(thrown: unknown): number {
  if (thrown instanceof RangeError) return STATUS.internalFailure;
  throw thrown;
}
