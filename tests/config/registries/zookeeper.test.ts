import { test } from "bun:test";
import { zookeeper } from "#config/registries/zookeeper.ts";
import { describeRegistry, type RegistryStage, type TestInstance } from "#tests/contracts/registry.ts";
import { hurriedClock } from "#tests/support/hurried-clock.ts";
import { registryConfig } from "#tests/support/registries/registry-config.ts";
import { startZooKeeper, zookeeperMissing } from "#tests/support/registries/zookeeper-server.ts";

const FACTS = { metadata: true, protocol: true, tcp: true, several: true, ports: true };
const world = { clock: hurriedClock(10), fetch, random: Math.random };

if (zookeeperMissing === undefined) {
  describeRegistry("zookeeper, Spring Cloud", FACTS, () => openStage(spring));
  describeRegistry("zookeeper, Dubbo", { ...FACTS, protocol: false, sameConnection: true }, () => openStage(dubbo));
} else {
  console.warn(zookeeperMissing);
  test.skip(`registry contract: zookeeper (${zookeeperMissing})`, () => {});
}

/** How a framework writes. */
interface Layout {
  readonly parent: (name: string) => string;
  readonly found: (name: string) => string;
  /** A node's name and data. */
  readonly node: (name: string, instance: TestInstance) => readonly [node: string, data: string];
  readonly bad: readonly [node: string, data: string];
}

const spring: Layout = {
  parent: (name) => `/services/${name}`,
  found: (name) => `${name}.services.zookeeper`,
  node: (name, { host, port, metadata = {} }) => [
    Bun.hash(`${host}:${port}`).toString(16),
    JSON.stringify({
      name,
      address: host,
      port,
      sslPort: null,
      payload: { "@class": "org.springframework.cloud.zookeeper.discovery.ZookeeperInstance", id: "1", name, metadata },
      serviceType: "DYNAMIC",
    }),
  ],
  bad: ["bad", "{ this is no JSON"],
};

const dubbo: Layout = {
  parent: (name) => `/dubbo/${name}/providers`,
  found: (name) => `providers:${name}:1.0:g.zookeeper`,
  node: (name, { host, port, metadata = {} }) => {
    const parameters = new URLSearchParams({ version: "1.0", group: "g", ...metadata });
    const address = host.includes(":") ? `[${host}]` : host;
    return [encodeURIComponent(`dubbo://${address}:${port}/${name}?${parameters.toString()}`), ""];
  },
  bad: ["%zz", ""],
};

async function openStage({ parent, found, node, bad }: Layout): Promise<RegistryStage> {
  const server = await startZooKeeper();
  const data = new Map<string, string>();
  const create = async (path: string, text: string): Promise<void> => {
    data.set(path, text);
    await server.create(path, text);
  };
  return {
    kind: zookeeper,
    port: server.port,
    world,
    config: () => registryConfig("zookeeper", { port: server.port }),
    found,
    async put(name, instances) {
      const wanted = new Map(instances.map((instance) => node(name, instance)));
      for (const old of await server.children(parent(name))) {
        const path = `${parent(name)}/${old}`;
        if (old !== bad[0] && wanted.get(old) !== data.get(path)) await server.remove(path);
        else wanted.delete(old);
      }
      for (const [child, text] of wanted) await create(`${parent(name)}/${child}`, text);
      if (instances.length === 0) await server.remove(parent(name));
    },
    spoil: (name) => create(`${parent(name)}/${bad[0]}`, bad[1]),
    kill: () => server.kill(),
    revive: () => server.start(),
    async close() {
      await server[Symbol.asyncDispose]();
    },
  };
}
