import { statusTest } from "../status-test.ts";
import type { RetryOptions } from "./http-options.ts";

/** Why a try failed without an answer. */
export type FailureKind = "connect-failure" | "reset" | "timeout";

/** What is decided about a failed try. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly perTryTimeout: number | undefined;
  afterFailure(kind: FailureKind, method: string): boolean;
  afterStatus(status: number, method: string): boolean;
  /** Milliseconds to wait before the try of that number (from 1): 25, doubled each time up to 250, of which a random half is left out. */
  delay(tries: number, random: () => number): number;
}

/** RFC 9110, 9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

const GATEWAY_ERRORS: ReadonlySet<number> = new Set([502, 503, 504]);

export function compileRetry(options: RetryOptions): RetryPolicy {
  const on: ReadonlySet<string> = new Set(options.on);
  const listed = statusTest(on);
  const anyFailure = on.has("5xx") || on.has("gateway-error");
  const repeatable = (method: string): boolean => options.nonIdempotent === true || IDEMPOTENT.has(method);
  return {
    attempts: options.attempts,
    perTryTimeout: options.perTryTimeout,
    // A request that reached nobody can be sent again whatever it asks for.
    afterFailure: (kind, method) => (anyFailure || on.has(kind)) && (kind === "connect-failure" || repeatable(method)),
    afterStatus: (status, method) =>
      repeatable(method) && (listed(status) || (GATEWAY_ERRORS.has(status) && on.has("gateway-error"))),
    delay: (tries, random) => Math.min(250, 25 * 2 ** (tries - 1)) * (1 - random() / 2),
  };
}
