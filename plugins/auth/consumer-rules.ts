import { z } from "zod";
import { type Call, LocalReply, type RuleOptions } from "#src/core/plugin.ts";
import { flag, name, text } from "#src/core/settings/scalars.ts";
import { makes, someOf } from "#src/core/settings/shapes.ts";

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
    schema: makes<AllowRule>()(z.strictObject({ allow: someOf(text("A consumer."), "Who may pass here.") })),
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

/**
 * Names the consumer that a request is from; a refusal when a rule does not let it in. What the client says of itself is not believed.
 */
export function admit(
  call: Call,
  consumer: string,
  { allow }: ConsumerRules,
  refuse: () => LocalReply,
): LocalReply | undefined {
  if (allow !== undefined && !allow.includes(consumer)) return refuse();
  call.consumer = consumer;
  call.request.headers.set(CONSUMER_HEADER, consumer);
  return undefined;
}

/** Lets a request go on that need not be known here; the name that another plugin has found goes on, what the client says does not. */
export function passUnknown({ request: { headers }, consumer }: Call): void {
  if (headers.get(CONSUMER_HEADER) !== consumer) headers.delete(CONSUMER_HEADER);
}

/** A consumer that the configuration's own list has found, where that may pass. */
export function knownBefore({ consumer }: Call, { allow }: ConsumerRules): string | undefined {
  return consumer !== undefined && allow?.includes(consumer) === true ? consumer : undefined;
}

/** Refuses in Higress' words: `CHECK` is the plugin's title in them. */
export function denial(plugin: string, check: string, challenge: string) {
  return (status: 401 | 403, reason: string, why: string): LocalReply =>
    LocalReply.refuse(status, `Request denied by ${check} check. ${why}`, {
      headers: [["www-authenticate", `${challenge} realm=MSE Gateway`]],
      reason: `${plugin}.${reason}`,
    });
}
