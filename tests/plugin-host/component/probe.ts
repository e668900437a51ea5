import type { Filter, Hooks } from "#src/core/plugin.ts";
import { CalloutError, RedisError } from "#src/core/plugin-host.ts";
import type { ComponentLimits, ComponentPlugin } from "#src/plugin-host/component/component-plugin.ts";
import { createComponentPlugin } from "#src/plugin-host/component/plugin.ts";
import { fakeCall, type FakeCall, type FakeCallOptions } from "#tests/support/fake-call.ts";
import { type FakePluginHost, fakePluginHost } from "#tests/support/fake-plugin-host.ts";

/** What the world around a probe is. */
export interface Surroundings {
  /** What a call-out is answered with, or why it is not. */
  readonly callout?: { readonly status: number; readonly body: Uint8Array<ArrayBuffer> } | "timeout" | "denied";
  /** What a Redis answers; an error's message. */
  readonly redis?: Uint8Array | number | null | { readonly error: string };
  readonly secret?: string;
}

/** A host with everything in it; what is around it can change. */
export function hostOf(around: Surroundings | (() => Surroundings) = {}): FakePluginHost {
  const now = typeof around === "function" ? around : (): Surroundings => around;
  const host = fakePluginHost({
    answer() {
      const { callout = "timeout" } = now();
      if (typeof callout === "string") throw new CalloutError(callout, "No.");
      return { ...callout, headers: [["x-answered", "ö"]] };
    },
    redis: {
      async command() {
        const { redis = null } = now();
        if (typeof redis === "object" && redis !== null && "error" in redis) throw new RedisError(redis.error);
        return redis;
      },
    },
  });
  return { ...host, secret: (name) => (name === "token" ? now().secret : undefined) };
}

/** What a guest of a test may use. */
const LIMITS: ComponentLimits = { memoryPages: 256, fuel: 5_000_000, instances: 4 };

/** A component, called directly or through jco's glue. */
export function compiled(
  component: Uint8Array,
  glue = false,
  limits: Partial<ComponentLimits> = {},
): Promise<ComponentPlugin> {
  return createComponentPlugin(component, { glue, limits: { ...LIMITS, ...limits } });
}

/** The hooks of one request. */
export function hooksOf(
  filter: Filter,
  options: FakeCallOptions = {},
): { readonly hooks: Hooks; readonly call: FakeCall } {
  const call = fakeCall(options);
  return { hooks: "open" in filter ? filter.open(call) : filter, call };
}
