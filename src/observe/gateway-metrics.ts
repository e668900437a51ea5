import type { Clock } from "../core/clock.ts";
import type { Metrics } from "./metrics.ts";

/** What the gateway's own metrics read when somebody looks. */
export interface GatewayGauges {
  readonly clock: Clock;
  /** Requests under way. */
  readonly activeRequests: () => number;
  /** Streamed answers under way. */
  readonly activeStreams: () => number;
}

/** What happens to the gateway itself rather than to a request. */
export interface GatewayMetrics {
  /** A configuration was loaded, or refused. */
  reloaded(ok: boolean): void;
  /** A credential was put to rest. */
  coolDown(credential: string, status: number | undefined): void;
  /** What became of a copy that a mirror was to get. */
  mirrored(service: string, outcome: string): void;
}

/** Registers the gateway's own metrics. */
export function gatewayMetrics(
  metrics: Metrics,
  { clock, activeRequests, activeStreams }: GatewayGauges,
): GatewayMetrics {
  const startedAt = clock.now() / 1000;
  let lastOk = 1;
  let lastSuccess = startedAt;
  metrics.gauge("process_start_time_seconds", "When the gateway started, in Unix time.", () => startedAt);
  metrics.gauge("http_server_active_requests", "Requests under way.", activeRequests);
  metrics.gauge("sluice_active_streams", "Streamed answers under way.", activeStreams);
  const reloads = metrics.counter("sluice_config_reloads_total", "Configurations loaded or refused since the start.", [
    "result",
  ]);
  metrics.gauge(
    "sluice_config_last_reload_successful",
    "1 when the last reload took, 0 when the one before still runs.",
    () => lastOk,
  );
  metrics.gauge(
    "sluice_config_last_reload_success_timestamp_seconds",
    "When the running configuration was loaded, in Unix time.",
    () => lastSuccess,
  );
  const coolDowns = metrics.counter(
    "sluice_credential_cool_downs_total",
    "Credentials put to rest, by the status that caused it.",
    ["credential", "status"],
  );
  const copies = metrics.counter(
    "sluice_mirror_requests_total",
    "Copies of requests by what became of them: the answer's status, failed, or dropped before they were sent.",
    ["upstream", "outcome"],
  );
  // Present from the start, so that a rate over the first failure is not missed.
  const results = { success: reloads.with("success"), failure: reloads.with("failure") };
  return {
    reloaded(ok) {
      results[ok ? "success" : "failure"].add(1);
      lastOk = ok ? 1 : 0;
      if (ok) lastSuccess = clock.now() / 1000;
    },
    mirrored: (service, outcome) => copies.with(service, outcome).add(1),
    coolDown: (credential, status) => coolDowns.with(credential, status === undefined ? "none" : String(status)).add(1),
  };
}
