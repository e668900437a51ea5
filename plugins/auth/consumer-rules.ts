import { z } from "zod";
import { type Call, type Hooks, LocalReply, type RuleOptions } from "#src/core/plugin.ts";
import { flag, name, text } from "#src/core/settings/scalars.ts";
import { list, makes } from "#src/core/settings/shapes.ts";

/**
 * What the plugins share that let consumers in, as Higress' do: the global configuration has the consumers and says whether everybody has
 * to be one (`global_auth`); a rule says which of them may pass where it holds (`allow`).
 */
export interface ConsumerRules {
  /** Left out: everybody has to, unless there are rules. */
  readonly global_auth?: boolean;
  /** There where a rule holds. */
  readonly allow?: readonly string[];
}

/** A rule's configuration. */
export interface AllowRule {
  readonly allow: readonly string[];
}

/** The field `global_auth`. */
export const globalAuth: z.ZodType<boolean> = flag(
  "Whether everybody has to authenticate, true, or only where a rule holds, false; left out: everybody, unless there are rules.",
);

/** The field `name` of a consumer. */
export const consumerName: z.ZodType<string> = name("The consumer's name, for limits, logs and metrics.");

/** The header that tells the upstream who asks. */
const CONSUMER_HEADER = "x-mse-consumer";

/** How a rule stands over a plugin's global configuration. */
export function allowRules<Options extends ConsumerRules>(): RuleOptions<Options, AllowRule> {
  return {
    schema: makes<AllowRule>()(
      z.strictObject({ allow: list(text("A consumer."), "Who may pass here; none: nobody.") }),
    ),
    merge(global, { allow }) {
      if (global === undefined) throw new Error("there are no consumers: they belong into the plugin's own 'config'");
      return { ...global, allow };
    },
  };
}

/** Whether a request has to show who sends it. */
export function isGuarded({ global_auth, allow }: ConsumerRules, hasRules: boolean): boolean {
  return allow !== undefined || (global_auth ?? !hasRules);
}

/** Who a request is from. */
export interface Identified {
  readonly name: string;
  /** Called when it may pass. */
  readonly admitted?: () => void;
}

/** Lets in whom `identify` knows; `forbidden` is for those whom a rule does not let in. */
export function consumerHooks(
  given: ConsumerRules,
  hasRules: boolean,
  forbidden: LocalReply,
  identify: (call: Call) => Promise<Identified | LocalReply>,
): Hooks {
  const guarded = isGuarded(given, hasRules);
  return {
    async requestHeaders(call) {
      if (!guarded) return passUnknown(call);
      if (passesKnown(call, given)) return undefined;
      const found = await identify(call);
      if (found instanceof LocalReply) return found;
      if (!admit(call, found.name, given)) return forbidden;
      found.admitted?.();
      return undefined;
    },
  };
}

/** Names the consumer that a request is from, if a rule lets it in. What the client says of itself is not believed. */
export function admit(call: Call, consumer: string, { allow }: ConsumerRules): boolean {
  if (allow?.includes(consumer) === false) return false;
  call.consumer = consumer;
  call.request.headers.set(CONSUMER_HEADER, consumer);
  return true;
}

/** Lets a request go on that need not be known here; the name that another plugin has found goes on, what the client says does not. */
export function passUnknown({ request: { headers }, consumer }: Call): void {
  if (headers.get(CONSUMER_HEADER) !== consumer) headers.delete(CONSUMER_HEADER);
}

/** Whether the configuration's own list, or another plugin, has found a consumer that a rule lets in here. */
export function passesKnown(call: Call, given: ConsumerRules): boolean {
  return call.consumer !== undefined && given.allow !== undefined && admit(call, call.consumer, given);
}

/** Refuses in Higress' words: `CHECK` is the plugin's title in them. */
export function denial(plugin: string, check: string, challenge: string) {
  return (status: 401 | 403, reason: string, why: string): LocalReply =>
    LocalReply.refuse(status, `Request denied by ${check} check. ${why}`, {
      headers: [["www-authenticate", `${challenge} realm=MSE Gateway`]],
      reason: `${plugin}.${reason}`,
    });
}
