import type { Clock } from "../core/clock.ts";
import { Fault } from "../core/fault.ts";
import type { Call, HookName, Hooks } from "../core/plugin.ts";
import type { Link } from "./chain.ts";

/** One plugin at one request: its hooks, and whether it is still asked. */
export class ActivePlugin {
  readonly link: Link;
  readonly hooks: Hooks;
  /** It wants none of the request's, or of the answer's, body. */
  passesRequest = false;
  passesResponse = false;
  readonly #clock: Clock;
  readonly #release: () => void;
  #failed = false;

  constructor(link: Link, clock: Clock, hooks: Hooks) {
    this.link = link;
    this.hooks = hooks;
    this.#clock = clock;
    this.#release = link.hold();
  }

  /** It has failed before, so that none of its hooks is called any more. */
  get failed(): boolean {
    return this.#failed;
  }

  /** What a hook says; nothing when it fails and the request may go on without it. Throws a Fault when it may not. */
  ask<R>(hook: HookName, call: (hooks: Hooks) => R | Promise<R>): R | undefined | Promise<R | undefined> {
    const begun = this.#clock.monotonic();
    try {
      const said = call(this.hooks);
      if (said instanceof Promise) return this.#wait(hook, said, begun);
      this.link.watch.ran(hook, this.#clock.monotonic() - begun);
      return said;
    } catch (thrown) {
      return this.fail(hook, thrown);
    }
  }

  /** Called once, when the request is over. */
  over(call: Call): void {
    if (this.hooks.done !== undefined && !this.#failed) {
      try {
        this.hooks.done(call);
      } catch (thrown) {
        this.link.watch.failed("done", thrown);
      }
    }
    this.#release();
  }

  /** Notes a failure, and throws when the request may not go on without this plugin. */
  fail(hook: HookName, thrown: unknown): undefined {
    const { name, watch, failStrategy } = this.link;
    this.#failed = true;
    watch.failed(hook, thrown);
    if (failStrategy === "FAIL_OPEN") return undefined;
    throw new Fault("plugin_failed", `The plugin '${name}' of this route failed.`, { cause: thrown });
  }

  async #wait<R>(hook: HookName, said: Promise<R>, begun: number): Promise<R | undefined> {
    try {
      const result = await this.#inTime(hook, said);
      this.link.watch.ran(hook, this.#clock.monotonic() - begun);
      return result;
    } catch (thrown) {
      return this.fail(hook, thrown);
    }
  }

  #inTime<R>(hook: HookName, said: Promise<R>): Promise<R> {
    const { timeout } = this.link;
    return new Promise((resolve, reject) => {
      const stop = this.#clock.after(timeout, () =>
        reject(new Error(`Its hook ${hook} took longer than ${timeout} ms.`)),
      );
      said.then(resolve, reject).finally(stop);
    });
  }
}
