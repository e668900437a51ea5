import type { Counter, Histogram, LevelSeries, Metrics } from "./metrics.ts";

/** Clients answer in milliseconds when they are near and have little to do, in seconds when they have much. */
const BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/** What is counted of the xDS server. */
export class XdsMetricFamilies {
  readonly #streams: LevelSeries;
  readonly #pushes: Counter;
  readonly #resources: Counter;
  readonly #bytes: Counter;
  readonly #time: Histogram;
  readonly #nacks: Counter;

  constructor(metrics: Metrics) {
    this.#streams = metrics.levels("sluice_xds_streams", "xDS streams that are open.", []).with();
    this.#pushes = metrics.counter("sluice_xds_pushes_total", "Answers sent to xDS clients.", ["type", "protocol"]);
    this.#resources = metrics.counter("sluice_xds_push_resources_total", "Resources in those answers.", ["type"]);
    this.#bytes = metrics.counter("sluice_xds_push_bytes_total", "Bytes of those answers.", ["type"]);
    this.#time = metrics.histogram(
      "sluice_xds_push_duration_seconds",
      "How long it took from sending an answer to the client's word on it.",
      ["type"],
      BOUNDS,
    );
    this.#nacks = metrics.counter("sluice_xds_nacks_total", "Answers that clients refused.", ["type"]);
  }

  streams(open: number): void {
    this.#streams.set(open);
  }

  pushed(type: string, protocol: string, resources: number, bytes: number): void {
    this.#pushes.with(type, protocol).add(1);
    this.#resources.with(type).add(resources);
    this.#bytes.with(type).add(bytes);
  }

  settled(type: string, taken: boolean, duration: number): void {
    this.#time.with(type).observe(duration / 1000);
    if (!taken) this.#nacks.with(type).add(1);
  }
}
