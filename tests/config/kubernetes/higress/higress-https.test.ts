import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { configMapTranslator } from "#config/kubernetes/higress/config-maps.ts";
import { DomainCertificates } from "#config/kubernetes/domain-certificate.ts";
import type { Resource } from "#config/kubernetes/resource.ts";
import type { Piece, TranslatorOptions } from "#config/kubernetes/translator.ts";
import { lookupOf, resourceOf, resourcesOf, translatorOptions } from "#tests/support/kubernetes.ts";

const tls = (name: string): string => readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), "utf8");

function secret(name: string, namespace = "higress-system", annotations: Record<string, string> = {}): string {
  const stringData = { "tls.crt": tls("a.test.pem"), "tls.key": tls("a.test.key.pem") };
  return JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace, annotations }, stringData });
}

function pieceOf(cert: string, others: readonly string[] = [], options: Partial<TranslatorOptions> = {}): Piece {
  const metadata = { name: "higress-https", namespace: "higress-system" };
  const map = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { cert } });
  const [first, ...rest] = resourcesOf([map, ...others].join("\n---\n"));
  if (first === undefined) throw new Error("There is no ConfigMap.");
  return configMapTranslator(new DomainCertificates()).translate(
    first,
    lookupOf([first, ...rest]),
    translatorOptions(options),
  );
}

const told = ({ findings }: Piece): string[] =>
  findings.map(({ severity, field, message }) => `${severity} ${field}: ${message}`);

const AUTO = "{ domains: [Foo.com], tlsIssuer: letsencrypt, tlsSecret: foo }";

test("names are got by ACME, with the account's address and the time of renewal", () => {
  const piece = pieceOf(`
renewBeforeDays: 45
acmeIssuer: [{ name: letsencrypt, email: ops@example.com }]
credentialConfig:
- ${AUTO}
- { domains: [bar.com], tlsIssuer: letsencrypt, tlsSecret: team/bar }
- { domains: ["*.baz.com"], tlsSecret: baz }`);
  expect(piece).toMatchObject({
    acme: { email: "ops@example.com", renewBefore: 0.5 },
    auto: [
      { listeners: ["https"], name: "foo.com", secret: { namespace: "higress-system", name: "foo" } },
      { listeners: ["https"], name: "bar.com", secret: { namespace: "team", name: "bar" } },
    ],
  });
  expect(told(piece)).toEqual(["error data.cert.credentialConfig[2].tlsSecret: there is no Secret higress-system/baz"]);
});

test("nothing is got when it is off, or the Secret is somebody's own", () => {
  expect(pieceOf(`{ automaticHttps: false, credentialConfig: [${AUTO}] }`, [secret("foo")])).toEqual({ findings: [] });
  const own = pieceOf(`credentialConfig: [${AUTO}]`, [secret("foo")]);
  expect(own.auto).toBeUndefined();
  expect(told(own)).toEqual([
    "warning data.cert.credentialConfig[0].tlsSecret: the Secret higress-system/foo was not made by automatic HTTPS: it is shown as it is, and not renewed",
  ]);
  const ours = secret("foo", "higress-system", { "higress.io/cert-domain": "foo.com" });
  expect(pieceOf(`credentialConfig: [${AUTO}]`, [ours]).auto).toHaveLength(1);
});

test("what is wrong is told by its place", () => {
  const piece = pieceOf(
    `
renewBeforeDays: 90
acmeIssuer: [{ name: aliyunssl, email: a@b.co, ak: a, sk: s }]
credentialConfig:
- { domains: [a.com, b.com], tlsIssuer: letsencrypt, tlsSecret: a }
- { domains: [a.test], tlsSecret: default/a, cacertSecret: ca }`,
    [secret("a", "default")],
  );
  expect(told(piece)).toEqual([
    expect.stringContaining("error data.cert.acmeIssuer[0].name: must be letsencrypt"),
    "error data.cert.credentialConfig[0].domains: letsencrypt takes one domain an entry",
    "error data.cert.renewBeforeDays: must be between 1 and 89",
    "warning data.cert.credentialConfig[1].cacertSecret: does nothing, as in Higress",
  ]);
  expect(told(pieceOf("- a"))).toEqual(["error data.cert: is not a YAML mapping"]);
  expect(told(pieceOf(`credentialConfig: [${AUTO}]`, [], { httpsListener: undefined }))).toEqual([
    "warning data.cert: no certificate is got: there is no listener with TLS here",
  ]);
});

test("two names do not share a Secret: each would take the other's place", () => {
  const piece = pieceOf(`credentialConfig: [${AUTO}, ${AUTO.replace("Foo", "bar")}]`);
  expect(piece.auto?.map(({ name }) => name)).toEqual(["foo.com"]);
  expect(told(piece)).toEqual([
    "error data.cert.credentialConfig[1].tlsSecret: is the Secret of foo.com already: no certificate is got for bar.com",
  ]);
});

test("what cannot be read leaves in use what was there before, until the ConfigMap goes", () => {
  const domains = new DomainCertificates();
  const map = (cert: string): Resource => {
    const metadata = { name: "higress-https", namespace: "higress-system" };
    return resourceOf(JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { cert } }));
  };
  const good = map(`credentialConfig: [${AUTO}]`);
  const bad = map("credentialConfig: [");
  const { https } = domains.read(good);
  expect(https?.credentials).toHaveLength(1);
  expect(domains.read(bad)).toMatchObject({ https, problems: [{ message: "is not a YAML mapping" }] });
  expect(domains.of(lookupOf([]), translatorOptions())).toBeUndefined();
  expect(domains.read(map("- again not"))).not.toHaveProperty("https");
});
