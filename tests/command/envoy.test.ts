import { describe, expect, test } from "bun:test";
import { envoyBootstrap } from "#src/control/xds/bootstrap.ts";
import type { JsonObject } from "#src/core/json.ts";
import { namedBackend } from "#tests/support/backend.ts";
import { envoyMissing, startEnvoy } from "#tests/support/envoy.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { buildAssemblyScript, WASI_SHIM } from "#tests/support/proxy-wasm/assemblyscript.ts";
import { freePort } from "#tests/support/unprivileged.ts";
import { until } from "#tests/support/until.ts";

const PATIENCE = 60_000;

describe.skipIf(envoyMissing !== undefined)("a gateway that drives a real Envoy and stands behind it", () => {
  test(
    "as its file says, and as it says after a change",
    async () => {
      const backend = namedBackend("a");
      const [inside, adminPort, xdsPort] = [await freePort(), await freePort(), await freePort()];
      const guest = await buildAssemblyScript("contract", {
        flags: ["--config", WASI_SHIM, "--use", "abort=abort_proc_exit"],
      });
      const config = (prefix: string): JsonObject => ({
        listeners: [
          { name: "inside", host: "127.0.0.1", port: inside, behindEnvoy: true },
          { name: "http", host: "127.0.0.1", port: 0 },
        ],
        admin: { port: adminPort },
        xds: { port: xdsPort, tier: { endpoints: [`127.0.0.1:${inside}`], readyPort: adminPort } },
        services: [{ name: "a", endpoints: [backend.address] }],
        providers: [{ id: "echo", type: "echo" }],
        routes: [
          { name: "plain", match: { path: { prefix } }, http: { services: [{ name: "a" }] } },
          { name: "chat", match: { path: { prefix: "/v1" } }, ai: { upstreams: [{ provider: "echo" }] } },
        ],
        plugins: [{ name: "guest", url: `file:${guest}`, rules: [{ routes: ["plain"], config: { mode: "headers" } }] }],
      });
      const gateway = await startGateway({
        config: config("/before"),
        args: ["--port", String(inside), "--admin-port", String(adminPort)],
      });
      await using envoy = await startEnvoy(
        envoyBootstrap({
          node: { id: "e", cluster: "c", metadata: {} },
          servers: [{ host: "127.0.0.1", port: xdsPort }],
          admin: { host: "127.0.0.1", port: 0 },
          protocol: "delta",
          maxConnections: 1000,
        }),
      );
      const origin = `http://127.0.0.1:${await envoy.listenerPort("http")}`;
      const status = async (path: string): Promise<number> => (await fetch(origin + path)).status;
      const answer = await fetch(`${origin}/before`);
      // The module has worked: it was sent with its configuration.
      expect([answer.status, answer.headers.get("x-seen")]).toEqual([200, "200"]);
      expect(await status("/v1/models")).toBe(200);
      gateway.rewrite(config("/after"));
      await until("the changed route is in use", async () => (await status("/after")) === 200);
      expect(await status("/before")).toBe(404);
      await gateway.stop();
      await backend.close();
    },
    PATIENCE,
  );
});
