import { afterAll, describe, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { type DubboProvider, noDubboProvider, startDubboProvider } from "#tests/support/dubbo-provider.ts";
import { onAllPlanes } from "#tests/support/kubernetes-suite/all-planes.ts";
import { runSuite, type Servers } from "#tests/support/kubernetes-suite/run-suite.ts";
import { sluicePlane } from "#tests/support/kubernetes-suite/sluice-plane.ts";
import { startZooKeeper, zookeeperMissing } from "#tests/support/registries/zookeeper-server.ts";

let provider: Promise<DubboProvider> | undefined;
afterAll(async () => (await provider)?.stop());

/** One provider for all, at the ports of its two protocols. */
async function startServers(): Promise<Servers> {
  const { dubbo, triple } = await (provider ??= startDubboProvider());
  return { addresses: { dubbo: at(dubbo), triple: at(triple) }, stop: async () => {} };
}

/** The same, registered as the services `orders.OverDubbo` and `orders.OverTriple`. */
async function startRegistry(): Promise<Servers> {
  const { dubbo, triple } = await (provider ??= startDubboProvider());
  const zookeeper = await startZooKeeper();
  const register = (name: string, url: string): Promise<void> =>
    zookeeper.create(
      `/dubbo/${name}/providers/${encodeURIComponent(`${url}/${name}?group=dev&version=1.2.0&side=provider`)}`,
    );
  await register("orders.OverDubbo", `dubbo://${dubbo}`);
  await register("orders.OverTriple", `tri://${triple}`);
  const addresses = { dubbo: at(dubbo), triple: at(triple), zookeeper: { host: "127.0.0.1", port: zookeeper.port } };
  return { addresses, stop: async () => zookeeper[Symbol.asyncDispose]() };
}

function at(address: string): { readonly host: string; readonly port: number } {
  const [host = "", port] = address.split(":");
  return { host, port: Number(port) };
}

if (noDubboProvider === undefined) onAllPlanes(new URL("./http2rpc", import.meta.url), startServers);
else describe("Http2Rpc", () => test.skip(noDubboProvider ?? "", () => {}));

const noRegistry = noDubboProvider ?? zookeeperMissing;
// The Envoy of these suites has nobody who watches registries.
if (noRegistry === undefined) {
  const cases = new URL("./http2rpc-registries", import.meta.url);
  runSuite(fileURLToPath(cases), { ...sluicePlane(), title: "Sluice, with registries" }, startRegistry);
} else describe("Http2Rpc with registries", () => test.skip(noRegistry ?? "", () => {}));
