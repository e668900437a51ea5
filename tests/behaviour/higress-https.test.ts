import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { RawClient } from "#tests/contracts/raw-client.ts";
import { askSecurely, shown } from "#tests/contracts/tls-client.ts";
import { freePort } from "#tests/support/backend.ts";
import { FakeApiServer } from "#tests/support/fake-api-server.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { type Pebble, PEBBLE_AUTHORITY, pebbleMissing, startPebble } from "#tests/support/pebble.ts";
import { temporaryFile, temporaryFolder } from "#tests/support/temporary-file.ts";
import { until } from "#tests/support/until.ts";

if (pebbleMissing !== undefined) console.warn(pebbleMissing);

const pem = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");

type KubeObject = Readonly<Record<string, unknown>>;

/** Several processes start in each of them. */
const PATIENCE = 30_000;

const SYSTEM = "higress-system";

const domains = (cert: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "higress-https", namespace: SYSTEM },
  data: { cert },
});

const issued = (...names: readonly string[]): string =>
  names.map((name) => `- { domains: ["${name}"], tlsIssuer: letsencrypt, tlsSecret: "${name}-tls" }`).join("\n");

const secret = (name: string, namespace: string, values: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  type: "kubernetes.io/tls",
  metadata: { name, namespace },
  data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
});

/** An Ingress with TLS whose only path is answered by the native route. */
function ingress(host: string, more: { readonly secretName?: string; readonly annotations?: object } = {}): KubeObject {
  const backend = { service: { name: "nobody", port: { number: 80 } } };
  const { secretName, annotations = {} } = more;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: host, namespace: "default", annotations },
    spec: {
      ingressClassName: "higress",
      tls: [{ hosts: [host], ...(secretName === undefined ? {} : { secretName }) }],
      rules: [{ host, http: { paths: [{ path: "/nobody", pathType: "Prefix", backend }] } }],
    },
  };
}

interface Ports {
  readonly http: number;
  readonly tls: number;
}

const open: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

async function gatewayAt(ports: Ports, args: readonly string[], acme: KubeObject = {}): Promise<Gateway> {
  const config = {
    listeners: [
      { name: "http", host: "127.0.0.1", port: ports.http },
      { name: "https", host: "127.0.0.1", port: ports.tls, tls: { certificates: [] } },
    ],
    admin: { port: 0 },
    acme: { caCertificate: PEBBLE_AUTHORITY, ...acme },
    routes: [{ name: "r", response: { status: 200, body: "routed" } }],
  };
  const gateway = await startGateway({ config, args: ["--port", String(ports.http), ...args] });
  open.push(gateway);
  return gateway;
}

async function freePorts(): Promise<Ports> {
  return { http: await freePort(), tls: await freePort() };
}

async function pebbleFor({ http }: Ports): Promise<Pebble> {
  const pebble = await startPebble({ httpPort: http });
  open.push(pebble);
  return pebble;
}

function folderOf(objects: Readonly<Record<string, KubeObject>>): {
  put(name: string, object: KubeObject): void;
  path: string;
} {
  const path = temporaryFolder();
  // Moved into its place: half a file would be read as one without the objects.
  const put = (name: string, object: KubeObject): void => {
    writeFileSync(join(path, name), JSON.stringify(object));
    renameSync(join(path, name), join(path, `${name}.json`));
  };
  for (const [name, object] of Object.entries(objects)) put(name, object);
  return { put, path };
}

async function stateOf(gateway: Gateway, name: string): Promise<string | undefined> {
  const { certificates } = (await (await fetch(`${gateway.admin}/debug/certificates`)).json()) as {
    certificates: { name: string; state: string }[];
  };
  return certificates.find((one) => one.name === name)?.state;
}

async function findingsOf(gateway: Gateway): Promise<string> {
  return (await fetch(`${gateway.admin}/debug/resources`)).text();
}

/** Whether a client that trusts these authorities takes what is shown. */
function trusted(port: number, servername: string, ca: string): Promise<boolean> {
  return shown(port, servername, { ca, rejectUnauthorized: true }).then((name) => !name.startsWith("failed"));
}

/** A connection that stays open over several requests. */
async function kept(port: number, host: string, options: object = {}): Promise<() => Promise<number>> {
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    const one = connect({ port, host: "127.0.0.1", servername: host, rejectUnauthorized: false, ...options }, () =>
      resolve(one),
    );
    one.once("error", reject);
  });
  const client = RawClient.on(socket);
  open.push({ stop: () => Promise.resolve(void socket.destroy()) });
  return async () => {
    await client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return (await client.answer()).status;
  };
}

describe.skipIf(pebbleMissing !== undefined)("with Pebble", () => {
  test(
    "names of higress-https are got, and more of them while connections stay open",
    async () => {
      const ports = await freePorts();
      const pebble = await pebbleFor(ports);
      const account = "acmeIssuer: [{ name: letsencrypt, email: ops@example.com }]\ncredentialConfig:";
      const folder = folderOf({
        map: domains(`${account}\n${issued("one.test")}`),
        one: ingress("one.test", { secretName: "not-there" }),
      });
      const gateway = await gatewayAt(ports, ["--resources", folder.path], { directory: pebble.directory });
      await until("one.test is got", async () => (await stateOf(gateway, "one.test")) === "valid");
      const root = await pebble.root();
      expect(await trusted(ports.tls, "one.test", root)).toBe(true);

      const ask = await kept(ports.tls, "one.test");
      expect(await ask()).toBe(200);
      folder.put("map", domains(`renewBeforeDays: 45\n${account}\n${issued("one.test", "two.test")}`));
      await until("two.test is got", async () => (await stateOf(gateway, "two.test")) === "valid");
      expect(await trusted(ports.tls, "two.test", root)).toBe(true);

      // What is wrong is told, and costs no more than itself.
      folder.put("map", domains(`renewBeforeDays: 90\n${account}\n${issued("one.test", "*.test")}`));

      await until("the mistakes are told", async () => (await findingsOf(gateway)).includes("takes no wildcard"));
      expect(await findingsOf(gateway)).toContain("data.cert.renewBeforeDays");
      await until("two.test is let go", async () => (await stateOf(gateway, "two.test")) === undefined);
      expect(await trusted(ports.tls, "one.test", root)).toBe(true);
      expect(await ask()).toBe(200);
    },
    PATIENCE,
  );

  test(
    "a cluster's Secrets keep certificates, and those that are somebody's own stay",
    async () => {
      await using server = new FakeApiServer();
      const secrets = `/api/v1/namespaces/${SYSTEM}/secrets`;
      const ingresses = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";
      server.put(
        `/api/v1/namespaces/${SYSTEM}/configmaps`,
        domains(`credentialConfig:\n${issued("one.test", "own.test")}`),
      );
      const own = secret("own.test-tls", SYSTEM, { "tls.crt": pem("a.test.pem"), "tls.key": pem("a.test.key.pem") });
      server.put(secrets, own);
      for (const host of ["one.test", "own.test"]) server.put(ingresses, ingress(host));
      const kubeconfig = temporaryFile(
        JSON.stringify({
          contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
          "current-context": "c",
          clusters: [{ name: "c", cluster: { server: server.url } }],
          users: [{ name: "u", user: { token: server.token } }],
        }),
        "kubeconfig.json",
      );
      const ports = await freePorts();
      const args = ["--kube", "--kubeconfig", kubeconfig];
      const pebble = await pebbleFor(ports);
      const gateway = await gatewayAt(ports, args, { directory: pebble.directory });
      const kubeSecret = (): KubeObject | undefined => server.get(`${secrets}/one.test-tls`);
      await until("the Secret is written", () => kubeSecret() !== undefined).catch((error: unknown) => {
        throw new Error(gateway.stderr.text, { cause: error });
      });
      expect(kubeSecret()).toMatchObject({
        kind: "Secret",
        type: "kubernetes.io/tls",
        metadata: {
          annotations: {
            "higress.io/cert-domain": "one.test",
            "higress.io/cert-source": "letsencrypt",
            "higress.io/cert-renew": "false",
            "higress.io/cert-notAfter": expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
          },
        },
      });
      const root = await pebble.root();
      expect(await trusted(ports.tls, "one.test", root)).toBe(true);
      expect(await shown(ports.tls, "own.test")).toBe("a.test");
      expect(server.asked.filter((line) => /^P\w+ .*own\.test/.test(line))).toEqual([]);

      await gateway.stop();
      await pebble.stop();

      // Another process, without an authority: what the cluster has is shown at once.
      const again = await gatewayAt(ports, args, { directory: pebble.directory });
      expect(await stateOf(again, "one.test")).toBe("valid");
      expect(await trusted(ports.tls, "one.test", root)).toBe(true);
    },
    PATIENCE,
  );
});

describe("what is asked of clients", () => {
  const client = (name: string): object => ({ cert: pem(`${name}.pem`), key: pem(`${name}.key.pem`) });
  const status = async (port: number, options: object): Promise<number | undefined> =>
    (await askSecurely(port, "guarded.test", options))?.status;

  test(
    "follows the Secret of auth-tls-secret while the gateway runs",
    async () => {
      const ports = await freePorts();
      const pair = { "tls.crt": pem("b.test.pem"), "tls.key": pem("b.test.key.pem") };
      const clients = (ca: string): KubeObject => secret("clients", "default", { "ca.crt": pem(`${ca}.pem`) });
      const annotations = { "higress.io/auth-tls-secret": "clients" };
      const folder = folderOf({
        pair: secret("pair", "default", pair),
        clients: clients("authority"),
        guarded: ingress("guarded.test", { secretName: "pair", annotations }),
        open: ingress("open.test", { secretName: "pair" }),
      });
      await gatewayAt(ports, ["--resources", folder.path]);
      const ofOld = client("loopback");
      const ofNew = client("client");
      expect(await status(ports.tls, ofOld)).toBe(200);
      expect(await status(ports.tls, ofNew)).not.toBe(200);
      const ask = await kept(ports.tls, "guarded.test", ofOld);
      const other = await kept(ports.tls, "open.test");
      expect(await ask()).toBe(200);

      folder.put("clients", clients("clients-authority"));
      await until("the new authority counts", async () => (await status(ports.tls, ofNew)) === 200);
      expect(await status(ports.tls, ofOld)).not.toBe(200);
      // Whoever came in under the old one is sent to connect anew.
      expect(await ask()).toBe(421);
      expect(await other()).toBe(200);

      folder.put("clients", secret("clients", "default", { "ca.crt": "no certificate" }));
      await until("nobody comes in", async () => (await status(ports.tls, ofNew)) !== 200);
      expect(await status(ports.tls, ofOld)).not.toBe(200);
      expect(await other()).toBe(200);

      // Neither does the host open up when its own certificate is gone.
      folder.put("clients", clients("clients-authority"));
      folder.put("pair", secret("pair", "default", { ...pair, "tls.key": pem("a.test.key.pem") }));
      folder.put("other", ingress("other.test", { secretName: "good" }));
      folder.put("good", secret("good", "default", { "tls.crt": pem("a.test.pem"), "tls.key": pem("a.test.key.pem") }));
      await until(
        "another certificate is shown",
        async () => (await shown(ports.tls, "guarded.test", ofNew)) === "a.test",
      );
      expect(await status(ports.tls, {})).not.toBe(200);
      expect(await status(ports.tls, ofNew)).toBe(200);
    },
    PATIENCE,
  );
});
