import { z } from "zod";
import { duration, flag, integer, regex, text } from "#src/core/settings/scalars.ts";
import { list, makes } from "#src/core/settings/shapes.ts";

/** When a credential is set aside, and for how long. */
export interface FailoverConfig {
  readonly enabled: boolean;
  /** Milliseconds a failed credential rests when the provider does not say how long; left out: by the status. */
  readonly cooldown?: number;
  /** Higress' regular expressions, found anywhere in the status code; left out: the provider's own verdict decides. */
  readonly failoverOnStatus?: readonly string[];
  /** Failures in a row after which a credential rests. */
  readonly failureThreshold: number;
  /** The model a resting credential is tried with; left out: its rest ends with time alone. */
  readonly healthCheckModel?: string;
  /** Milliseconds between two tries. */
  readonly healthCheckInterval: number;
  /** Milliseconds for one try. */
  readonly healthCheckTimeout: number;
  /** Good tries in a row that end the rest. */
  readonly successThreshold: number;
}

/** Higress' retries with the next credential of the same provider. */
export interface RetryConfig {
  readonly enabled: boolean;
  readonly maxRetries: number;
  /** Milliseconds for one try. */
  readonly retryTimeout: number;
  readonly retryOnStatus: readonly string[];
}

const anyStatus = ["4.*", "5.*"];
const statusList = list(
  regex("A regular expression, found anywhere in the status code."),
  "Status codes, as regular expressions.",
);

/** `failover` of a provider. */
export const failover: z.ZodType<FailoverConfig> = z
  .strictObject({
    enabled: flag("Whether a credential that fails rests while others are used.").prefault(true),
    cooldown: duration("How long a failed credential rests when the provider does not say.").exactOptional(),
    cooldownDuration: duration("Higress' name of cooldown.").exactOptional(),
    failoverOnStatus: statusList.exactOptional(),
    failureThreshold: integer("Failures in a row after which a credential rests.", 1, 1000).prefault(1),
    healthCheckModel: text(
      "The model a resting credential is tried with; none: its rest ends with time.",
    ).exactOptional(),
    healthCheckInterval: duration("The time between two tries of a resting credential.", 100).prefault(5000),
    healthCheckTimeout: duration("The longest time one such try may take.", 1).prefault(5000),
    successThreshold: integer("Good tries in a row that end a credential's rest.", 1, 1000).prefault(1),
  })
  .transform((written, context): FailoverConfig => {
    const { cooldown, cooldownDuration, ...others } = written;
    if (cooldown !== undefined && cooldownDuration !== undefined) {
      context.issues.push({ code: "custom", message: "cooldown and cooldownDuration are the same", input: written });
    }
    const rest = cooldown ?? cooldownDuration;
    return { ...others, ...(rest === undefined ? {} : { cooldown: rest }) };
  })
  .describe("Sets credentials aside that fail.");

/** `retryOnFailure` of a provider. */
export const retryOnFailure: z.ZodType<RetryConfig> = makes<RetryConfig>()(
  z
    .strictObject({
      enabled: flag("Whether to try again.").prefault(false),
      maxRetries: integer("How many more tries.", 0, 100).prefault(1),
      retryTimeout: duration("The longest time one try may take.", 1).prefault(60_000),
      retryOnStatus: statusList.prefault(anyStatus),
    })
    .describe("Tries again with the provider's next credential."),
);
