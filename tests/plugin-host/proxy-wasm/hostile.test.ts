import { describe, expect, test } from "bun:test";
import { pluginStage, type PluginStage } from "#tests/support/plugin-stage.ts";
import { buildAssemblyScript } from "#tests/support/proxy-wasm/assemblyscript.ts";
import { wasmPlugin } from "#tests/support/proxy-wasm/wasm-plugin.ts";

const bytes = await Bun.file(await buildAssemblyScript("probe")).bytes();

/** A gateway with a probe that does this. */
async function stage(script: string, failStrategy: "FAIL_OPEN" | "FAIL_CLOSE"): Promise<PluginStage> {
  const plugin = await wasmPlugin("probe", bytes, { limits: { fuel: 500_000, memoryPages: 64 } });
  return pluginStage({
    extra: [plugin],
    plugins: [{ name: "probe", failStrategy, config: { script } }],
    backend: async (request) => new Response(`got ${await request.text()}`),
  });
}

const CALLBACKS = ["request_headers", "request_body", "response_headers", "response_body_end"];
const DEEDS = ["trap", "loop", "recurse 0", "flood", "exit 1"];
const CASES = CALLBACKS.flatMap((callback) => DEEDS.map((deed) => [callback, deed] as const));

describe.each(CASES)("a guest whose %s ends in '%s'", (callback, deed) => {
  test("is left out with FAIL_OPEN, and nothing of the request is lost", async () => {
    await using web = await stage(`@response_body\nreturn 1\n@${callback}\n${deed}`, "FAIL_OPEN");
    const answer = await web.fetch("/x", { method: "POST", body: "a body" });
    expect([answer.status, await answer.text()]).toEqual([200, "got a body"]);
    expect(JSON.stringify(web.logs)).toContain("The plugin's VM has ended in");
  });

  test("fails the request with FAIL_CLOSE, and the next finds a new VM", async () => {
    await using web = await stage(`@${callback}\n${deed}`, "FAIL_CLOSE");
    const ask = (): Promise<string> =>
      web.fetch("/x", { method: "POST", body: "a body" }).then(
        async (response) => {
          await response.text();
          return String(response.status);
        },
        () => "broken",
      );
    const failed = callback === "response_body_end" ? "broken" : "503";
    expect([await ask(), await ask()]).toEqual([failed, failed]);
    expect(web.logs.filter(({ message }) => message.includes("The plugin's VM has ended in"))).toHaveLength(2);
  });
});

test("a guest that asks for more memory than it may have gets none, and goes on", async () => {
  await using web = await stage("@request_headers\ngrow 1000\nadd 0 x-still here", "FAIL_CLOSE");
  await web.fetch("/x");
  expect(web.asked[0]?.headers.get("x-still")).toBe("here");
});

test("a guest sees nothing of the gateway's environment, files or network", async () => {
  await using web = await stage("@request_headers\nenvironment\nfiles\nunknown", "FAIL_CLOSE");
  await web.fetch("/x");
  const said = web.logs.map(({ message }) => message);
  expect(said).toContain("request_headers: environment -> 0 0 ");
  expect(said).toContain("request_headers: files -> 0 8 52 8 44");
  expect(said).toContain("request_headers: unknown -> 12 52");
});

test("a reload under load swaps the guest's configuration with no failed request", async () => {
  const entry = (say: string): object => ({
    name: "probe",
    config: { script: `@response_headers\nadd 2 x-version ${say}` },
  });
  const plugin = await wasmPlugin("probe", bytes);
  await using web = await pluginStage({ extra: [plugin], plugins: [entry("0")] });
  const stopped = new AbortController();
  const seen: string[] = [];
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!stopped.signal.aborted) {
        const { status, headers } = await web.fetch("/x");
        seen.push(`${status} ${headers.get("x-version")}`);
      }
    }),
  );
  for (let version = 1; version <= 5; version++) {
    await web.apply([entry(String(version))]);
    const { headers } = await web.fetch("/x");
    expect(headers.get("x-version")).toBe(String(version));
  }
  stopped.abort();
  await load;
  expect(seen.filter((one) => !/^200 [0-5]$/.test(one))).toEqual([]);
});
