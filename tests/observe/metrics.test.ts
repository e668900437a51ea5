import { describe, expect, test } from "bun:test";
import { assert, double, array, property } from "fast-check";
import { gatewayMetrics } from "#src/observe/gateway-metrics.ts";
import { Metrics } from "#src/observe/metrics.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

describe("exposition", () => {
  test("counters, gauges and histograms as Prometheus writes them", () => {
    const metrics = new Metrics();
    const counter = metrics.counter("c_total", "A counter\nin two lines.", ["a", "b"]);
    counter.with("1", 'x"y\\z\n').add(2);
    counter.with("1", 'x"y\\z\n').add(0.5);
    metrics.gauge("g", "A gauge.", () => 7);
    const histogram = metrics.histogram("h_seconds", "A histogram.", ["a"], [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 3]) histogram.with("1").observe(value);
    expect(metrics.expose()).toBe(
      [
        "# HELP c_total A counter\\nin two lines.",
        "# TYPE c_total counter",
        String.raw`c_total{a="1",b="x\"y\\z\n"} 2.5`,
        "# HELP g A gauge.",
        "# TYPE g gauge",
        "g 7",
        "# HELP h_seconds A histogram.",
        "# TYPE h_seconds histogram",
        'h_seconds_bucket{a="1",le="0.1"} 2',
        'h_seconds_bucket{a="1",le="1"} 3',
        'h_seconds_bucket{a="1",le="+Inf"} 4',
        'h_seconds_sum{a="1"} 3.65',
        'h_seconds_count{a="1"} 4',
        "",
      ].join("\n"),
    );
  });

  test("a metric without labels has no braces", () => {
    const metrics = new Metrics();
    metrics.counter("c_total", "C.").with().add(1);
    metrics.histogram("h", "H.", [], [1]).with().observe(1);
    expect(metrics.expose()).toContain("\nc_total 1\n");
    expect(metrics.expose()).toContain('\nh_bucket{le="1"} 1\n');
    expect(metrics.expose()).toContain("\nh_sum 1\n");
  });

  test("two metrics of one name are refused", () => {
    const metrics = new Metrics();
    metrics.counter("c_total", "C.");
    expect(() => metrics.gauge("c_total", "C.", () => 0)).toThrow("c_total");
  });

  test("series beyond the bound are counted as other, none is lost", () => {
    const metrics = new Metrics();
    const counter = metrics.counter("c_total", "C.", ["a"]);
    for (let index = 0; index < 6000; index++) counter.with(String(index)).add(1);
    const lines = metrics
      .expose()
      .split("\n")
      .filter((line) => line.startsWith("c_total"));
    expect(lines).toHaveLength(5001);
    expect(lines.at(-1)).toBe('c_total{a="other"} 1000');
  });

  test("buckets never shrink and the last one counts every value", () => {
    assert(
      property(array(double({ noNaN: true, min: 0, max: 20 })), (values) => {
        const metrics = new Metrics();
        const histogram = metrics.histogram("h", "H.", [], [0.5, 1, 10]).with();
        for (const value of values) histogram.observe(value);
        const counts = [...metrics.expose().matchAll(/^h_bucket.* (\d+)$/gm)].map(([, count]) => Number(count));
        expect(counts).toEqual([0.5, 1, 10, Infinity].map((bound) => values.filter((value) => value <= bound).length));
      }),
    );
  });
});

describe("the gateway's own", () => {
  function setUp() {
    const clock = new FakeClock(1_000_000);
    const metrics = new Metrics();
    let active = 0;
    const own = gatewayMetrics(metrics, { clock, activeRequests: () => active, activeStreams: () => 3 });
    return { clock, metrics, own, set: (count: number) => (active = count) };
  }

  test("gauges are read when somebody looks", () => {
    const { metrics, set } = setUp();
    expect(metrics.expose()).toContain("\nhttp_server_active_requests 0\n");
    set(5);
    expect(metrics.expose()).toContain("\nhttp_server_active_requests 5\n");
    expect(metrics.expose()).toContain("\nsluice_active_streams 3\n");
    expect(metrics.expose()).toContain("\nprocess_start_time_seconds 1000\n");
  });

  test("a refused reload shows until one takes", () => {
    const { metrics, own, clock } = setUp();
    expect(metrics.expose()).toContain('sluice_config_reloads_total{result="failure"} 0');
    clock.advance(5000);
    own.reloaded(false);
    expect(metrics.expose()).toContain('sluice_config_reloads_total{result="failure"} 1');
    expect(metrics.expose()).toContain("sluice_config_last_reload_successful 0");
    expect(metrics.expose()).toContain("sluice_config_last_reload_success_timestamp_seconds 1000\n");
    own.reloaded(true);
    expect(metrics.expose()).toContain('sluice_config_reloads_total{result="success"} 1');
    expect(metrics.expose()).toContain("sluice_config_last_reload_successful 1");
    expect(metrics.expose()).toContain("sluice_config_last_reload_success_timestamp_seconds 1005\n");
  });

  test("cool-downs by credential and status", () => {
    const { metrics, own } = setUp();
    own.coolDown("openai#2", 429);
    own.coolDown("openai#2", undefined);
    expect(metrics.expose()).toContain('sluice_credential_cool_downs_total{credential="openai#2",status="429"} 1');
    expect(metrics.expose()).toContain('sluice_credential_cool_downs_total{credential="openai#2",status="none"} 1');
    own.mirrored("shadow", "503");
    expect(metrics.expose()).toContain('sluice_mirror_requests_total{upstream="shadow",outcome="503"} 1');
  });
});
