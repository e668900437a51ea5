import { describe, expect, test } from "bun:test";
import { moduleRefusal } from "#src/control/envoy/plugins/wasm-module.ts";
import { type Asked, namedBackend } from "#tests/support/backend.ts";
import { envoyMissing } from "#tests/support/envoy.ts";
import { envoyStage } from "#tests/support/envoy-stage.ts";
import { configOf, translatorOf } from "#tests/support/envoy-translation.ts";
import { buildAssemblyScript, WASI_SHIM } from "#tests/support/proxy-wasm/assemblyscript.ts";
import { higressPlugin, higressPluginsMissing } from "#tests/support/proxy-wasm/higress.ts";

const PATIENCE = 60_000;

const FLAGS = ["--config", WASI_SHIM, "--use", "abort=abort_proc_exit"];

/** A module of stock Proxy-Wasm's. */
const file = await buildAssemblyScript("contract", { flags: FLAGS });

const configFor = (backend: string) => ({
  listeners: [{ name: "one", port: 0 }],
  services: [
    { name: "a", endpoints: [backend] },
    { name: "b", endpoints: [backend] },
  ],
  routes: [
    { name: "plain", match: { path: { prefix: "/plain" } }, http: { services: [{ name: "a" }] } },
    { name: "off", match: { path: { prefix: "/off" } }, http: { services: [{ name: "a" }] } },
    { name: "early", match: { path: { prefix: "/early" } }, http: { services: [{ name: "a" }] } },
    { name: "served", match: { path: { prefix: "/served" } }, http: { services: [{ name: "b" }] } },
    { name: "ai", match: { path: { prefix: "/v1" } }, ai: { upstreams: [{ provider: "echo" }] } },
  ],
  providers: [{ id: "echo", type: "echo" }],
  plugins: [
    {
      name: "guest",
      url: `file:${file}`,
      config: { mode: "headers" },
      rules: [
        { routes: ["early"], config: { mode: "early" } },
        { routes: ["off"], disabled: true },
      ],
    },
    {
      name: "keys",
      url: `file:${file}`,
      rules: [{ services: ["b"], config: { mode: "key-auth", key: "k1", consumer: "alice" } }],
    },
  ],
});

describe.skipIf(envoyMissing !== undefined)("a proxy-wasm module in a real Envoy", () => {
  test(
    "works where the rules say, each with its own configuration",
    async () => {
      const backend = namedBackend("a");
      await using envoy = await envoyStage(configFor(backend.address), { wasmSource: () => ({ file }) });
      const headers = { "x-api-key": "k1", "x-removed": "1" };
      const seen = async (path: string) => ((await (await envoy.fetch(path, { headers })).json()) as Asked).headers;
      const plain = await seen("/plain");
      expect(plain).toMatchObject({ "x-added": "1", "x-many": "b" });
      expect(plain).not.toHaveProperty("x-removed");
      expect(await seen("/off")).toMatchObject({ "x-removed": "1" });
      expect((await envoy.fetch("/early")).status).toBe(418);
      expect((await envoy.fetch("/served")).status).toBe(401);
      expect(await seen("/served")).toMatchObject({ "x-mse-consumer": "alice", "x-added": "1" });
      await backend.close();
    },
    PATIENCE,
  );
});

describe("a proxy-wasm module", () => {
  test("rests on routes that Sluice answers, where it runs, too", () => {
    const translation = translatorOf({ wasmSource: () => ({ file }) }).translate(configOf(configFor("127.0.0.1:4")));
    const [rds] = translation.resources.rds.values();
    expect(JSON.stringify(rds)).toContain(
      '"typed_per_filter_config":{"wasm/guest":{"@type":"type.googleapis.com/envoy.config.route.v3.FilterConfig","disabled":true}',
    );
    expect([...translation.resources.ecds.keys()].filter((name) => name.startsWith("wasm/"))).toEqual([
      "wasm/guest",
      "wasm/guest/rules/0",
      "wasm/keys/rules/0",
    ]);
  });

  test("is refused when Envoy does not speak its ABI", async () => {
    const bytes = await Bun.file(file).bytes();
    expect(moduleRefusal(bytes)).toBeUndefined();
    const higress = await Bun.file(await buildAssemblyScript("probe")).bytes();
    expect(moduleRefusal(higress)?.why).toContain("proxy_abi_version_0_2_100");
    expect(moduleRefusal(Uint8Array.of(0, 97, 115, 109, 13, 0, 1, 0))?.why).toBe("it is a component");
    expect(moduleRefusal(new Uint8Array(3))?.why).toBe("it is no proxy-wasm module");
    expect(
      moduleRefusal(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 7, 255, 255, 255, 255, 127, 255))?.why,
    ).toBeDefined();
  });

  test.skipIf(higressPluginsMissing !== undefined)(
    "of Higress' own is refused: only Higress' Envoy speaks its ABI",
    async () => {
      expect(moduleRefusal(await higressPlugin("transformer"))?.why).toContain("proxy_abi_version_0_2_100");
    },
  );
});
