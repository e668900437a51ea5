import { describe, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { noDubboProvider, startDubboProvider } from "#tests/support/dubbo-provider.ts";
import { envoyMissing } from "#tests/support/envoy.ts";
import { envoyPlane } from "#tests/support/kubernetes-suite/envoy-plane.ts";
import { runSuite, type Servers } from "#tests/support/kubernetes-suite/run-suite.ts";
import { sluicePlane } from "#tests/support/kubernetes-suite/sluice-plane.ts";

const CASES = fileURLToPath(new URL("./http2rpc", import.meta.url));

/** One provider, at the ports of its two protocols. */
async function startServers(): Promise<Servers> {
  const { dubbo, triple, stop } = await startDubboProvider();
  const at = (address: string): { host: string; port: number } => {
    const [host = "", port] = address.split(":");
    return { host, port: Number(port) };
  };
  return { addresses: { dubbo: at(dubbo), triple: at(triple) }, stop };
}

const skipped = (plane: string, reason: string): void => describe(`on ${plane}`, () => test.skip(reason, () => {}));

if (noDubboProvider === undefined) runSuite(CASES, sluicePlane, startServers);
else skipped("Sluice", noDubboProvider);

const missing = noDubboProvider ?? envoyMissing;
if (missing === undefined) runSuite(CASES, envoyPlane, startServers);
else skipped("Envoy", missing);
