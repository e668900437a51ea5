import { parseDuration } from "#src/core/settings/quantities.ts";
import type { Finding, Written } from "../translator.ts";
import { mapping } from "../../check-values.ts";
import { mappingAt, numberAt, textAt } from "./fields.ts";

/** What is tried again where a rule does not say: what the gateway does by itself. */
const USUAL = { attempts: 2, on: ["connect-failure", "reset"] };

/** `timeout` and `retry` of a rule. */
export interface RuleTiming {
  readonly settings: Written;
  readonly findings: readonly Finding[];
}

/** Reads `timeouts` and `retry`. */
export function ruleTiming(rule: unknown, base: string): RuleTiming {
  const findings: Finding[] = [];
  const read = (value: unknown, field: string): number | undefined => {
    if (value === undefined) return undefined;
    const milliseconds = parseDuration(value);
    if (milliseconds === undefined) {
      findings.push({ field: `${base}.${field}`, message: "is not a duration, and does nothing", severity: "error" });
    }
    // Zero stands for no limit.
    return milliseconds === 0 ? undefined : milliseconds;
  };
  const timeouts = mappingAt(rule, "timeouts");
  const request = read(textAt(timeouts, "request"), "timeouts.request");
  const backend = read(textAt(timeouts, "backendRequest"), "timeouts.backendRequest");
  const retry = retryOf(mappingAt(rule, "retry"), backend);
  if (mappingAt(rule, "retry")?.["backoff"] !== undefined) {
    const message = "does nothing: the gateway waits in its own way";
    findings.push({ field: `${base}.retry.backoff`, message, severity: "warning" });
  }
  return {
    settings: { ...(request === undefined ? {} : { timeout: request }), ...(retry === undefined ? {} : { retry }) },
    findings,
  };
}

function retryOf(written: unknown, backend: number | undefined): Written | undefined {
  if (written === undefined && backend === undefined) return undefined;
  const tries = written === undefined ? USUAL : configured(written);
  return { ...tries, ...(backend === undefined ? {} : { perTryTimeout: backend }) };
}

function configured(written: unknown): Written {
  const codes = mapping(written)["codes"];
  const statuses = Array.isArray(codes) ? codes.filter((code) => typeof code === "number") : [];
  return { attempts: numberAt(written, "attempts") ?? 1, on: [...USUAL.on, "timeout", ...statuses] };
}
