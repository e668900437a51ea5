import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { envoyBootstrap } from "#src/control/xds/bootstrap.ts";
import type { EnvoyResources } from "#src/control/xds/snapshot.ts";
import { type Envoy, envoyMissing, startEnvoy } from "#tests/support/envoy.ts";
import { freePort } from "#tests/support/unprivileged.ts";
import { until } from "#tests/support/until.ts";
import { clusters, endpoints, listeners, routes, startXds } from "#tests/support/xds/stage.ts";

if (envoyMissing !== undefined) console.log(envoyMissing);

setDefaultTimeout(60_000);

const PROTOCOLS = ["delta", "sotw"] as const;

/** A server that says its name, on a free port. */
class Backend implements Disposable {
  readonly #server: Bun.Server<undefined>;
  readonly port: number;

  constructor(name: string) {
    this.#server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(name) });
    this.port = this.#server.port ?? 0;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }
}

function start(port: number, protocol: "delta" | "sotw", id = "envoy-1"): Promise<Envoy> {
  const node = { id, cluster: "edge", metadata: {} };
  return startEnvoy(
    envoyBootstrap({
      node,
      protocol,
      servers: [{ host: "127.0.0.1", port }],
      admin: { host: "127.0.0.1", port: 0 },
      maxConnections: 1000,
    }),
  );
}

/** One listener, one route, one cluster. */
function serving(cluster: string, port: number, listener = 0): EnvoyResources {
  return {
    cds: clusters({ [cluster]: 1 }),
    eds: endpoints({ [cluster]: port }),
    lds: listeners({ http: listener }),
    rds: routes({ http: cluster }),
  };
}

/** Requests one after the other until stopped; keeps every answer that is not 200. */
class Load {
  readonly failures: string[] = [];
  count = 0;
  last = "";
  readonly #url: string;
  readonly #runs: Promise<void>[];
  #stopped = false;

  constructor(port: number | undefined) {
    this.#url = `http://127.0.0.1:${port}/`;
    this.#runs = [1, 2, 3].map(() => this.#run());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#runs);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const answer = await fetch(this.#url).catch((error: unknown) => new Response(String(error), { status: 599 }));
      const text = await answer.text();
      this.count++;
      if (answer.status === 200) this.last = text;
      else this.failures.push(`${answer.status} ${text}`);
    }
  }
}

describe.skipIf(envoyMissing !== undefined).each(PROTOCOLS)("a real Envoy by %s", (protocol) => {
  test("serves what it is sent, and follows changes of endpoints, clusters and routes without a failed request", async () => {
    using a = new Backend("a");
    using b = new Backend("b");
    using stage = await startXds();
    stage.publish(serving("one", a.port));
    await using envoy = await start(stage.server.port, protocol);
    const load = new Load(await envoy.listenerPort("http"));
    await until("a answers", () => load.last === "a");
    stage.publish(serving("one", b.port));
    await until("the endpoint has moved", () => load.last === "b");
    for (let turn = 0; turn < 10; turn++) {
      const backend = turn % 2 === 0 ? a : b;
      stage.publish(serving(`cluster-${turn}`, backend.port));
      await until("the route leads to the new cluster", () => load.last === (turn % 2 === 0 ? "a" : "b"));
    }
    await until("the old clusters are gone", async () => (await envoy.stat("cluster_manager.active_clusters")) === 2);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.count).toBeGreaterThan(20);
    expect(await envoy.stat("cluster_manager.warming_clusters")).toBe(0);
    expect(stage.server.nacks.all).toEqual([]);
    await until("the client is in sync", () => stage.server.clients[0]?.stream.inSync === true);
    expect(stage.server.clients[0]?.node).toMatchObject({ id: "envoy-1", cluster: "edge", agent: "envoy 1.40.0" });
  });

  test("refuses a bad listener, says why, and goes on with the last good one", async () => {
    using a = new Backend("a");
    using stage = await startXds();
    stage.publish(serving("one", a.port));
    await using envoy = await start(stage.server.port, protocol);
    const port = await envoy.listenerPort("http");
    const bad = { name: "http", address: { socket_address: { address: "no address", port_value: 1 } } };
    stage.publish({ ...serving("one", a.port), lds: new Map([["http", bad]]) });
    await until("the refusal has come", () => stage.server.nacks.all.length > 0);
    expect(stage.server.nacks.all[0]).toMatchObject({ node: "envoy-1", type: "lds", resources: ["http"] });
    expect(stage.server.nacks.all[0]?.error).toContain("no address");
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("a");
    // What else changes still gets through.
    stage.publish({ ...serving("two", a.port), lds: new Map([["http", bad]]) });
    await until("the new cluster is there", async () => (await envoy.stat("cluster.two.membership_total")) === 1);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("a");
  });

  test("gets everything after it was started anew", async () => {
    using a = new Backend("a");
    using stage = await startXds();
    stage.publish(serving("one", a.port));
    const first = await start(stage.server.port, protocol);
    await first.stop();
    await using second = await start(stage.server.port, protocol);
    const port = await second.listenerPort("http");
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("a");
    await until("only one is connected", () => stage.server.clients.length === 1);
  });

  test("goes on serving while the server is away, and comes back to another one", async () => {
    using a = new Backend("a");
    using b = new Backend("b");
    const port = await freePort();
    const first = await startXds({ port });
    first.publish(serving("one", a.port));
    await using envoy = await start(port, protocol);
    const load = new Load(await envoy.listenerPort("http"));
    await until("a answers", () => load.last === "a");
    await first.server.close();
    const before = load.count;
    await until("requests go on", () => load.count > before + 5);
    using second = await startXds({ port });
    second.publish(serving("one", a.port));
    await until("it is back", () => second.server.clients[0]?.stream.inSync === true);
    second.publish(serving("two", b.port));
    await until("the new server's route is in use", () => load.last === "b");
    await load.stop();
    expect(load.failures).toEqual([]);
  });
});
