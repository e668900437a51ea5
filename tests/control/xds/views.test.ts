import { expect, test } from "bun:test";
import { EMPTY_SNAPSHOT, type XdsSnapshot } from "#src/control/xds/snapshot.ts";
import type { XdsView } from "#config/model/xds.ts";
import { loadMessages } from "#src/control/xds/messages.ts";
import { SnapshotBuilder } from "#src/control/xds/snapshot-builder.ts";
import { Views } from "#src/control/xds/views.ts";
import type { JsonObject } from "#src/core/json.ts";

const messages = await loadMessages();
const ADS = { ads: {}, resource_api_version: "V3" };

/** A listener that shows a certificate. */
function listener(name: string, secret: string, port: number): JsonObject {
  const certificates = [{ name: secret, sds_config: ADS }];
  return {
    name,
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    filter_chains: [
      {
        transport_socket: {
          name: "tls",
          typed_config: {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            common_tls_context: { tls_certificate_sds_secret_configs: certificates },
          },
        },
      },
    ],
  };
}

const secret = (name: string): JsonObject => ({ name, tls_certificate: { private_key: { inline_string: name } } });

/** Snapshots of one builder, as they are published one after the other. */
function snapshots(): (ports: { readonly edge: number; readonly inner: number }) => XdsSnapshot {
  const builder = new SnapshotBuilder(messages);
  return ({ edge, inner }) => {
    const { snapshot, problems } = builder.build({
      lds: new Map([
        ["edge", listener("edge", "edge-key", edge)],
        ["inner", listener("inner", "inner-key", inner)],
        ["tunnel", { name: "tunnel", internal_listener: {} }],
      ]),
      sds: new Map(["edge-key", "inner-key", "service-key"].map((name) => [name, secret(name)])),
    });
    expect(problems).toEqual([]);
    return snapshot;
  };
}

function node(said: { id?: string; cluster?: string; metadata?: JsonObject }) {
  return { id: "", cluster: "", metadata: {}, agent: "", zone: "", ...said };
}

const VIEWS: readonly XdsView[] = [
  { nodes: { ids: ["edge-*"] }, listeners: ["edge"] },
  { nodes: { clusters: ["office"], metadata: { site: "berlin" } }, listeners: ["in*"] },
];

const namesIn = (seen: XdsSnapshot | undefined): unknown =>
  seen === undefined ? undefined : [[...seen.lds.keys()], [...seen.sds.keys()]];

test("a node is shown its listeners with their certificates, and what belongs to clusters", () => {
  const view = new Views(VIEWS).over(snapshots()({ edge: 1, inner: 2 }));
  const edge = [
    ["edge", "tunnel"],
    ["edge-key", "service-key"],
  ];
  const inner = [
    ["inner", "tunnel"],
    ["inner-key", "service-key"],
  ];
  const all = [
    ["edge", "inner", "tunnel"],
    ["edge-key", "inner-key", "service-key"],
  ];
  expect(namesIn(view(node({ id: "edge-7" })))).toEqual(edge);
  expect(namesIn(view(node({ cluster: "office", metadata: { site: "berlin" } })))).toEqual(inner);
  expect(namesIn(view(node({ cluster: "office" })))).toEqual(all);
  expect(namesIn(view(node({ id: "other" })))).toEqual(all);
  const closed = new Views([...VIEWS, { nodes: {}, listeners: [] }]).over(snapshots()({ edge: 1, inner: 2 }));
  expect(namesIn(closed(node({ id: "other" })))).toEqual([["tunnel"], ["service-key"]]);
});

test("what changed for others is no change", () => {
  const views = new Views(VIEWS);
  const next = snapshots();
  const seen = views.over(next({ edge: 1, inner: 2 }))(node({ id: "edge-1" }));
  const then = views.over(next({ edge: 1, inner: 3 }))(node({ id: "edge-1" }));
  expect(then?.lds).toBe(seen?.lds ?? new Map());
  expect(then?.sds).toBe(seen?.sds ?? new Map());
  const moved = views.over(next({ edge: 4, inner: 3 }))(node({ id: "edge-1" }));
  expect(moved?.lds).not.toBe(seen?.lds ?? new Map());
});

test("without views everybody is shown everything", () => {
  expect(new Views([]).over(EMPTY_SNAPSHOT)(node({}))).toBe(EMPTY_SNAPSHOT);
});
