import type { MetricKind, PluginMetric } from "../core/plugin-host.ts";
import type { Counter, Histogram, Levels, Metrics } from "./metrics.ts";

/** Hooks run in microseconds, call-outs in milliseconds; seconds, as everywhere. */
const HOOK_BOUNDS = [0.000_01, 0.000_1, 0.001, 0.01, 0.1, 1, 10];
const CALLOUT_BOUNDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];

/** The most metrics that one plugin may have. */
const MAX_METRICS = 1000;

/** What is counted of plugins, and what they count themselves. */
export class PluginMetricFamilies {
  readonly #hooks: Histogram;
  readonly #failures: Counter;
  readonly #callouts: Histogram;
  readonly #own: { readonly counter: Counter; readonly gauge: Levels; readonly histogram: Histogram };
  readonly #made = new Map<string, Map<string, Own>>();

  constructor(metrics: Metrics) {
    this.#hooks = metrics.histogram(
      "sluice_plugin_hook_duration_seconds",
      "How long plugins' hooks took, waiting included.",
      ["plugin", "hook"],
      HOOK_BOUNDS,
    );
    this.#failures = metrics.counter("sluice_plugin_failures_total", "Hooks that failed.", ["plugin", "hook"]);
    this.#callouts = metrics.histogram(
      "sluice_plugin_callout_duration_seconds",
      "How long plugins' call-outs took, by what came of them.",
      ["plugin", "result"],
      CALLOUT_BOUNDS,
    );
    this.#own = {
      counter: metrics.counter("sluice_plugin_counter_total", "What plugins count.", ["plugin", "name"]),
      gauge: metrics.levels("sluice_plugin_gauge", "What plugins measure.", ["plugin", "name"]),
      histogram: metrics.histogram(
        "sluice_plugin_histogram",
        "How what plugins measure is spread.",
        ["plugin", "name"],
        [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 50, 100, 500, 1000, 5000, 10_000],
      ),
    };
  }

  hook(plugin: string, hook: string): (duration: number) => void {
    const series = this.#hooks.with(plugin, hook);
    return (duration) => series.observe(duration / 1000);
  }

  failed(plugin: string, hook: string): void {
    this.#failures.with(plugin, hook).add(1);
  }

  calledOut(plugin: string, result: string, duration: number): void {
    this.#callouts.with(plugin, result).observe(duration / 1000);
  }

  metric(plugin: string, kind: MetricKind, name: string): PluginMetric {
    const own = this.#made.get(plugin) ?? new Map<string, Own>();
    this.#made.set(plugin, own);
    const known = own.get(name);
    if (known !== undefined) {
      if (known.kind !== kind) throw new Error(`The metric '${name}' is a ${known.kind} already.`);
      return known;
    }
    if (own.size >= MAX_METRICS) throw new Error(`The plugin has ${MAX_METRICS} metrics already.`);
    const series = this.#own[kind].with(plugin, name);
    const made = new Own(kind, (value, by) => {
      if ("observe" in series) series.observe(by);
      else if ("set" in series) series.set(value);
      else series.add(by);
    });
    own.set(name, made);
    return made;
  }
}

class Own implements PluginMetric {
  readonly kind: MetricKind;
  value = 0;
  readonly #write: (value: number, by: number) => void;

  constructor(kind: MetricKind, write: (value: number, by: number) => void) {
    this.kind = kind;
    this.#write = write;
  }

  add(by: number): void {
    if (this.kind === "histogram") return this.record(by);
    this.value += by;
    this.#write(this.value, by);
  }

  record(value: number): void {
    if (this.kind === "counter") return this.add(value);
    this.value = this.kind === "histogram" ? this.value + 1 : value;
    this.#write(this.value, value);
  }
}
