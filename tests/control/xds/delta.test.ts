import { describe, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { namesOf, removedOf } from "#tests/support/xds/raw-client.ts";
import { until } from "#tests/support/until.ts";
import { clusters, endpoints, routes, startXds } from "#tests/support/xds/stage.ts";

const node = { id: "envoy-1" };

function versionsOf({ resources }: JsonObject): Record<string, string> {
  const list = Array.isArray(resources) ? resources : [];
  return Object.fromEntries(
    list.map((one) => {
      const { name, version } = Object(one) as { name?: string; version?: string };
      return [name ?? "", version ?? ""];
    }),
  );
}

describe("the incremental protocol", () => {
  test("sends what changed, and tells what is gone", async () => {
    using stage = await startXds();
    stage.publish({ cds: clusters({ a: 1, b: 1, c: 1 }) });
    using client = stage.connect("delta");
    client.send("cds", { node });
    expect(namesOf(await client.accept("cds"))).toEqual(["a", "b", "c"]);
    await client.quiet();
    stage.publish({ cds: clusters({ a: 1, b: 2 }) });
    expect(namesOf(await client.accept("cds"))).toEqual(["b"]);
    expect(removedOf(await client.accept("cds"))).toEqual(["c"]);
    await client.quiet();
  });

  test("never sends an unchanged set", async () => {
    using stage = await startXds();
    stage.publish({ cds: clusters({ a: 1 }) });
    using client = stage.connect("delta");
    client.send("cds", { node });
    await client.accept("cds");
    stage.publish({ cds: clusters({ a: 1 }) });
    client.send("cds");
    await client.quiet();
  });

  test("answers a first request for all even when there is nothing", async () => {
    using stage = await startXds();
    stage.publish({});
    using client = stage.connect("delta");
    client.send("cds", { node });
    expect(namesOf(await client.accept("cds"))).toEqual([]);
    await client.quiet();
  });

  test("a legacy wildcard stays beside a name, until it is let go of", async () => {
    using stage = await startXds();
    stage.publish({ cds: clusters({ a: 1, b: 1 }) });
    using client = stage.connect("delta");
    client.send("cds", { node });
    await client.accept("cds");
    client.send("cds", { resourceNamesSubscribe: ["a"] });
    expect(namesOf(await client.accept("cds"))).toEqual(["a"]);
    client.send("cds", { resourceNamesUnsubscribe: ["*"] });
    await client.quiet();
    stage.publish({ cds: clusters({ a: 2, b: 2 }) });
    expect(namesOf(await client.accept("cds"))).toEqual(["a"]);
    client.send("cds", { resourceNamesUnsubscribe: ["a"] });
    await client.quiet();
    stage.publish({ cds: clusters({ a: 3, b: 3 }) });
    await client.quiet();
  });

  test("whoever lets a name go that '*' covers is told that it stays, or that it does not", async () => {
    using stage = await startXds();
    stage.publish({ cds: clusters({ a: 1 }) });
    using client = stage.connect("delta");
    client.send("cds", { node, resourceNamesSubscribe: ["*", "a", "none"] });
    const first = await client.accept("cds");
    expect([namesOf(first), removedOf(first)]).toEqual([["a"], ["none"]]);
    client.send("cds", { resourceNamesUnsubscribe: ["a", "none"] });
    const second = await client.accept("cds");
    expect([namesOf(second), removedOf(second)]).toEqual([["a"], ["none"]]);
  });

  test("a name that is subscribed to again is sent again; letting go of one that was not held does nothing", async () => {
    using stage = await startXds();
    stage.publish({ eds: endpoints({ a: 1 }) });
    using client = stage.connect("delta");
    client.send("eds", { node, resourceNamesSubscribe: ["a"] });
    await client.accept("eds");
    client.send("eds", { resourceNamesUnsubscribe: ["other"] });
    await client.quiet();
    client.send("eds", { resourceNamesSubscribe: ["a"] });
    expect(namesOf(await client.accept("eds"))).toEqual(["a"]);
    client.send("eds", { resourceNamesUnsubscribe: ["a"] });
    await client.quiet();
    stage.publish({ eds: endpoints({ a: 2 }) });
    await client.quiet();
    client.send("eds", { resourceNamesSubscribe: ["a"] });
    expect(namesOf(await client.accept("eds"))).toEqual(["a"]);
  });

  test("says at once that a name is not there, and sends it when it comes", async () => {
    using stage = await startXds();
    stage.publish({});
    using client = stage.connect("delta");
    client.send("rds", { node, resourceNamesSubscribe: ["http"] });
    expect(removedOf(await client.accept("rds"))).toEqual(["http"]);
    stage.publish({ rds: routes({ http: "a" }) });
    expect(namesOf(await client.accept("rds"))).toEqual(["http"]);
  });

  test("whoever comes back tells what it has, and is sent the rest", async () => {
    using stage = await startXds();
    stage.publish({ cds: clusters({ a: 1, b: 1, c: 1 }), eds: endpoints({ a: 1, b: 1 }) });
    using first = stage.connect("delta");
    first.send("cds", { node });
    const versions = versionsOf(await first.accept("cds"));
    first.send("eds", { resourceNamesSubscribe: ["a", "b"] });
    const endpointVersions = versionsOf(await first.accept("eds"));

    const clock = new FakeClock();
    using other = await startXds({ clock });
    other.publish({ cds: clusters({ a: 1, b: 2, d: 1 }), eds: endpoints({ a: 1, b: 1 }) });
    using second = other.connect("delta");
    second.send("cds", { node, initialResourceVersions: versions });
    const cds = await second.accept("cds");
    expect([namesOf(cds).toSorted(), removedOf(cds)]).toEqual([["b", "d"], []]);
    second.send("eds", { resourceNamesSubscribe: ["a", "b", "d"], initialResourceVersions: endpointVersions });
    // Endpoints come all the same: a cluster may have waited for them when the stream broke.
    const eds = await second.accept("eds");
    expect([namesOf(eds).toSorted(), removedOf(eds)]).toEqual([["a", "b"], ["d"]]);
    other.publish({ cds: clusters({ a: 1, b: 2, d: 1 }), eds: endpoints({ a: 9, b: 1 }) });
    expect(namesOf(await second.accept("eds"))).toEqual(["a"]);
    await second.quiet();
    // Its routes may need what this server does not know, until it has had the time to ask for others.
    clock.advance(5000);
    expect(removedOf(await second.accept("cds"))).toEqual(["c"]);
  });

  test("a subscription counts even when its nonce is old", async () => {
    using stage = await startXds();
    stage.publish({ eds: endpoints({ a: 1, b: 1 }) });
    using client = stage.connect("delta");
    client.send("eds", { node, resourceNamesSubscribe: ["a"] });
    await client.accept("eds");
    client.send("eds", { responseNonce: "long ago", resourceNamesSubscribe: ["b"] });
    expect(namesOf(await client.accept("eds"))).toEqual(["b"]);
  });

  test("a changed cluster's endpoints are sent once more, after it, so that it warms", async () => {
    using stage = await startXds();
    stage.publish({ cds: clusters({ a: 1, b: 1 }), eds: endpoints({ a: 1, b: 1 }) });
    using client = stage.connect("delta");
    client.send("cds", { node });
    await client.accept("cds");
    client.send("eds", { resourceNamesSubscribe: ["a", "b"] });
    await client.accept("eds");
    stage.publish({ cds: clusters({ a: 2, b: 1 }), eds: endpoints({ a: 1, b: 1 }) });
    expect(namesOf(await client.accept("cds"))).toEqual(["a"]);
    expect(namesOf(await client.accept("eds"))).toEqual(["a"]);
    await client.quiet();
  });

  test("routes wait until the clusters they need are there, and clusters stay until the routes are gone", async () => {
    using stage = await startXds();
    stage.publish({ cds: clusters({ old: 1 }), eds: endpoints({ old: 1 }), rds: routes({ http: "old" }) });
    using client = stage.connect("delta");
    client.send("cds", { node });
    await client.accept("cds");
    client.send("eds", { resourceNamesSubscribe: ["old"] });
    await client.accept("eds");
    client.send("rds", { resourceNamesSubscribe: ["http"] });
    await client.accept("rds");
    stage.publish({ cds: clusters({ new: 1 }), eds: endpoints({ new: 1 }), rds: routes({ http: "new" }) });
    const added = await client.next();
    expect([namesOf(added), removedOf(added)]).toEqual([["new"], []]);
    // As Envoy does: it asks for the endpoints before it acknowledges the cluster.
    client.send("eds", { resourceNamesSubscribe: ["new"] });
    client.send("cds", { responseNonce: added["nonce"] ?? "" });
    const warmed = await client.next();
    expect(namesOf(warmed)).toEqual(["new"]);
    await client.quiet();
    client.send("eds", { responseNonce: warmed["nonce"] ?? "" });
    const switched = await client.next();
    expect(namesOf(switched)).toEqual(["http"]);
    await client.quiet();
    client.send("rds", { responseNonce: switched["nonce"] ?? "" });
    expect(removedOf(await client.accept("cds"))).toEqual(["old"]);
    expect(removedOf(await client.accept("eds"))).toEqual(["old"]);
    await client.quiet();
  });

  test("what a client refuses together is sent again in parts, so that only what is broken is missing", async () => {
    using stage = await startXds();
    const names = ["a", "b", "broken", "c", "d"];
    stage.publish({ rds: routes(Object.fromEntries(names.map((name) => [name, "x"]))) });
    using client = stage.connect("delta");
    const taken = new Set<string>();
    client.send("rds", { node, resourceNamesSubscribe: names });
    for (let refusals = 0; taken.size < 4;) {
      const answer = await client.next();
      const bad = namesOf(answer).includes("broken");
      const nonce = { responseNonce: answer["nonce"] ?? "" };
      client.send("rds", bad ? { ...nonce, errorDetail: { message: "broken" } } : nonce);
      if (bad) expect(++refusals).toBeLessThan(6);
      else for (const name of namesOf(answer)) taken.add(name);
    }
    expect([...taken].toSorted()).toEqual(["a", "b", "c", "d"]);
    // Tried once more, as the others may have been in its way; then no more.
    const last = await client.next();
    expect(namesOf(last)).toEqual(["broken"]);
    client.send("rds", { responseNonce: last["nonce"] ?? "", errorDetail: { message: "still broken" } });
    await client.quiet();
    expect(stage.server.nacks.all[0]).toMatchObject({ type: "rds", resources: ["broken"], error: "still broken" });
    stage.publish({ rds: routes({ a: "x", b: "x", c: "x", d: "x", broken: "good" }) });
    expect(namesOf(await client.accept("rds"))).toEqual(["broken"]);
    await client.quiet();
    await until("the client is in sync", () => stage.server.clients[0]?.stream.inSync === true);
  });
});
