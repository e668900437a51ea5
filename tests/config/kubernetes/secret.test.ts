import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { caSecret, secretValue, tlsSecret } from "#config/kubernetes/secret.ts";
import { lookupOf, resourceOf } from "#tests/support/kubernetes.ts";

const tls = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");
const base64 = (text: string): string => Buffer.from(text).toString("base64");

function secret(name: string, values: Record<string, string>): string {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)]));
  return JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name }, data });
}

const A = { "tls.crt": tls("a.test.pem"), "tls.key": tls("a.test.key.pem") };

const lookup = lookupOf(
  [
    secret("good", { ...A, "ca.crt": tls("authority.pem") }),
    secret("istio", { cacert: tls("authority.pem") }),
    secret("mixed", { ...A, "tls.key": tls("b.test.key.pem") }),
    secret("no-pem", { ...A, "tls.crt": "no certificate" }),
    secret("no-key-pem", { ...A, "tls.key": "no key", "ca.crt": "no certificate" }),
    secret("half", { "tls.crt": A["tls.crt"] }),
  ].join("\n---\n"),
);

test("a certificate and its key are PEM text", () => {
  expect(tlsSecret(lookup, "default", "good")).toEqual({ cert: A["tls.crt"], key: A["tls.key"] });
});

test.each([
  ["absent", "there is no Secret default/absent"],
  ["half", "the Secret default/half has no tls.key"],
  ["mixed", "the Secret default/mixed has a tls.key that is not that of the certificate"],
  ["no-pem", "the Secret default/no-pem has a tls.crt that is not a PEM certificate"],
  ["no-key-pem", "the Secret default/no-key-pem has a tls.key that is not a PEM key"],
])("the Secret %s is refused in words that hold nothing of it", (name, problem) => {
  expect(tlsSecret(lookup, "default", name)).toMatchObject({ problem });
});

test("authorities are under Kubernetes' name or Istio's", () => {
  expect(caSecret(lookup, "default", "good")).toEqual({ ca: tls("authority.pem") });
  expect(caSecret(lookup, "default", "istio")).toEqual({ ca: tls("authority.pem") });
  expect(caSecret(lookup, "default", "half")).toEqual({ problem: "the Secret default/half has no ca.crt" });
  expect(caSecret(lookup, "default", "no-key-pem")).toMatchObject({
    problem: expect.stringContaining("is not PEM certificates"),
  });
  expect(caSecret(lookup, "other", "good")).toMatchObject({ problem: "there is no Secret other/good" });
});

test("text in stringData counts before data, as the API server has it", () => {
  const both = resourceOf(
    `{ apiVersion: v1, kind: Secret, metadata: { name: a }, data: { k: ${base64("old")} }, stringData: { k: new } }`,
  );
  expect(secretValue(both, "k")).toBe("new");
  expect(secretValue(both, "none")).toBeUndefined();
});
