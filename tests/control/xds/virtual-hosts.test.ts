import { describe, expect, test } from "bun:test";
import { envoyBootstrap } from "#src/control/xds/bootstrap.ts";
import type { EnvoyResources } from "#src/control/xds/snapshot.ts";
import type { JsonObject } from "#src/core/json.ts";
import { envoyMissing, startEnvoy } from "#tests/support/envoy.ts";
import { until } from "#tests/support/until.ts";
import { namesOf, removedOf } from "#tests/support/xds/raw-client.ts";
import { listeners, startXds } from "#tests/support/xds/stage.ts";

const node = { id: "envoy-1" };

/** Virtual hosts of the route configuration `http`, by domain, that answer with a text. */
function hosts(texts: Readonly<Record<string, string>>): ReadonlyMap<string, JsonObject> {
  return new Map(
    Object.entries(texts).map(([domain, text]) => {
      const name = `http/${domain.replace("*", "any")}`;
      const answer = { status: 200, body: { inline_string: text } };
      return [name, { name, domains: [domain], routes: [{ match: { prefix: "/" }, direct_response: answer }] }];
    }),
  );
}

describe("virtual hosts by VHDS", () => {
  test("come all for their route configuration, and one by one when one changes", async () => {
    using stage = await startXds();
    stage.publish({ vhds: hosts({ "a.test": "a", "b.test": "b" }) });
    using client = stage.connect("delta");
    client.send("vhds", { node, resourceNamesSubscribe: ["http"] });
    expect(namesOf(await client.accept("vhds"))).toEqual(["http/a.test", "http/b.test"]);
    await client.quiet();
    stage.publish({ vhds: hosts({ "a.test": "a", "b.test": "changed", "c.test": "c" }) });
    expect(namesOf(await client.accept("vhds"))).toEqual(["http/b.test", "http/c.test"]);
    await client.quiet();
    stage.publish({ vhds: hosts({ "b.test": "changed" }) });
    expect(removedOf(await client.accept("vhds"))).toEqual(["http/a.test", "http/c.test"]);
    await client.quiet();
  });

  test("are found for a host, with what it was asked for by; an unknown host is answered at once, and again when it is there", async () => {
    using stage = await startXds();
    stage.publish({ vhds: hosts({ "*.b.test": "b" }) });
    using client = stage.connect("delta");
    client.send("vhds", { node, resourceNamesSubscribe: ["http/x.b.test:8080"] });
    expect((await client.accept("vhds"))["resources"]).toMatchObject([
      { name: "http/any.b.test", aliases: ["http/x.b.test:8080"] },
    ]);
    client.send("vhds", { resourceNamesSubscribe: ["http/none.test"] });
    const unknown = await client.accept("vhds");
    expect(unknown["resources"]).toEqual([{ name: "http/none.test", aliases: ["http/none.test"] }]);
    stage.publish({ vhds: hosts({ "*.b.test": "b", "none.test": "there" }) });
    expect(namesOf(await client.accept("vhds"))).toEqual(["http/none.test"]);
    await client.quiet();
  });

  test("that are none at first are told as missing, so that Envoy does not wait", async () => {
    using stage = await startXds();
    stage.publish({});
    using client = stage.connect("delta");
    client.send("vhds", { node, resourceNamesSubscribe: ["http"] });
    expect(removedOf(await client.accept("vhds"))).toEqual(["http"]);
    stage.publish({ vhds: hosts({ "a.test": "a" }) });
    expect(namesOf(await client.accept("vhds"))).toEqual(["http/a.test"]);
  });
});

if (envoyMissing !== undefined) console.log(envoyMissing);

describe.skipIf(envoyMissing !== undefined)("a real Envoy", () => {
  test("takes virtual hosts one by one; a bad one keeps no other away, and a host that is not known gets a 404", async () => {
    using stage = await startXds();
    const serve = (vhds: EnvoyResources["vhds"]): void => {
      const config = { name: "http", vhds: { config_source: { ads: {}, resource_api_version: "V3" } } };
      stage.publish({ lds: listeners({ http: 0 }), rds: new Map([["http", config]]), ...(vhds && { vhds }) });
    };
    serve(hosts({ "a.test": "a", "b.test": "b" }));
    await using envoy = await startEnvoy(
      envoyBootstrap({
        node: { id: "e", cluster: "c", metadata: {} },
        servers: [{ host: "127.0.0.1", port: stage.server.port }],
        admin: { host: "127.0.0.1", port: 0 },
        protocol: "delta",
        maxConnections: 100,
      }),
    );
    const port = await envoy.listenerPort("http");
    const ask = async (host: string): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { host } });
      return answer.ok ? await answer.text() : String(answer.status);
    };
    expect(await ask("a.test")).toBe("a");
    expect(await ask("b.test")).toBe("b");
    expect(await ask("c.test")).toBe("404");
    // The wildcard domain of the second stands in the first already.
    const bad = { name: "http/bad", domains: ["a.test"] };
    serve(new Map([["http/bad", bad], ...hosts({ "a.test": "a", "b.test": "changed", "c.test": "c", "d.test": "d" })]));
    await until(
      "what is good has come",
      async () => (await ask("b.test")) === "changed" && (await ask("d.test")) === "d",
    );
    expect(await ask("a.test")).toBe("a");
    await until("the bad one is known", () => stage.server.nacks.all[0]?.resources.join() === "http/bad");
    expect(stage.server.nacks.all[0]?.error).toContain("a.test");
    serve(hosts({ "b.test": "changed" }));
    await until("what is gone is gone", async () => (await ask("a.test")) === "404");
    await until("the client is in sync", () => stage.server.clients[0]?.stream.inSync === true);
    expect(stage.server.clients[0]?.stream.states.some(({ nacked }) => nacked !== undefined)).toBe(false);
  });
});
