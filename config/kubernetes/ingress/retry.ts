import type { Written } from "../translator.ts";
import type { IngressScope } from "./scope.ts";

/** Further tries when nothing says how many, as in Higress. */
const TRIES = 3;

/** What ingress-nginx calls a failed try. All three are Envoy's `5xx` in Higress, which holds broken connections and tries out of time as well. */
const FAILURES: ReadonlySet<string> = new Set(["error", "timeout", "invalid_header"]);

/** `timeout`: seconds for the whole exchange. */
export function timeoutOf({ annotations }: IngressScope): Written {
  const seconds = annotations.integer("timeout", 0, 2_000_000);
  return seconds === undefined || seconds === 0 ? {} : { timeout: `${seconds}s` };
}

/** `proxy-next-upstream`, `proxy-next-upstream-tries`, `proxy-next-upstream-timeout`. */
export function retryOf({ annotations }: IngressScope): Written {
  const names = ["proxy-next-upstream", "proxy-next-upstream-tries", "proxy-next-upstream-timeout"] as const;
  if (!names.some((name) => annotations.has(name))) return {};
  const attempts = annotations.integer("proxy-next-upstream-tries", 0, 100) ?? TRIES;
  const seconds = annotations.integer("proxy-next-upstream-timeout", 0, 2_000_000) ?? 0;
  const words = (annotations.text("proxy-next-upstream") ?? "").split(/[\s,]+/).filter((word) => word !== "");
  if (words.includes("off") || attempts === 0) return { retry: { attempts: 0 } };
  return {
    retry: {
      attempts,
      on: conditions(words, (word) => annotations.error("proxy-next-upstream", `${word} is not known here`)),
      ...(seconds === 0 ? {} : { perTryTimeout: `${seconds}s` }),
      ...(words.includes("non_idempotent") ? { nonIdempotent: true } : {}),
    },
  };
}

function conditions(words: readonly string[], unknown: (word: string) => void): readonly (string | number)[] {
  const on = new Set<string | number>();
  for (const word of words) {
    const [, status] = /^http_([1-5]\d\d)$/.exec(word) ?? [];
    if (FAILURES.has(word)) on.add("5xx");
    else if (status !== undefined) on.add(Number(status));
    else if (word !== "non_idempotent") unknown(word);
  }
  return on.size === 0 ? ["5xx"] : [...on];
}
