import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { loadConfig } from "#config/parse.ts";
import { knowsCiphers, namesIn, pemChecks } from "#config/pem.ts";
import { formatError } from "#config/report.ts";

const tls = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");
const [cert, key] = [tls("a.test.pem"), tls("a.test.key.pem")];
const GARBLED = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

describe("a certificate and its key", () => {
  test("are good together, whatever their type", () => {
    expect(pemChecks.pair(cert, key)).toBeUndefined();
    expect(pemChecks.pair(tls("a.test-rsa.pem"), tls("a.test-rsa.key.pem"))).toBeUndefined();
    expect(pemChecks.pair(tls("loopback.pem") + tls("authority.pem"), tls("loopback.key.pem"))).toBeUndefined();
  });

  test.each([
    ["no certificate", key, { part: "cert", message: "is not a PEM certificate" }],
    [GARBLED, key, { part: "cert", message: "is not a PEM certificate" }],
    // Of a chain each one is looked at.
    [cert + GARBLED, key, { part: "cert", message: "is not a PEM certificate" }],
    [cert, "no key", { part: "key", message: "is not a PEM key" }],
    [cert, cert, { part: "key", message: "is not a PEM key" }],
    [cert, tls("b.test.key.pem"), { part: "key", message: "is not that of the certificate" }],
  ] as const)("are told apart when they are wrong: %#", (one, other, problem) => {
    expect(pemChecks.pair(one, other)).toEqual(problem);
  });
});

test("authorities are certificates, all of them", () => {
  expect(pemChecks.authorities(tls("authority.pem") + tls("clients-authority.pem"))).toBeUndefined();
  for (const wrong of ["", "none", key, tls("authority.pem") + GARBLED])
    expect(pemChecks.authorities(wrong)).toBe("is not PEM certificates");
});

test("names and ciphers are known", () => {
  expect(namesIn(cert)).toEqual(["a.test", "*.a.test"]);
  expect(namesIn(tls("authority.pem"))).toEqual(["sluice test authority"]);
  expect(knowsCiphers(["NO-SUCH", "ECDHE-RSA-AES256-GCM-SHA384"])).toBe(true);
  expect(knowsCiphers(["NO-SUCH"])).toBe(false);
});

test("a configuration tells where a certificate is wrong, and nothing of it", () => {
  const text = `
listeners:
  - port: 1
    tls:
      certificates:
        - { cert: a.pem, key: b.key }
        - { cert: "\${env:CERT}", key: a.key, clientCa: a.key }
services:
  - { name: s, endpoints: ["127.0.0.1:1"], protocol: https, tls: { ca: garbled.pem, cert: a.pem, key: a.key } }
acme: { caCertificate: garbled.pem }
`;
  const files: Readonly<Record<string, string>> = {
    "a.pem": cert,
    "a.key": key,
    "b.key": tls("b.test.key.pem"),
    "garbled.pem": GARBLED,
  };
  const readFile = (path: string): string => files[path.slice(path.lastIndexOf("/") + 1)] ?? "";
  const options = { file: "gateway.yaml", env: { CERT: cert }, readFile, definitions: [] };
  const checked = loadConfig(text, { ...options, pem: pemChecks });
  const told = checked.ok ? [] : checked.errors.map(formatError);
  expect(told).toEqual([
    expect.stringMatching(
      /^gateway.yaml:6:\d+ +listeners\[0\].tls.certificates\[0\].key +is not that of the certificate/,
    ),
    expect.stringMatching(
      /^gateway.yaml:7:\d+ +listeners\[0\].tls.certificates\[1\].clientCa +is not PEM certificates/,
    ),
    expect.stringMatching(/^gateway.yaml:9:\d+ +services\[0\].tls.ca +is not PEM certificates/),
    expect.stringMatching(/^gateway.yaml:10:\d+ +acme.caCertificate +is not PEM certificates/),
  ]);
  expect(told.join()).not.toContain("BEGIN");
});
