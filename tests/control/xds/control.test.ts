import { describe, expect, test } from "bun:test";
import { createAdmin } from "#src/control/admin.ts";
import { openXds, type XdsControl } from "#src/control/xds/control.ts";
import { loadMessages } from "#src/control/xds/messages.ts";
import { systemClock } from "#src/core/clock.ts";
import { Metrics } from "#src/observe/metrics.ts";
import { XdsMetricFamilies } from "#src/observe/xds-metrics.ts";
import { namesOf, RawClient } from "#tests/support/xds/raw-client.ts";
import { freePort } from "#tests/support/unprivileged.ts";
import { until } from "#tests/support/until.ts";
import { clusters, endpoints } from "#tests/support/xds/stage.ts";

const messages = await loadMessages();

interface Stage extends AsyncDisposable {
  readonly control: XdsControl;
  readonly metrics: Metrics;
  readonly logged: string[];
  client(token?: string): RawClient;
  /** A page of the admin listener. */
  page(path: string): Promise<Response>;
}

async function open(): Promise<Stage> {
  const metrics = new Metrics();
  const logged: string[] = [];
  const note = (message: string, fields?: object): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: note, warn: note, error: note };
  const control = await openXds({ clock: systemClock, log, metrics: new XdsMetricFamilies(metrics) });
  const admin = createAdmin({
    token: () => undefined,
    reload: () => Promise.resolve({ ok: true }),
    metrics: () => metrics.expose(),
    status: () => ({
      draining: false,
      activeRequests: 0,
      staleConfig: false,
      ...(control.ready ? {} : { waitingFor: "resources for Envoy" }),
    }),
    xds: () => control.debug,
  });
  return {
    control,
    metrics,
    logged,
    client: (token) =>
      new RawClient({ protocol: "delta", port: control.port, messages, ...(token === undefined ? {} : { token }) }),
    page: async (path) => admin.request(path),
    [Symbol.asyncDispose]: () => control.close(),
  };
}

const config = { host: "127.0.0.1", port: 0 };

describe("the xDS server of a configuration", () => {
  test("is ready once it has something to serve", async () => {
    await using stage = await open();
    expect((await stage.page("/ready")).status).toBe(200);
    await stage.control.apply(config);
    const starting = await stage.page("/ready");
    expect([starting.status, await starting.json()]).toMatchObject([503, { waiting_for: "resources for Envoy" }]);
    stage.control.publish({ cds: clusters({ a: 1 }) });
    expect((await stage.page("/ready")).status).toBe(200);
  });

  test("opens its port anew only for another address or certificate, and goes on with what it has", async () => {
    await using stage = await open();
    const port = await freePort();
    stage.control.publish({ cds: clusters({ a: 1 }) });
    await stage.control.apply({ ...config, port });
    using client = stage.client();
    client.send("cds", { node: { id: "n" } });
    await client.accept("cds");
    await stage.control.apply({ ...config, port, token: "t0k3n" });
    await client.quiet();
    using refused = stage.client("other");
    expect(await refused.ended).toMatchObject({ code: 16 });
    using allowed = stage.client("t0k3n");
    allowed.send("cds", { node: { id: "n" } });
    expect(namesOf(await allowed.accept("cds"))).toEqual(["a"]);
    await stage.control.apply({ host: "localhost", port });
    expect((await client.ended).code).not.toBe(0);
    using back = stage.client();
    back.send("cds", { node: { id: "n" } });
    expect(namesOf(await back.accept("cds"))).toEqual(["a"]);
  });

  test("stays where it is when a port cannot be opened", async () => {
    await using stage = await open();
    const taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    stage.control.publish({ cds: clusters({ a: 1 }) });
    await stage.control.apply(config);
    expect(await stage.control.apply({ ...config, port: taken.port ?? 0 }).catch(() => "refused")).toBe("refused");
    using client = stage.client();
    client.send("cds", { node: { id: "n" } });
    expect(namesOf(await client.accept("cds"))).toEqual(["a"]);
    await taken.stop();
  });

  test("tells of a resource that cannot be sent, and sends the others", async () => {
    await using stage = await open();
    await stage.control.apply(config);
    const wrong = { name: "wrong", conect_timeout: "1s" };
    const problems = stage.control.publish({ cds: new Map([...clusters({ a: 1 }), ["wrong", wrong]]) });
    expect(problems).toMatchObject([{ type: "cds", name: "wrong", field: "conect_timeout" }]);
    expect(stage.logged[0]).toContain("conect_timeout");
    using client = stage.client();
    client.send("cds", { node: { id: "n" } });
    expect(namesOf(await client.accept("cds"))).toEqual(["a"]);
  });
});

describe("the debug pages", () => {
  test("show who is connected and what it has said", async () => {
    await using stage = await open();
    await stage.control.apply(config);
    stage.control.publish({ cds: clusters({ a: 1, b: 1 }), eds: endpoints({ a: 80 }) });
    using client = stage.client();
    client.send("cds", { node: { id: "n", cluster: "edge", userAgentName: "envoy", userAgentVersion: "1" } });
    await client.accept("cds");
    client.send("eds", { resourceNamesSubscribe: ["a"] });
    const { nonce = "" } = await client.next();
    const synced = async (): Promise<{ types?: Record<string, unknown> }[]> =>
      (await (await stage.page("/debug/syncz")).json()) as { types?: Record<string, unknown> }[];
    await until("the endpoints were sent", async () => (await synced())[0]?.types?.["eds"] !== undefined);
    expect(await synced()).toMatchObject([
      {
        node: "n",
        cluster: "edge",
        agent: "envoy 1",
        protocol: "delta",
        in_sync: false,
        types: {
          cds: { status: "SYNCED", resources: 2, subscribed: "*" },
          eds: { status: "STALE", subscribed: 1 },
        },
      },
    ]);
    client.send("eds", { responseNonce: nonce, errorDetail: { message: "no such host" } });
    await until("the refusal has come", async () => JSON.stringify(await synced()).includes("NACKED"));
    const nacks = await (await stage.page("/debug/nacks")).json();
    expect(nacks).toMatchObject({
      current: [{ node: "n", type: "eds", error: "no such host", names: ["a"] }],
      recent: [{ node: "n", cluster: "edge", type: "eds", error: "no such host", resources: ["a"] }],
    });
    const metrics = await (await stage.page("/metrics")).text();
    expect(metrics).toContain("sluice_xds_streams 1");
    expect(metrics).toContain('sluice_xds_nacks_total{type="eds"} 1');
    expect(metrics).toContain('sluice_xds_pushes_total{type="cds",protocol="delta"} 1');
    expect(metrics).toMatch(/sluice_xds_push_bytes_total\{type="cds"\} \d+/);
  });

  test("show resources as Envoy does, endpoints by cluster, and no secret", async () => {
    await using stage = await open();
    await stage.control.apply(config);
    expect((await stage.page("/debug/config_dump")).status).toBe(503);
    const certificate = {
      name: "cert",
      tls_certificate: {
        certificate_chain: { inline_string: "public" },
        private_key: { inline_string: "SECRET" },
        password: { inline_bytes: "U0VDUkVU" },
      },
    };
    const users = "type.googleapis.com/envoy.extensions.filters.http.basic_auth.v3.BasicAuth";
    const filter = { name: "auth", typed_config: { "@type": users, users: { inline_string: "joe:SECRET" } } };
    stage.control.publish({
      cds: clusters({ a: 1 }),
      eds: endpoints({ a: 80 }),
      sds: new Map([["cert", certificate]]),
      ecds: new Map([["auth", filter]]),
    });
    const text = await (await stage.page("/debug/config_dump")).text();
    expect(text).not.toContain("SECRET");
    expect(text).not.toContain("U0VDUkVU");
    expect(JSON.parse(text)).toMatchObject({
      configs: [
        {
          "@type": "type.googleapis.com/envoy.admin.v3.SecretsConfigDump",
          dynamic_active_secrets: [
            {
              name: "cert",
              secret: {
                tls_certificate: {
                  certificate_chain: { inline_string: "public" },
                  private_key: { inline_string: "[redacted]" },
                },
              },
            },
          ],
        },
        { dynamic_active_clusters: [{ cluster: { name: "a", connect_timeout: "1s" } }] },
        { dynamic_endpoint_configs: [{ endpoint_config: { cluster_name: "a" } }] },
        { ecds_filters: [{ ecds_filter: { typed_config: { users: { inline_string: "[redacted]" } } } }] },
      ],
    });
    const only = await (await stage.page("/debug/config_dump?type=CDS")).json();
    expect(only).toMatchObject({ configs: [{ dynamic_active_clusters: [{}] }] });
    expect((await stage.page("/debug/config_dump?type=none")).status).toBe(400);
    expect((await stage.page("/debug/config_dump?node=none")).status).toBe(404);
    expect(await (await stage.page("/debug/endpointz")).json()).toMatchObject([
      { cluster: "a", endpoints: [{ address: "127.0.0.1", port: 80, weight: 1, health: "UNKNOWN" }] },
    ]);
  });
});
