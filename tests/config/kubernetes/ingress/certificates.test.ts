import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { shop, translated } from "./translated.ts";

const tls = (name: string): string => readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), "utf8");
const A = { cert: tls("a.test.pem"), key: tls("a.test.key.pem") };
const B = { cert: tls("b.test.pem"), key: tls("b.test.key.pem") };
const CA = tls("authority.pem");

function secret(name: string, { cert, key }: typeof A): string {
  const stringData = { "tls.crt": cert, "tls.key": key, "ca.crt": CA };
  return JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name }, stringData });
}

const SECRETS = [secret("a", A), secret("b", B)].join("\n---\n");

/** An Ingress with these blocks of `spec.tls`. */
function secured(name: string, blocks: readonly object[], annotations: Readonly<Record<string, string>> = {}): string {
  const [ingress = ""] = shop(annotations, "", `/${name}`).split("\n---\n");
  return ingress
    .replace('"name":"shop"', `"name":"${name}"`)
    .replace('"spec":{', `"spec":{"tls":${JSON.stringify(blocks)},`);
}

const block = (secretName: string, ...hosts: readonly string[]): object => ({ secretName, hosts });

function certificates(...ingresses: readonly string[]): unknown[] {
  return translated([...ingresses, SECRETS].join("\n---\n")).pieces.map((piece) => piece.certificates ?? []);
}

function findings(...ingresses: readonly string[]): readonly string[] {
  return translated([...ingresses, SECRETS].join("\n---\n")).findings.filter(
    (one) => !one.includes("there is no Service"),
  );
}

const shown = (pair: typeof A, hosts: readonly string[], more: object = {}): object => ({
  listeners: ["https"],
  hosts,
  ...pair,
  ...more,
});

describe("spec.tls", () => {
  test("is certificates of the listener with TLS", () => {
    expect(certificates(secured("one", [block("a", "A.test", "www.a.test"), block("b", "b.test")]))).toEqual([
      [shown(A, ["a.test", "www.a.test"]), shown(B, ["b.test"])],
    ]);
    expect(certificates(secured("one", [{ secretName: "a" }]))).toEqual([[{ listeners: ["https"], ...A }]]);
    expect(certificates(secured("one", [{ hosts: ["a.test"] }]))).toEqual([[]]);
  });

  test("has settings of its own", () => {
    const annotations = {
      "auth-tls-secret": "default/a",
      "ssl-cipher": "ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA",
      "tls-min-protocol-version": "TLSv1.2",
      "tls-max-protocol-version": "TLSv1.3",
    };
    expect(certificates(secured("one", [block("a", "a.test")], annotations))).toEqual([
      [
        shown(A, ["a.test"], {
          clientCa: CA,
          clientAuth: "require",
          minVersion: "TLSv1.2",
          maxVersion: "TLSv1.3",
          ciphers: ["ECDHE-RSA-AES256-GCM-SHA384", "AES128-SHA"],
        }),
      ],
    ]);
  });

  test("has a host once", () => {
    const text = secured("one", [block("a", "a.test"), block("b", "A.test", "b.test"), block("a", "b.test")]);
    expect(certificates(text)).toEqual([[shown(A, ["a.test"]), shown(B, ["b.test"])]]);
    expect(findings(text)).toEqual([
      "Ingress default/one warning spec.tls[1].hosts: does nothing for a.test, which is in another block already",
      "Ingress default/one warning spec.tls[2].hosts: does nothing for b.test, which is in another block already",
    ]);
  });

  test("with a Secret that is not good costs that block alone", () => {
    const text = secured("one", [block("none", "a.test"), block("b", "b.test")]);
    expect(certificates(text)).toEqual([[shown(B, ["b.test"])]]);
    expect(findings(text)).toEqual([
      "Ingress default/one error spec.tls[0].secretName: there is no Secret default/none",
    ]);
  });

  test("that wants clients' certificates is not shown without what they are checked by", () => {
    for (const [name, told] of [
      ["none", "there is no Secret default/none"],
      ["other/a", "must name a Secret of the Ingress' own namespace"],
    ] as const) {
      const text = secured("one", [block("a", "a.test")], { "auth-tls-secret": name });
      expect(certificates(text)).toEqual([[]]);
      expect(findings(text)).toEqual([`Ingress default/one error higress.io/auth-tls-secret: ${told}`]);
    }
  });

  test.each([
    [{ "tls-min-protocol-version": "1.2" }, "higress.io/tls-min-protocol-version: must be one of TLSv1.0"],
    [{ "ssl-cipher": "good one" }, "higress.io/ssl-cipher: good one is not a cipher's name"],
  ])("with broken settings is shown without them: %j", (annotations, told) => {
    const text = secured("one", [block("a", "a.test")], annotations);
    expect(certificates(text)).toEqual([[shown(A, ["a.test"])]]);
    expect(findings(text)[0]).toStartWith(`Ingress default/one error ${told}`);
  });

  test("needs a listener with TLS", () => {
    const text = `${secured("one", [block("a", "a.test")])}\n---\n${SECRETS}`;
    const { pieces, findings: found } = translated(text, { httpsListener: undefined });
    expect(pieces[0]).not.toHaveProperty("certificates");
    expect(found[0]).toContain("spec.tls: there is no listener with TLS here");
  });
});

describe("hosts of several Ingresses", () => {
  test("have the oldest one's certificate", () => {
    const texts = [secured("one", [block("a", "a.test")]), secured("two", [block("b", "a.test", "b.test")])];
    expect(certificates(...texts)).toEqual([[shown(A, ["a.test"])], [shown(B, ["b.test"])]]);
    expect(findings(...texts)).toEqual([
      "Ingress default/two warning spec.tls: its TLS of a.test does nothing: Ingress default/one is older and has another",
    ]);
  });

  test("are told once, and nobody is warned, when the certificate is the same", () => {
    const texts = [secured("one", [block("a", "a.test", "b.test")]), secured("two", [block("a", "a.test")])];
    expect(certificates(...texts)).toEqual([[shown(A, ["a.test", "b.test"])], []]);
    expect(findings(...texts)).toEqual([]);
  });

  test("want clients' certificates when any of them does", () => {
    const texts = [
      secured("one", [block("a", "a.test", "b.test")]),
      secured("two", [block("a", "a.test")], { "auth-tls-secret": "b" }),
    ];
    expect(certificates(...texts)).toEqual([
      [shown(A, ["a.test"], { clientCa: CA, clientAuth: "require" }), shown(A, ["b.test"])],
      [],
    ]);
    expect(findings(...texts)).toEqual([]);
  });
});
