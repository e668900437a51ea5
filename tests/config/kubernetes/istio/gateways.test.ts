import { readFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { NOBODY } from "#config/kubernetes/nobody.ts";
import { gatewayTranslator, hostsAt, serversOf } from "#config/kubernetes/istio/gateways.ts";
import type { Piece } from "#config/kubernetes/translator.ts";
import { configSchema } from "#config/model.ts";
import { lookupOf, resourcesOf, translatorOptions } from "../../../support/kubernetes.ts";

function fixture(name: string): string {
  const text = readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), "utf8");
  return Buffer.from(text).toString("base64");
}

const SECRETS = `
apiVersion: v1
kind: Secret
metadata: { name: a, namespace: shop }
data: { tls.crt: ${fixture("a.test.pem")}, tls.key: ${fixture("a.test.key.pem")} }
---
apiVersion: v1
kind: Secret
metadata: { name: a-cacert, namespace: shop }
data: { ca.crt: ${fixture("authority.pem")} }
`;

function pieceOf(servers: string): Piece {
  const resources = resourcesOf(`
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: main, namespace: shop }
spec:
  servers:
  ${servers.trim().replaceAll("\n", "\n  ")}
---
${SECRETS}`);
  const [gateway] = resources;
  if (gateway === undefined) throw new Error("There is no Gateway.");
  const piece = gatewayTranslator.translate(gateway, lookupOf(resources), translatorOptions());
  const { routes = [], listeners } = piece;
  configSchema([]).parse({ routes, ...(listeners?.length ? { listeners } : {}) });
  return piece;
}

describe("a Gateway", () => {
  test("shows certificates of Secrets, to clients with certificates if it says so", () => {
    const { certificates, findings } = pieceOf(`
- port: { number: 443, name: https, protocol: HTTPS }
  hosts: [shop/a.test]
  tls: { mode: MUTUAL, credentialName: a, minProtocolVersion: TLSV1_2, cipherSuites: [ECDHE-RSA-AES128-GCM-SHA256] }`);
    expect(findings).toEqual([]);
    expect(certificates).toMatchObject([
      {
        listeners: ["https"],
        hosts: ["a.test"],
        clientAuth: "require",
        minVersion: "TLSv1.2",
        ciphers: ["ECDHE-RSA-AES128-GCM-SHA256"],
      },
    ]);
    expect(certificates?.[0]?.clientCa).toContain("BEGIN CERTIFICATE");
  });

  test("opens ports that are not there yet", () => {
    const { listeners, findings } = pieceOf(`
- { port: { number: 8080, name: http, protocol: HTTP }, hosts: ["*"] }
- { port: { number: 9000, name: tcp, protocol: TCP }, hosts: ["*"] }`);
    expect(listeners).toEqual([
      { name: "port-8080", port: 8080 },
      { name: "port-9000", port: 9000, protocol: "tcp" },
    ]);
    expect(findings.map(({ field, severity }) => [field, severity])).toEqual([["spec.servers[1]", "warning"]]);
  });

  test("redirects to https where it says so", () => {
    const { routes } = pieceOf(`
- { port: { number: 80, name: http, protocol: HTTP }, hosts: [a.test], tls: { httpsRedirect: true } }`);
    expect(routes).toMatchObject([
      { match: { hosts: ["a.test"], listeners: ["http"] }, redirect: { scheme: "https", status: 301 } },
    ]);
  });

  test("asks the same of clients of its hosts where it has no certificate to show", () => {
    const { certificates } = pieceOf(`
- port: { number: 443, name: h, protocol: HTTPS }
  hosts: [shop/a.test]
  tls: { mode: MUTUAL, credentialName: none, caCertCredentialName: a-cacert }`);
    expect(certificates).toEqual([
      { listeners: ["https"], hosts: ["a.test"], clientCa: expect.stringContaining("BEGIN"), clientAuth: "require" },
    ]);
    expect(certificates?.[0]?.clientCa).not.toBe(NOBODY);
  });

  test("lets nobody in without the authority that it asks for", () => {
    const { certificates, findings } = pieceOf(`
- { port: { number: 443, name: h, protocol: HTTPS }, hosts: ["*"], tls: { mode: MUTUAL, credentialName: b } }
- { port: { number: 443, name: i, protocol: HTTPS }, hosts: ["*"], tls: { mode: SIMPLE, credentialName: none } }
- { port: { number: 443, name: j, protocol: HTTPS }, hosts: ["*"], tls: { mode: SIMPLE } }`);
    expect(certificates).toMatchObject([{ listeners: ["https"], clientCa: NOBODY, clientAuth: "require" }]);
    expect(findings.map(({ field }) => field)).toEqual([
      "spec.servers[0].tls.mode",
      "spec.servers[0].tls.credentialName",
      "spec.servers[1].tls.credentialName",
      "spec.servers[2].tls.credentialName",
    ]);
  });
});

test.each([
  [["*"], ["a.test", "*.b.test"], ["a.test", "*.b.test"]],
  [["*.b.test"], ["a.test", "c.b.test"], ["c.b.test"]],
  [["a.test"], ["*"], ["a.test"]],
  [["*.b.test"], ["*.c.b.test"], ["*.c.b.test"]],
])("a server for %j takes of %j: %j", (own, wanted, taken) => {
  const [server] = serversOf({
    apiVersion: "v1",
    kind: "Gateway",
    metadata: { name: "g", namespace: "n", labels: {}, annotations: {}, creationTimestamp: "" },
    spec: { servers: [{ port: { number: 80 }, hosts: own }] },
  });
  expect(server === undefined ? [] : hostsAt(server, wanted)).toEqual(taken);
});
