import { describe, expect, test } from "bun:test";
import { clusters, endpoints, listeners, routes, startXds } from "#tests/support/xds/stage.ts";
import { namesOf } from "#tests/support/xds/raw-client.ts";

const node = { id: "envoy-1" };

describe("the state of the world", () => {
  test("a first request without names gets all clusters; after names, none means none", async () => {
    using stage = await startXds();
    stage.publish({ cds: clusters({ a: 1, b: 1, c: 1 }) });
    using client = stage.connect("sotw");
    client.send("cds", { node });
    expect(namesOf(await client.accept("cds"))).toEqual(["a", "b", "c"]);
    // Beside "*" a name that is asked for is sent, known or not.
    client.send("cds", { responseNonce: "1", resourceNames: ["*", "a"] });
    expect(namesOf(await client.next())).toEqual(["a", "b", "c"]);
    client.send("cds", { responseNonce: "2", resourceNames: ["a"] });
    stage.publish({ cds: clusters({ a: 2, b: 2, c: 1 }) });
    const answer = await client.next();
    expect(namesOf(answer)).toEqual(["a"]);
    client.send("cds", { responseNonce: "3", resourceNames: [] });
    stage.publish({ cds: clusters({ a: 3 }) });
    client.send("lds");
    expect(await client.next()).toMatchObject({ typeUrl: "type.googleapis.com/envoy.config.listener.v3.Listener" });
  });

  test("all clusters are in each answer, and what is gone is not; of endpoints only what changed", async () => {
    using stage = await startXds();
    stage.publish({ cds: clusters({ a: 1, b: 1 }), eds: endpoints({ a: 1, b: 2 }) });
    using client = stage.connect("sotw");
    client.send("cds", { node });
    await client.accept("cds");
    client.send("eds", { resourceNames: ["a", "b"] });
    const first = await client.accept("eds", { resourceNames: ["a", "b"] });
    expect(namesOf(first)).toEqual(["a", "b"]);
    stage.publish({ cds: clusters({ a: 1, b: 1 }), eds: endpoints({ a: 1, b: 3 }) });
    const second = await client.accept("eds", { resourceNames: ["a", "b"] });
    expect(namesOf(second)).toEqual(["b"]);
    expect(second["versionInfo"]).not.toBe(first["versionInfo"] ?? "");
    stage.publish({ cds: clusters({ b: 1 }), eds: endpoints({ b: 3 }) });
    expect(namesOf(await client.accept("cds"))).toEqual(["b"]);
    stage.publish({ cds: clusters({}), eds: endpoints({}) });
    expect(namesOf(await client.accept("cds"))).toEqual([]);
  });

  test("a request with an old nonce is let be", async () => {
    using stage = await startXds();
    stage.publish({ eds: endpoints({ a: 1, b: 2 }) });
    using client = stage.connect("sotw");
    client.send("eds", { node, resourceNames: ["a"] });
    expect((await client.next())["nonce"]).toBe("1");
    client.send("eds", { responseNonce: "1", resourceNames: ["a"] });
    stage.publish({ eds: endpoints({ a: 3, b: 2 }) });
    expect((await client.next())["nonce"]).toBe("2");
    // This crossed the answer on its way, so the next request says what it wants once more.
    client.send("eds", { responseNonce: "1", resourceNames: ["b"] });
    client.send("eds", { responseNonce: "2", resourceNames: ["a"] });
    stage.publish({ eds: endpoints({ a: 4, b: 5 }) });
    expect(namesOf(await client.next())).toEqual(["a"]);
  });

  test("while an answer is not acknowledged nothing of its type is sent; then what is newest, once", async () => {
    using stage = await startXds();
    stage.publish({ eds: endpoints({ a: 1 }) });
    using client = stage.connect("sotw");
    client.send("eds", { node, resourceNames: ["a"] });
    await client.next();
    for (const port of [2, 3, 4]) stage.publish({ eds: endpoints({ a: port }) });
    client.send("eds", { responseNonce: "1", resourceNames: ["a"] });
    expect(await client.next()).toMatchObject({
      nonce: "2",
      resources: [{ endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { portValue: 4 } } } }] }] }],
    });
  });

  test("a name that is asked for anew is sent, changed or not; one that comes later is sent then", async () => {
    using stage = await startXds();
    stage.publish({ rds: routes({ a: "x" }) });
    using client = stage.connect("sotw");
    client.send("rds", { node, resourceNames: ["a", "later"] });
    expect(namesOf(await client.accept("rds", { resourceNames: ["later"] }))).toEqual(["a"]);
    client.send("rds", { responseNonce: "1", resourceNames: ["a", "later"] });
    expect(namesOf(await client.accept("rds", { resourceNames: ["a", "later"] }))).toEqual(["a"]);
    stage.publish({ rds: routes({ a: "x", later: "y" }) });
    expect(namesOf(await client.accept("rds", { resourceNames: ["a", "later"] }))).toEqual(["later"]);
  });

  test("whoever comes back with the version it had is sent nothing of what it has", async () => {
    using stage = await startXds();
    const resources = { cds: clusters({ a: 1 }), lds: listeners({ http: 1 }) };
    stage.publish(resources);
    using first = stage.connect("sotw");
    first.send("cds", { node });
    const { versionInfo = "" } = await first.next();
    // The same content in another server has the same version.
    using other = await startXds();
    other.publish(resources);
    using second = other.connect("sotw");
    second.send("cds", { node, versionInfo });
    second.send("lds");
    expect(namesOf(await second.next())).toEqual(["http"]);
    other.publish({ ...resources, cds: clusters({ a: 2 }) });
    expect(namesOf(await second.next())).toEqual(["a"]);
  });

  test("a refusal is kept with what was refused, and the next change is sent", async () => {
    using stage = await startXds();
    stage.publish({ cds: clusters({ a: 1 }) });
    using client = stage.connect("sotw");
    client.send("cds", { node: { id: "envoy-1", cluster: "edge" } });
    const { versionInfo = "" } = await client.next();
    client.send("cds", { responseNonce: "1", errorDetail: { code: 13, message: "no such thing" } });
    stage.publish({ cds: clusters({ a: 2 }) });
    expect(namesOf(await client.next())).toEqual(["a"]);
    expect(stage.server.nacks.all).toMatchObject([
      {
        node: "envoy-1",
        cluster: "edge",
        type: "cds",
        version: versionInfo,
        nonce: "1",
        error: "no such thing",
        resources: ["a"],
      },
    ]);
    expect(stage.server.clients[0]?.stream.states[0]?.nacked?.error).toBe("no such thing");
    client.send("cds", { responseNonce: "2" });
    stage.publish({ cds: clusters({ a: 3 }) });
    await client.next();
    expect(stage.server.clients[0]?.stream.states[0]?.nacked).toBeUndefined();
  });

  test("there is nothing to get before something is published", async () => {
    using stage = await startXds();
    expect(stage.server.ready).toBe(false);
    using client = stage.connect("sotw");
    client.send("cds", { node });
    client.send("lds");
    stage.publish({ cds: clusters({ a: 1 }) });
    expect(stage.server.ready).toBe(true);
    expect(namesOf(await client.next())).toEqual(["a"]);
  });
});
