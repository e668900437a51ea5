import type { PluginHost } from "../../core/plugin-host.ts";
import { Restarts } from "./restarts.ts";
import { Vm, type VmParts } from "./vm.ts";

/** One configuration's VM, which is replaced when its guest ends or wants to be. */
export class GuestSupply {
  readonly #parts: VmParts;
  readonly #host: PluginHost;
  readonly #restarts: Restarts;
  /** VMs that only finish what they have begun. */
  readonly #leaving = new Set<Vm>();
  #current: Vm | undefined;
  #closed = false;

  constructor(parts: Omit<VmParts, "ended" | "retired" | "idle">) {
    this.#host = parts.host;
    this.#restarts = new Restarts(parts.host.clock);
    this.#parts = {
      ...parts,
      ended: (vm, error) => this.#ended(vm, error),
      retired: (vm) => this.#retired(vm),
      idle: (vm) => this.#left(vm),
    };
  }

  /** The VM for a new request. Throws an Error when it cannot be started, or has ended too often for now. */
  current(): Vm {
    return this.#current ?? this.#started();
  }

  close(): void {
    this.#closed = true;
    for (const vm of [...this.#leaving, ...(this.#current === undefined ? [] : [this.#current])]) vm.stop();
    this.#leaving.clear();
    this.#current = undefined;
  }

  #started(): Vm {
    if (this.#closed) throw new Error("The plugin was stopped.");
    const { rest } = this.#restarts;
    if (rest > 0) {
      throw new Error(`The plugin's VM has ended repeatedly, and is started again in ${Math.ceil(rest)} ms.`);
    }
    const vm = new Vm(this.#parts);
    try {
      vm.start();
    } catch (thrown) {
      this.#restarts.failed();
      throw thrown;
    }
    this.#current = vm;
    return vm;
  }

  #ended(vm: Vm, error: Error): void {
    this.#host.log("error", error.message);
    this.#leaving.delete(vm);
    if (vm !== this.#current) return;
    this.#current = undefined;
    this.#restarts.failed();
  }

  #retired(vm: Vm): void {
    if (vm !== this.#current) return;
    this.#current = undefined;
    this.#leaving.add(vm);
    // It is in the middle of a callback for one of its streams, or, without any, of the root's.
    if (vm.contexts.size === 0) queueMicrotask(() => this.#left(vm));
  }

  #left(vm: Vm): void {
    if (this.#leaving.delete(vm)) vm.stop();
  }
}
