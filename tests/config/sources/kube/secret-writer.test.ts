import { afterEach, beforeEach, expect, test } from "bun:test";
import { KubeClient } from "#config/sources/kube/api-client.ts";
import { writeSecret } from "#config/sources/kube/secret-writer.ts";
import { FakeApiServer } from "#tests/support/fake-api-server.ts";
import { messageOf } from "#tests/support/message-of.ts";

const SECRETS = "/api/v1/namespaces/team/secrets";
const PLACE = { namespace: "team", name: "a" };
const PAIR = { cert: "the certificate", key: "the key" };
const DOMAIN = { "higress.io/cert-domain": "a.test" };

let server: FakeApiServer;
let client: KubeClient;

beforeEach(() => {
  server = new FakeApiServer();
  const token = () => Promise.resolve("the-token");
  client = new KubeClient({ server: server.url, verify: true, namespace: "team", token });
});

afterEach(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

const write = (annotations: Readonly<Record<string, string>> = DOMAIN) =>
  writeSecret(client, PLACE, { ...PAIR, annotations }, new AbortController().signal);

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const there = (more: object = {}): Readonly<Record<string, unknown>> => ({
  apiVersion: "v1",
  kind: "Secret",
  type: "kubernetes.io/tls",
  metadata: { name: "a", namespace: "team", labels: { kept: "1" }, annotations: { ...DOMAIN, kept: "2" } },
  data: { "tls.crt": base64("old"), "tls.key": base64("old"), "ca.crt": base64("ca") },
  ...more,
});

test("a Secret that is not there is made", async () => {
  const written = await write();
  expect(written).toMatchObject({ kind: "Secret", metadata: { name: "a", namespace: "team", annotations: DOMAIN } });
  expect(server.get(`${SECRETS}/a`)).toMatchObject({
    type: "kubernetes.io/tls",
    data: { "tls.crt": base64(PAIR.cert), "tls.key": base64(PAIR.key) },
  });
});

test("one of its own is renewed, and what else is in it stays", async () => {
  server.put(SECRETS, there());
  await write({ ...DOMAIN, "higress.io/cert-renew": "true" });
  expect(server.get(`${SECRETS}/a`)).toMatchObject({
    metadata: { labels: { kept: "1" }, annotations: { kept: "2", ...DOMAIN, "higress.io/cert-renew": "true" } },
    data: { "tls.crt": base64(PAIR.cert), "tls.key": base64(PAIR.key), "ca.crt": base64("ca") },
  });
});

test.each([
  [{}, "was not made by automatic HTTPS"],
  [{ "higress.io/cert-domain": "b.test" }, "is another name's"],
])("a Secret with the annotations %j is left as it is", async (annotations, why) => {
  const foreign = there({ metadata: { name: "a", namespace: "team", annotations } });
  server.put(SECRETS, foreign);
  expect(await messageOf(write())).toBe(`the Secret team/a ${why}: give another tlsSecret, or delete it`);
  expect(server.get(`${SECRETS}/a`)?.["data"]).toEqual(foreign["data"]);
  expect(server.asked.filter((line) => line.startsWith("P"))).toEqual([]);
});

test("who is faster is looked at again, and so is a server that refuses once", async () => {
  server.refusals.push(409);
  await write();
  expect(server.get(`${SECRETS}/a`)).toBeDefined();
  server.refusals.push(...Array<number>(20).fill(409));
  expect(await messageOf(write())).toBe("not now");
});
