import { expect, test } from "bun:test";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { EnvoyResources } from "#src/control/xds/snapshot.ts";
import { until } from "#tests/support/until.ts";
import { clusters, startXds } from "#tests/support/xds/stage.ts";

const TARGET = "names.test";
const MAIN = new URL("../../support/xds/grpc-client-main.ts", import.meta.url).pathname;

/** A gRPC server that tells its name. */
async function serverOf(name: string): Promise<{ readonly port: number; [Symbol.dispose](): void }> {
  const server = new Server();
  const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
  const tell = (_call: unknown, answer: (error: null, value: Uint8Array) => void): void =>
    answer(null, Buffer.from(name));
  server.register("/test.Names/Tell", tell, same, same, "unary");
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, [Symbol.dispose]: () => server.forceShutdown() };
}

/** What a gRPC client asks for: an API listener of the target's name, its routes, a cluster and its endpoints. */
function resources(cluster: string, port: number): EnvoyResources {
  const listener = {
    name: TARGET,
    api_listener: {
      api_listener: {
        "@type":
          "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        rds: { route_config_name: "routes", config_source: { ads: {}, resource_api_version: "V3" } },
        http_filters: [
          {
            name: "router",
            typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
          },
        ],
      },
    },
  };
  const routes = {
    name: "routes",
    virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "" }, route: { cluster } }] }],
  };
  const endpoint = { address: { socket_address: { address: "127.0.0.1", port_value: port } } };
  const assignment = {
    cluster_name: cluster,
    endpoints: [
      { locality: { region: "r" }, load_balancing_weight: 1, lb_endpoints: [{ endpoint, health_status: "HEALTHY" }] },
    ],
  };
  return {
    lds: new Map([[TARGET, listener]]),
    rds: new Map([["routes", routes]]),
    cds: clusters({ [cluster]: 1 }),
    eds: new Map([[cluster, assignment]]),
  };
}

test("a gRPC client follows endpoints, then routes to another cluster, without a failed call", async () => {
  using stage = await startXds();
  using a = await serverOf("a");
  using b = await serverOf("b");
  stage.publish(resources("one", a.port));
  const bootstrap = {
    xds_servers: [
      {
        server_uri: `127.0.0.1:${stage.server.port}`,
        channel_creds: [{ type: "insecure" }],
        server_features: ["xds_v3"],
      },
    ],
    node: { id: "grpc-client", locality: {} },
  };
  const child = Bun.spawn([process.execPath, MAIN, TARGET, JSON.stringify(bootstrap)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
    env: {},
  });
  try {
    let told = "";
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const bytes of child.stdout) told += decoder.decode(bytes);
    })();
    await until("the first server answers", () => told === "a\n");
    stage.publish(resources("one", b.port));
    await until("the endpoint has moved", () => told === "a\nb\n");
    stage.publish(resources("two", a.port));
    await until("the route leads to another cluster", () => told === "a\nb\na\n");
    expect(stage.server.clients[0]?.node).toMatchObject({ id: "grpc-client" });
    await until("the client is in sync", () => stage.server.clients[0]?.stream.inSync === true);
    expect(stage.server.nacks.all).toEqual([]);
    child.kill("SIGKILL");
    await reading;
    expect(told).toBe("a\nb\na\n");
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
});
