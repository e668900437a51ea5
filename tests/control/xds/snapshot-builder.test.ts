import { describe, expect, test } from "bun:test";
import { assert, constantFrom, dictionary, nat, property } from "fast-check";
import { loadMessages } from "#src/control/xds/messages.ts";
import { changeOf, type EnvoyResources } from "#src/control/xds/snapshot.ts";
import { SnapshotBuilder } from "#src/control/xds/snapshot-builder.ts";
import type { JsonObject } from "#src/core/json.ts";

const messages = await loadMessages();

function cluster(name: string, timeout: number): JsonObject {
  return { name, connect_timeout: `${timeout}s`, type: "EDS", eds_cluster_config: { eds_config: { ads: {} } } };
}

function clusters(...bodies: readonly JsonObject[]): EnvoyResources {
  return { cds: new Map(bodies.map((body) => [typeof body["name"] === "string" ? body["name"] : "", body])) };
}

describe("building snapshots", () => {
  test("keeps the objects of what did not change, whether the translation keeps its own or not", () => {
    const builder = new SnapshotBuilder(messages);
    const [a, b] = [cluster("a", 1), cluster("b", 1)];
    const first = builder.build(clusters(a, b)).snapshot;
    expect(builder.build(clusters(a, b)).snapshot).toBe(first);
    expect(builder.build(clusters(cluster("a", 1), b)).snapshot).toBe(first);
    const second = builder.build(clusters(a, cluster("b", 2))).snapshot;
    expect(second.lds).toBe(first.lds);
    expect(second.cds.get("a")).toBe(first.cds.get("a"));
    expect(changeOf(first.cds, second.cds)).toEqual({ changed: [second.cds.get("b")], removed: [] } as never);
    const third = builder.build(clusters(a)).snapshot;
    expect(changeOf(second.cds, third.cds)).toEqual({ changed: [], removed: ["b"] });
  });

  test("goes on with the rest when one resource is wrong, and keeps what its name stood for", () => {
    const builder = new SnapshotBuilder(messages);
    const first = builder.build(clusters(cluster("a", 1))).snapshot;
    const wrong = { name: "a", connect_timeout: "soon" };
    const input = clusters(wrong, { name: "b", conect_timeout: "1s" }, cluster("c", 1));
    const { snapshot, problems } = builder.build(input);
    expect([...snapshot.cds.keys()]).toEqual(["a", "c"]);
    expect(snapshot.cds.get("a")).toBe(first.cds.get("a"));
    expect(problems).toEqual([
      { type: "cds", name: "a", field: "connect_timeout", kept: true, reason: expect.stringContaining("Duration") },
      { type: "cds", name: "b", field: "conect_timeout", kept: false, reason: expect.stringContaining("unknown") },
    ]);
    expect(builder.build(input).problems).toEqual(problems);
    expect(builder.build(clusters(cluster("c", 1))).problems).toEqual([]);
  });

  test("gives the same version to the same content in another process", () => {
    const versions = [1, 2].map(
      () => new SnapshotBuilder(messages).build(clusters(cluster("a", 1))).snapshot.cds.get("a")?.version,
    );
    expect(versions[0]).toBe(versions[1] ?? "");
    expect(versions[0]).toMatch(/^[\w-]{16}$/);
  });

  test("encodes a route configuration by its virtual hosts, and names the field there as well", () => {
    const builder = new SnapshotBuilder(messages);
    const host = (name: string, prefix: string): JsonObject => ({
      name,
      domains: [name],
      routes: [{ match: { prefix }, direct_response: { status: 204 } }],
    });
    const same = host("same.example", "/");
    const body = { name: "http", virtual_hosts: [same, host("b.example", "/b")], validate_clusters: false };
    const { snapshot } = builder.build({ rds: new Map([["http", body]]) });
    const message = "envoy.config.route.v3.RouteConfiguration";
    const whole = messages.toJson(message, messages.encode(message, body));
    expect(messages.toJson(message, snapshot.rds.get("http")?.bytes ?? new Uint8Array())).toEqual(whole);
    const bad = { name: "http", virtual_hosts: [same, { name: "b", domain: ["*"] }] };
    expect(builder.build({ rds: new Map([["http", bad]]) }).problems[0]?.field).toBe("virtual_hosts[1].domain");
  });

  test("refuses another type's message", () => {
    const body = { "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", name: "a" };
    const { problems } = new SnapshotBuilder(messages).build({
      cds: new Map([["a", body]]),
      lds: new Map([["a", body]]),
    });
    expect(problems.map(({ type, field }) => [type, field])).toEqual([["lds", "@type"]]);
  });

  test("a change applied to what was before gives what is now", () => {
    const names = constantFrom("a", "b", "c", "d", "e");
    const sets = dictionary(names, nat(3));
    assert(
      property(sets, sets, (one, other) => {
        const builder = new SnapshotBuilder(messages);
        const [before, after] = [one, other].map(
          (set) =>
            builder.build(clusters(...Object.entries(set).map(([name, timeout]) => cluster(name, timeout)))).snapshot
              .cds,
        );
        if (before === undefined || after === undefined) throw new Error("no snapshot");
        const { changed, removed } = changeOf(before, after);
        const held = new Map(before);
        for (const name of removed) held.delete(name);
        for (const resource of changed) held.set(resource.name, resource);
        expect(held.size).toBe(after.size);
        for (const [name, resource] of after) expect(held.get(name)).toBe(resource);
        expect(changed.every(({ name, version }) => before.get(name)?.version !== version)).toBe(true);
      }),
    );
  });
});
