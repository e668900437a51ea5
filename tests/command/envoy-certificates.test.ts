import { describe, expect, test } from "bun:test";
import { openEnvoyLayer } from "#src/command/envoy-layer.ts";
import { envoyBootstrap } from "#src/control/xds/bootstrap.ts";
import { systemClock } from "#src/core/clock.ts";
import { registry } from "#src/registry.ts";
import { freePort } from "#tests/support/backend.ts";
import { Connection } from "#tests/support/churn/connection.ts";
import { Load } from "#tests/support/churn/load.ts";
import { certificatesFor } from "#tests/support/churn/objects.ts";
import { type Envoy, envoyMissing, startEnvoy } from "#tests/support/envoy.ts";
import { configOf } from "#tests/support/envoy-translation.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { PEBBLE_AUTHORITY, pebbleMissing, startPebble } from "#tests/support/pebble.ts";
import { temporaryFolder } from "#tests/support/temporary-file.ts";
import { until } from "#tests/support/until.ts";

const missing = envoyMissing ?? pebbleMissing;
if (missing !== undefined) console.log(missing);

const PATIENCE = 60_000;
const ROTATIONS = 100;

function startAt(port: number): Promise<Envoy> {
  return startEnvoy(
    envoyBootstrap({
      node: { id: "e", cluster: "c", metadata: {} },
      servers: [{ host: "127.0.0.1", port }],
      admin: { host: "127.0.0.1", port: 0 },
      protocol: "delta",
      maxConnections: 1000,
    }),
  );
}

describe("certificates that are got by ACME", () => {
  test.skipIf(missing !== undefined)(
    "are got through Envoy, which passes the authority's checks on, and are shown by it",
    async () => {
      const [http, inside, admin, xds] = [await freePort(), await freePort(), await freePort(), await freePort()];
      await using pebble = await startPebble({ httpPort: http });
      const storage = temporaryFolder();
      const config = (email: string) => ({
        listeners: [
          { name: "inside", host: "127.0.0.1", port: inside, behindEnvoy: true },
          { name: "http", host: "127.0.0.1", port: http },
          { name: "https", host: "127.0.0.1", port: 0, tls: { auto: ["one.test"] } },
        ],
        admin: { port: admin },
        xds: { port: xds, tier: { endpoints: [`127.0.0.1:${inside}`], readyPort: admin } },
        acme: { directory: pebble.directory, caCertificate: PEBBLE_AUTHORITY, email, storage },
        routes: [{ name: "r", match: { path: { prefix: "/" } }, response: { status: 200, body: "by Envoy" } }],
      });
      const args = ["--port", String(inside), "--admin-port", String(admin)];
      const gateway = await startGateway({ config: config("first@example.com"), args });
      const state = async (): Promise<string | undefined> => {
        const answer = await fetch(`${gateway.admin}/debug/certificates`);
        const { certificates } = (await answer.json()) as { certificates: { state: string }[] };
        return certificates[0]?.state;
      };
      try {
        // Nobody listens where the authority looks: what comes now is shown until Envoy is there.
        await until("the first try has failed", async () => (await state()) === "failing");
        await using envoy = await startAt(xds);
        expect(await (await fetch(`http://127.0.0.1:${http}/`)).text()).toBe("by Envoy");
        const port = (await envoy.listenerPort("https")) ?? 0;
        const shown = async (): Promise<string> => {
          const connection = new Connection({ port, serverName: "one.test" });
          await connection.opened;
          connection.close();
          return connection.certificate.issuer;
        };
        expect(await shown()).toContain("no certificate yet");
        // Other settings are tried at once.
        gateway.rewrite(config("second@example.com"));
        await until("there is a certificate", async () => (await state()) === "valid");
        await until("Envoy shows it", async () => (await shown()).startsWith("Pebble"));
      } finally {
        await gateway.stop();
      }
    },
    PATIENCE,
  );

  test.skipIf(envoyMissing !== undefined)(
    "take the place of those before in Envoy without a failed handshake or a closed connection",
    async () => {
      const turns = await certificatesFor("one.test", 5);
      let shown = turns[0];
      const layer = await openEnvoyLayer({
        clock: systemClock,
        log: { info() {}, warn() {}, error() {} },
        metrics: { streams() {}, pushed() {}, settled() {} },
        registry,
        modules: { load: () => Promise.reject(new Error("there are no modules")) },
        certificatesOf: () => (shown === undefined ? [] : [{ ...shown, hosts: ["one.test"] }]),
      });
      const config = configOf({
        listeners: [{ name: "https", host: "127.0.0.1", port: 0, tls: { auto: ["one.test"] } }],
        xds: { port: 0 },
        routes: [{ name: "r", match: { path: { prefix: "/" } }, response: { status: 200, body: "yes" } }],
      });
      await layer.moveTo(config);
      await using envoy = await startAt(layer.port);
      const target = { port: (await envoy.listenerPort("https")) ?? 0, serverName: "one.test" };
      const shared = { target, hosts: ["one.test"], path: "/", random: Math.random };
      const [kept, anew] = [new Load({ ...shared, clients: 2 }), new Load({ ...shared, clients: 2, keeps: false })];
      const fingerprint = async (): Promise<string> => {
        const connection = new Connection(target);
        await connection.opened;
        connection.close();
        return connection.certificate.fingerprint;
      };
      for (let turn = 1; turn <= ROTATIONS; turn++) {
        shown = turns[turn % turns.length];
        await layer.moveTo(config);
        await until("the other certificate is shown", async () => (await fingerprint()) === shown?.fingerprint);
      }
      await Promise.all([kept.stop(), anew.stop()]);
      await layer.close();
      expect([...kept.failures, ...anew.failures, kept.closed]).toEqual([0]);
      expect(kept.count).toBeGreaterThan(ROTATIONS);
      expect(anew.count).toBeGreaterThan(ROTATIONS);
    },
    PATIENCE,
  );
});
