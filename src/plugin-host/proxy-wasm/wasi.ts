import type { PluginLogLevel } from "../../core/plugin-host.ts";
import { GuestExit } from "./guest.ts";
import { utf8Bytes } from "./guest-memory.ts";
import { logLine } from "./host-functions/logging.ts";
import type { HostFunctions, VmScope } from "./scope.ts";

/** WASI preview 1's error numbers. */
const ERRNO = { success: 0, badf: 8, inval: 28, noent: 44, nosys: 52, notsup: 58 } as const;

const STREAMS: Readonly<Record<number, PluginLogLevel>> = { 1: "info", 2: "error" };
const CLOCK = { realtime: 0, monotonic: 1 } as const;
const EVENT_SIZE = 32;
const SUBSCRIPTION_SIZE = 48;
const CHARACTER_DEVICE = 2;
const MAX_PIECES = 1024;
const MAX_LINE = 16 * 1024;
/** The most that WebCrypto gives at once. */
const RANDOM_PIECE = 65_536;

/** As much of WASI preview 1 as languages' runtimes need to start: there are no files, and nobody to sleep for. */
export function wasiFunctions(scope: VmScope): HostFunctions {
  const { host, settings } = scope;
  const variables = Object.entries(settings.environment).map(([name, value]) => utf8Bytes(`${name}=${value}\0`));

  function nanoseconds(clock: number): bigint | undefined {
    if (clock === CLOCK.realtime) return BigInt(Math.round(host.clock.now())) * 1_000_000n;
    // Go's runtime takes 0 for a clock that is broken.
    return clock === CLOCK.monotonic ? BigInt(Math.round(host.clock.monotonic() * 1e6) + 1) : undefined;
  }

  return {
    fd_write(descriptor: number, pieces: number, count: number, written: number): number {
      const level = STREAMS[descriptor];
      if (level === undefined) return ERRNO.badf;
      const { memory } = scope;
      if (count >>> 0 > MAX_PIECES) return ERRNO.inval;
      let text = "";
      let size = 0;
      for (let at = pieces; at < pieces + count * 8; at += 8) {
        const length = memory.u32(at + 4);
        if (text.length < MAX_LINE) text += memory.text(memory.u32(at), Math.min(length, MAX_LINE));
        size += length;
      }
      const line = text.replace(/\n$/, "");
      if (line !== "") logLine(scope, level, line);
      memory.setU32(written, size);
      return ERRNO.success;
    },
    fd_fdstat_get(descriptor: number, stat: number): number {
      if (descriptor < 0 || descriptor > 2) return ERRNO.badf;
      const bytes = new Uint8Array(24);
      bytes[0] = CHARACTER_DEVICE;
      scope.memory.write(stat, bytes);
      return ERRNO.success;
    },
    args_sizes_get(count: number, size: number): number {
      scope.memory.setU32(count, 0);
      scope.memory.setU32(size, 0);
      return ERRNO.success;
    },
    args_get: (): number => ERRNO.success,
    environ_sizes_get(count: number, size: number): number {
      scope.memory.setU32(count, variables.length);
      scope.memory.setU32(
        size,
        variables.reduce((sum, { length }) => sum + length, 0),
      );
      return ERRNO.success;
    },
    environ_get(list: number, buffer: number): number {
      let at = buffer;
      for (const [index, variable] of variables.entries()) {
        scope.memory.setU32(list + index * 4, at);
        scope.memory.write(at, variable);
        at += variable.length;
      }
      return ERRNO.success;
    },
    clock_time_get(clock: number, _precision: bigint, time: number): number {
      const now = nanoseconds(clock);
      if (now === undefined) return ERRNO.notsup;
      scope.memory.setU64(time, now);
      return ERRNO.success;
    },
    clock_res_get(clock: number, resolution: number): number {
      if (nanoseconds(clock) === undefined) return ERRNO.notsup;
      scope.memory.setU64(resolution, 1_000_000n);
      return ERRNO.success;
    },
    random_get(pointer: number, size: number): number {
      const room = scope.memory.bytes(pointer, size);
      for (let at = 0; at < room.length; at += RANDOM_PIECE) {
        crypto.getRandomValues(room.subarray(at, at + RANDOM_PIECE));
      }
      return ERRNO.success;
    },
    poll_oneoff(subscriptions: number, events: number, count: number, happened: number): number {
      // Nobody can sleep here: every event is said to have happened.
      if (count >>> 0 > MAX_PIECES) return ERRNO.inval;
      for (let index = 0; index < count; index++) {
        const event = new Uint8Array(EVENT_SIZE);
        event.set(scope.memory.bytes(subscriptions + index * SUBSCRIPTION_SIZE, 8));
        scope.memory.write(events + index * EVENT_SIZE, event);
      }
      scope.memory.setU32(happened, count);
      return ERRNO.success;
    },
    proc_exit(code: number): void {
      throw new GuestExit(code);
    },
    sched_yield: (): number => ERRNO.success,
    path_open: (): number => ERRNO.noent,
    path_filestat_get: (): number => ERRNO.noent,
    ...answering(ERRNO.badf, ["fd_close", "fd_seek", "fd_prestat_get", "fd_prestat_dir_name", "fd_filestat_get"]),
    ...answering(ERRNO.nosys, ["fd_read", "fd_fdstat_set_flags"]),
  };
}

/** What WASI functions that are not there answer. */
export const WASI_UNKNOWN: number = ERRNO.nosys;

function answering(errno: number, names: readonly string[]): HostFunctions {
  return Object.fromEntries(names.map((name) => [name, (): number => errno]));
}
