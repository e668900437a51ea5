import { expect, test } from "bun:test";
import { credentials } from "@grpc/grpc-js";
import type { JsonObject } from "#src/core/json.ts";
import { namesOf, type RawClient } from "#tests/support/xds/raw-client.ts";
import { until } from "#tests/support/until.ts";
import { clusters, startXds } from "#tests/support/xds/stage.ts";

const PATIENCE = 60_000;
const CLIENTS = 100;
const HOSTS = 50;

/** A route configuration with many hosts. */
function routesOf(text: string): JsonObject {
  const answer = { status: 200, body: { inline_string: text.repeat(200) } };
  return {
    name: "http",
    virtual_hosts: Array.from({ length: HOSTS }, (_, index) => ({
      name: `host-${index}`,
      domains: [`host-${index}.test`],
      routes: [{ match: { prefix: "/" }, direct_response: answer }],
    })),
  };
}

test(
  "a hundred clients that come at once, and come back at once, are all served and in sync",
  async () => {
    using stage = await startXds();
    const names = Array.from({ length: 50 }, (_, index) => [`cluster-${index}`, 1]);
    const all = clusters(Object.fromEntries(names) as Record<string, number>);
    stage.publish({ cds: all, rds: new Map([["http", routesOf("a")]]) });
    const connect = (index: number): RawClient => {
      const protocol = index % 2 === 0 ? "delta" : "sotw";
      const client = stage.connect(protocol, { credentials: credentials.createInsecure(), ownConnection: true });
      client.send("cds", { node: { id: `envoy-${index}` } });
      return client;
    };
    const follow = async (client: RawClient): Promise<void> => {
      expect(namesOf(await client.accept("cds")).length).toBe(50);
      const names = { resourceNames: ["http"] };
      const isDelta = client.protocol === "delta";
      client.send("rds", isDelta ? { resourceNamesSubscribe: ["http"] } : names);
      expect(namesOf(await client.accept("rds", isDelta ? {} : names))).toEqual(["http"]);
    };
    for (let round = 0; round < 2; round++) {
      const clients = Array.from({ length: CLIENTS }, (_, index) => connect(index));
      await Promise.all(clients.map(follow));
      await until("all are in sync", () => {
        const { clients: connected } = stage.server;
        return connected.length === CLIENTS && connected.every(({ stream }) => stream.inSync);
      });
      for (const client of clients) client[Symbol.dispose]();
      await until("all are gone", () => stage.server.clients.length === 0);
    }
  },
  PATIENCE,
);
