import process from "node:process";
import type { Clock } from "../core/clock.ts";
import type { McpActive, McpSessionEnd } from "../core/mcp/host.ts";
import type { Log } from "../core/log.ts";
import type { Observer } from "../core/observer.ts";
import { AccessLog } from "../observe/access-log.ts";
import { certificateMetrics, type WatchedCertificate } from "../observe/certificate-metrics.ts";
import { CostObserver } from "../observe/cost.ts";
import { gatewayMetrics } from "../observe/gateway-metrics.ts";
import { RequestMetrics } from "../observe/genai.ts";
import { LineWriter } from "../observe/line-writer.ts";
import { createLog } from "../observe/log.ts";
import { McpMetrics } from "../observe/mcp.ts";
import { ObserverBatch } from "../observe/observer-batch.ts";
import { Metrics } from "../observe/metrics.ts";
import { PluginMetricFamilies } from "../observe/plugin-metrics.ts";
import type { Prices } from "../observe/prices.ts";
import { XdsMetricFamilies } from "../observe/xds-metrics.ts";
import type { ActiveRequests } from "../traffic/active.ts";
import type { CoolDown, Recovery } from "../traffic/credential-pool.ts";
import type { MirroredCopy } from "../traffic/http/upstream-fetch.ts";

/** What an operator sees: the access log on stdout, the gateway's own log on stderr, metrics. */
export interface Observation {
  readonly log: Log;
  readonly observers: readonly Observer[];
  /** What plugins cost and count. */
  readonly plugins: PluginMetricFamilies;
  /** What the xDS server counts. */
  readonly xds: XdsMetricFamilies;
  /** The Prometheus text exposition. */
  readonly metrics: () => string;
  readonly reloaded: (ok: boolean) => void;
  readonly coolDown: (coolDown: CoolDown) => void;
  readonly recovery: (recovery: Recovery) => void;
  readonly mirrored: (copy: MirroredCopy) => void;
  readonly mcpSessionEnd: (end: McpSessionEnd) => void;
  readonly certificateIssues: (outcome: "success" | "failure") => void;
  /** Resolves when everything is written. */
  flush(): Promise<void>;
}

/**
 * Observation of one process. `running` is asked for only when somebody looks; `providerName` is the
 * conventions' name of a configured provider.
 */
export function createObservation(
  clock: Clock,
  running: () => { readonly active: ActiveRequests; readonly activeMcp: McpActive },
  providerName: (id: string) => string,
  prices: Prices,
  certificates: () => readonly WatchedCertificate[],
): Observation {
  // The records have waited for each other already.
  const access = new LineWriter({ clock, delay: 0, sink: (text, done) => void process.stdout.write(text, done) });
  const own = new LineWriter({ clock, sink: (text, done) => void process.stderr.write(text, done) });
  const log = createLog(own, clock, process.stderr.isTTY ? "text" : "json");
  const metrics = new Metrics();
  const gauges = gatewayMetrics(metrics, {
    clock,
    activeRequests: () => running().active.count,
    activeStreams: () => running().active.streams,
  });
  const mcp = new McpMetrics(metrics, () => running().activeMcp);
  const plugins = new PluginMetricFamilies(metrics);
  const certificateIssues = certificateMetrics(metrics, certificates);
  const requests = new ObserverBatch(
    [new CostObserver(prices, providerName), new AccessLog(access), new RequestMetrics(metrics, { providerName }), mcp],
    clock,
  );
  return {
    log,
    observers: [requests],
    plugins,
    xds: new XdsMetricFamilies(metrics),
    metrics() {
      requests.flush();
      return metrics.expose();
    },
    reloaded: (ok) => gauges.reloaded(ok),
    coolDown({ credential, provider, seconds, status }) {
      gauges.coolDown(credential, status);
      log.warn("A credential rests after a failure.", { provider, credential, seconds, status });
    },
    recovery({ credential, provider }) {
      log.info("A credential is well again.", { provider, credential });
    },
    mirrored: ({ service, outcome }) => gauges.mirrored(service, String(outcome)),
    mcpSessionEnd: (end) => mcp.sessionEnded(end),
    certificateIssues,
    async flush() {
      requests.flush();
      await Promise.all([access.flush(), own.flush()]);
    },
  };
}
