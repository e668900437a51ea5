import { fileURLToPath } from "node:url";
import { z } from "zod";
import { startEnvoy } from "../envoy.ts";
import { startGateway } from "../gateway.ts";
import { sluice } from "../sluice-command.ts";
import { freePort } from "../unprivileged.ts";
import { ask } from "./plane-client.ts";
import type { Plane, RunningPlane } from "./plane.ts";

const pem = (name: string): string => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));

/** The same listeners as those of Sluice's own plane, for Envoy to open, and one for what Envoy sends on to Sluice. */
function configOf(inside: number, xds: number, admin: number) {
  return {
    listeners: [
      { name: "inside", host: "127.0.0.1", port: inside, behindEnvoy: true },
      { name: "http", host: "127.0.0.1", port: 0 },
      {
        name: "https",
        host: "127.0.0.1",
        port: 0,
        tls: { certificates: [{ cert: pem("other.test.pem"), key: pem("other.test.key.pem") }] },
      },
    ],
    admin: { port: admin },
    xds: { port: xds, tier: { endpoints: [`127.0.0.1:${inside}`], readyPort: admin } },
  };
}

/** A real Envoy that starts from `sluice bootstrap-envoy` and gets everything by xDS, with Sluice behind it for what needs Sluice. */
export const envoyPlane: Plane = {
  name: "Envoy",
  async start(resources): Promise<RunningPlane> {
    const [inside, xds, admin] = [await freePort(), await freePort(), await freePort()];
    const gateway = await startGateway({
      config: configOf(inside, xds, admin),
      args: ["--resources", resources, "--port", String(inside), "--admin-port", String(admin)],
    });
    const envoy = await startEnvoy(await bootstrapOf(xds));
    const ports = { http: (await envoy.listenerPort("http")) ?? 0, https: (await envoy.listenerPort("https")) ?? 0 };
    return {
      request: (listener, asked) => ask(typeof listener === "number" ? listener : ports[listener], asked),
      async close() {
        await envoy.stop();
        await gateway.stop();
      },
    };
  },
};

async function bootstrapOf(xds: number) {
  const { code, stdout, stderr } = await sluice("bootstrap-envoy", "--xds", `127.0.0.1:${xds}`, "--json");
  if (code !== 0) throw new Error(stderr);
  return z.record(z.string(), z.json()).parse(JSON.parse(stdout));
}
