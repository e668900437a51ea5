import { afterAll, beforeEach, expect, test } from "bun:test";
import { gate } from "#tests/support/gate.ts";
import { openStage } from "#tests/support/stage.ts";
import { until } from "#tests/support/until.ts";
import { failing, text } from "#tests/support/upstream/script.ts";

const stage = await openStage();
const { upstream, gateway } = stage;
const messages = [{ role: "user", content: "Hi" }];

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

async function exposition(): Promise<string> {
  const response = await fetch(`${gateway.admin}/metrics`);
  expect(response.headers.get("content-type")).toStartWith("text/plain");
  return response.text();
}

test("/ready is open and says so", async () => {
  const response = await fetch(`${gateway.admin}/ready`);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("ready");
});

test("requests, tokens and times are counted under OpenTelemetry's names", async () => {
  upstream.reply(text("Hi", { usage: { input: 50, cached: 20, output: 8 } }));
  const streamed = await stage.post("/v1/chat/completions", { model: "claude/x", messages, stream: true });
  await streamed.text();
  await gateway.logOf(streamed);
  const metrics = await exposition();
  const names = [
    "gen_ai_client_token_usage",
    "gen_ai_server_request_duration_seconds",
    "gen_ai_server_time_to_first_token_seconds",
    "http_server_request_duration_seconds",
  ];
  expect(names.filter((name) => !metrics.includes(`\n${name}_count{`))).toEqual([]);
  const labels = ['gen_ai_token_type="input"', 'gen_ai_request_model="claude/x"', 'gen_ai_response_model="fake-large"'];
  expect(labels.filter((label) => !metrics.includes(label))).toEqual([]);
});

test("failures are counted", async () => {
  upstream.reply(failing(400));
  const response = await stage.post("/v1/chat/completions", { model: "openai/x", messages });
  await gateway.logOf(response);
  const counted = /^http_server_request_duration_seconds_count\{[^}]*="400"/m.test(await exposition());
  expect(counted).toBe(true);
});

test("every line has Prometheus' form, and each name its help and type before it", async () => {
  const lines = (await exposition()).trimEnd().split("\n");
  const typed = new Set<string>();
  for (const line of lines) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type?.[1] !== undefined) typed.add(type[1]);
    if (line.startsWith("#")) continue;
    const [, name = ""] =
      /^([a-zA-Z_:][\w:]*)(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (?:[-+]?[\d.e+-]+|NaN|[+-]Inf)$/.exec(
        line,
      ) ?? [];
    expect(name, line).not.toBe("");
    expect(typed.has(name) || typed.has(name.replace(/_(?:bucket|sum|count)$/, "")), line).toBe(true);
  }
});

test("streams under way are shown", async () => {
  const held = gate();
  upstream.reply(text("one two three", { hold: { afterFrames: 3, until: held.opened } }));
  const response = await stage.post("/v1/chat/completions", { model: "openai/x", messages, stream: true });
  const shown = async (count: number): Promise<boolean> =>
    new RegExp(`^sluice_active_streams ${count}$`, "m").test(await exposition());
  await until("one stream is shown", () => shown(1));
  held.open();
  await response.text();
  await until("none is shown", () => shown(0));
});
