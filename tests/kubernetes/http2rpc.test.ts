import { describe, test } from "bun:test";
import { noDubboProvider, startDubboProvider } from "#tests/support/dubbo-provider.ts";
import { onAllPlanes } from "#tests/support/kubernetes-suite/all-planes.ts";
import type { Servers } from "#tests/support/kubernetes-suite/run-suite.ts";

/** One provider, at the ports of its two protocols. */
async function startServers(): Promise<Servers> {
  const provider = await startDubboProvider();
  const at = (address: string): { host: string; port: number } => {
    const [host = "", port] = address.split(":");
    return { host, port: Number(port) };
  };
  return { addresses: { dubbo: at(provider.dubbo), triple: at(provider.triple) }, stop: () => provider.stop() };
}

if (noDubboProvider === undefined) onAllPlanes(new URL("./http2rpc", import.meta.url), startServers);
else describe("Http2Rpc", () => test.skip(noDubboProvider ?? "", () => {}));
