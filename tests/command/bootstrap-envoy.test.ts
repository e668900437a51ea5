import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { bootstrapEnvoy } from "#src/command/bootstrap-envoy.ts";
import { loadMessages } from "#src/control/xds/messages.ts";
import type { XdsServerOptions } from "#src/control/xds/server.ts";
import type { JsonObject } from "#src/core/json.ts";
import { envoyMissing, startEnvoy, validateBootstrap } from "#tests/support/envoy.ts";
import { until } from "#tests/support/until.ts";
import { clusters, startXds } from "#tests/support/xds/stage.ts";

const messages = await loadMessages();
const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const TLS = new URL("../fixtures/tls/", import.meta.url).pathname;
const TOKEN = "t0k3n";

async function run(...args: readonly string[]): Promise<{ code: number; printed: string; told: string }> {
  let [printed, told] = ["", ""];
  const code = await bootstrapEnvoy.run(args, {
    readFile: (path) => readFileSync(path, "utf8"),
    writeFile() {},
    fetch: () => Promise.reject(new Error("no network")),
    print: (text) => void (printed += text),
    tell: (text) => void (told += text),
  });
  return { code, printed, told };
}

/** Checks it as a message, too. */
async function bootstrap(...args: readonly string[]): Promise<JsonObject> {
  const { code, printed } = await run(...args);
  expect(code).toBe(0);
  const read = parse(printed) as JsonObject;
  messages.encode("envoy.config.bootstrap.v3.Bootstrap", read);
  return read;
}

describe("sluice bootstrap-envoy", () => {
  test("prints YAML or JSON that says the same", async () => {
    const yaml = await bootstrap("--node-id", "n");
    const json = await run("--node-id", "n", "--json");
    expect(JSON.parse(json.printed)).toEqual(yaml);
    expect(yaml).toMatchObject({
      node: { id: "n", cluster: "sluice-envoy" },
      dynamic_resources: { ads_config: { api_type: "DELTA_GRPC" } },
    });
    expect(yaml["node"]).not.toHaveProperty("metadata");
  });

  test("says who the node is and where it is", async () => {
    const made = await bootstrap(
      "--cluster",
      "edge",
      "--metadata",
      "a=1",
      "--metadata",
      "b=x=y",
      "--zone",
      "z",
      "--sotw",
    );
    expect(made).toMatchObject({
      node: { cluster: "edge", metadata: { a: "1", b: "x=y" }, locality: { zone: "z" } },
      dynamic_resources: { ads_config: { api_type: "GRPC" } },
    });
  });

  test("names several servers, by name or address", async () => {
    const cluster = async (...args: readonly string[]): Promise<unknown> =>
      ((await bootstrap(...args))["static_resources"] as { clusters: unknown[] }).clusters[0];
    expect(await cluster("--xds", "sluice-1:1", "--xds", "sluice-2")).toMatchObject({
      type: "STRICT_DNS",
      load_assignment: {
        endpoints: [
          {
            lb_endpoints: [
              { endpoint: { address: { socket_address: { address: "sluice-1", port_value: 1 } } } },
              { endpoint: { address: { socket_address: { address: "sluice-2", port_value: 15_010 } } } },
            ],
          },
        ],
      },
    });
    expect(await cluster("--xds", "[::1]:5")).toMatchObject({ type: "STATIC" });
  });

  test.each<[string[], string]>([
    [["--xds", "a b"], "HOST:PORT"],
    [["--admin", "a:99999"], "HOST:PORT"],
    [["--metadata", "x"], "KEY=VALUE"],
    [["--token-file", `${TLS}authority.pem`], "holds no token"],
    [["--token-file", `${TLS}none`], "cannot be read"],
    [["--ca", "c", "--cert", "c"], "go together"],
    [["--cert", "c", "--key", "k"], "need --ca"],
    [["--max-connections", "0"], "number of connections"],
    [["--nonsense"], "nonsense"],
  ])("refuses %p", async (args, problem) => {
    const { code, printed, told } = await run(...args);
    expect([code, printed]).toEqual([2, ""]);
    expect(told).toContain(problem);
  });
});

if (envoyMissing !== undefined) console.log(envoyMissing);

describe.skipIf(envoyMissing !== undefined)("a real Envoy", () => {
  test.each([
    [["--json"]],
    [["--sotw", "--zone", "z", "--region", "r", "--metadata", "a=b"]],
    [
      [
        "--xds",
        "sluice.example:15012",
        "--ca",
        `${TLS}authority.pem`,
        "--cert",
        `${TLS}loopback.pem`,
        "--key",
        `${TLS}loopback.key.pem`,
      ],
    ],
  ])("takes what is printed for %p", async (args) => {
    const { printed } = await run(...args);
    expect(await validateBootstrap(printed, args.includes("--json") ? "json" : "yaml")).toBeUndefined();
  });

  /** Whether an Envoy started with these options gets its clusters. */
  async function connects(options: Partial<XdsServerOptions>, args: readonly string[]): Promise<boolean> {
    using stage = await startXds(options);
    stage.publish({ cds: clusters({ one: 1 }), eds: new Map([["one", { cluster_name: "one" }]]) });
    const made = await bootstrap("--xds", `127.0.0.1:${stage.server.port}`, ...args);
    await using envoy = await startEnvoy(made, { ready: false });
    const connected = async (): Promise<boolean> =>
      (await envoy.stat("cluster.one.membership_change")) > 0 || stage.server.clients.length > 0;
    const refused = async (): Promise<boolean> =>
      (await envoy.stat("control_plane.connected_state")) === 0 &&
      (await envoy.stat("cluster_manager.cds.update_attempt")) > 1;
    await until("Envoy is connected or refused", async () => (await connected()) || (await refused()));
    return stage.server.clients.length > 0;
  }

  test("sends its token", async () => {
    const file = join(folder, "token");
    writeFileSync(file, `${TOKEN}\n`);
    const options = { token: () => TOKEN };
    expect(await connects(options, ["--token-file", file])).toBe(true);
    expect(await connects(options, [])).toBe(false);
  });

  test("shows its certificate, and asks for the server's", async () => {
    const read = (name: string): Promise<string> => Bun.file(TLS + name).text();
    const tls = {
      cert: await read("loopback.pem"),
      key: await read("loopback.key.pem"),
      clientCa: await read("authority.pem"),
    };
    const ca = ["--ca", `${TLS}authority.pem`];
    const client = ["--cert", `${TLS}other.test.pem`, "--key", `${TLS}other.test.key.pem`];
    expect(await connects({ tls }, [...ca, ...client])).toBe(true);
    expect(await connects({ tls }, ca)).toBe(false);
    expect(await connects({ tls }, [...ca, ...client, "--server-name", "elsewhere.test"])).toBe(false);
  });
});
