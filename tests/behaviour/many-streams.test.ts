import { afterAll, expect, test } from "bun:test";
import { request } from "node:http";
import { gate } from "#tests/support/gate.ts";
import { openStage } from "#tests/support/stage.ts";
import { until } from "#tests/support/until.ts";
import { text } from "#tests/support/upstream/script.ts";

/** More than a fetch of Bun's has at once by default. */
const COUNT = 300;

const stage = await openStage();
const { upstream, gateway } = stage;

afterAll(() => stage.close());

test("300 streams are open at the same time and all finish", async () => {
  const held = gate();
  upstream.serve(text("one two three", { hold: { afterFrames: 3, until: held.opened } }));
  const answers = Array.from({ length: COUNT }, (_, index) => ask(index));
  await until("the upstream has them all", () => upstream.underWay === COUNT);
  held.open();
  const bodies = await Promise.all(answers);
  expect(bodies.filter((body) => /\[DONE\]|message_stop/.test(body))).toHaveLength(COUNT);
  await until("none is left", () => upstream.underWay === 0);
  expect(gateway.stderr.text).not.toMatch(/unhandled/i);
}, 30_000);

/** Bun's fetch takes 256 at once here as well, so the client is a plain HTTP agent. */
function ask(index: number): Promise<string> {
  const kind = index % 2 === 0 ? "openai" : "claude";
  const body = JSON.stringify({ model: `${kind}/x`, stream: true, messages: [{ role: "user", content: "Hi" }] });
  return new Promise((resolve, reject) => {
    const call = request(
      `${gateway.origin}/v1/chat/completions`,
      { method: "POST", agent: false, headers: { "content-type": "application/json" } },
      (response) => {
        let all = "";
        response.setEncoding("utf8");
        response.on("data", (piece: string) => (all += piece));
        response.on("end", () => resolve(all));
        response.on("error", reject);
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}
