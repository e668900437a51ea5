import { fileURLToPath } from "node:url";
import { startGateway } from "../gateway.ts";
import type { Plane, RunningPlane } from "./plane.ts";
import { ask } from "./plane-client.ts";

const pem = (name: string): string => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));

/** Listeners `http` and `https`; the latter shows a certificate of `other.test` to those whom no object has one for. */
const CONFIG = {
  listeners: [
    { name: "http", host: "127.0.0.1", port: 0 },
    {
      name: "https",
      host: "127.0.0.1",
      port: 0,
      tls: { certificates: [{ cert: pem("other.test.pem"), key: pem("other.test.key.pem") }] },
    },
  ],
  admin: { port: 0 },
};

/** Sluice's own data plane, in a process of its own. */
export function sluicePlane(runtime: "bun" | "deno" = "bun"): Plane {
  return {
    name: "Sluice",
    title: runtime === "bun" ? "Sluice" : "Sluice, run by Deno",
    start: (resources) => start(resources, runtime),
  };
}

async function start(resources: string, runtime: "bun" | "deno"): Promise<RunningPlane> {
  const gateway = await startGateway({ config: CONFIG, args: ["--resources", resources], runtime });
  const secure = await gateway.stderr.find(
    "the listener with TLS",
    (line) => /listening on https:.*?:(\d+)/.exec(line)?.[1],
  );
  const ports = { http: Number(new URL(gateway.origin).port), https: Number(secure) };
  return {
    request: (listener, asked) => ask(typeof listener === "number" ? listener : ports[listener], asked),
    close: () => gateway.stop(),
  };
}
