import type { Metrics } from "./metrics.ts";

/** A certificate that is looked after, as far as metrics tell of it. */
export interface WatchedCertificate {
  readonly name: string;
  /** In ISO 8601; left out: there is none. */
  readonly notAfter?: string;
  /** In a row, since the last one that was got. */
  readonly failures?: number;
}

/** Registers the metrics of certificates got by ACME; the answered function counts tries. */
export function certificateMetrics(
  metrics: Metrics,
  watched: () => readonly WatchedCertificate[],
): (outcome: "success" | "failure") => void {
  metrics.gauges(
    "sluice_certificate_not_after_timestamp_seconds",
    "When a certificate got by ACME ends, in Unix time; 0 while there is none.",
    ["name"],
    () => watched().map(({ name, notAfter }) => [[name], notAfter === undefined ? 0 : Date.parse(notAfter) / 1000]),
  );
  metrics.gauges("sluice_certificate_failures", "Tries in a row that got no certificate.", ["name"], () =>
    watched().map(({ name, failures = 0 }) => [[name], failures]),
  );
  const tries = metrics.counter("sluice_certificate_issues_total", "Tries to get a certificate by ACME.", ["result"]);
  return (outcome) => tries.with(outcome).add(1);
}
