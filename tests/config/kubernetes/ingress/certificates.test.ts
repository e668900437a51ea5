import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { NOBODY } from "#config/kubernetes/nobody.ts";
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
    const settings = {
      clientCa: CA,
      clientAuth: "require",
      minVersion: "TLSv1.2",
      maxVersion: "TLSv1.3",
      ciphers: ["ECDHE-RSA-AES256-GCM-SHA384", "AES128-SHA"],
    };
    expect(certificates(secured("one", [block("a", "a.test")], annotations))).toEqual([
      // The rule's host is in no block: whatever it is shown, the same is asked.
      [shown(A, ["a.test"], settings), { listeners: ["https"], hosts: ["example.com"], ...settings }],
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

  test("that wants clients' certificates takes nobody without what they are checked by", () => {
    for (const [name, told] of [
      ["none", "there is no Secret default/none"],
      ["other/a", "must name a Secret of the Ingress' own namespace"],
    ] as const) {
      const text = secured("one", [block("a", "a.test")], { "auth-tls-secret": name });
      const shut = { clientCa: NOBODY, clientAuth: "require" };
      expect(certificates(text)).toEqual([
        [shown(A, ["a.test"], shut), { listeners: ["https"], hosts: ["example.com"], ...shut }],
      ]);
      expect(findings(text)).toEqual([
        `Ingress default/one error higress.io/auth-tls-secret: ${told} (until then its hosts take nobody over TLS)`,
      ]);
    }
  });

  test("that has no Secret asks the same of clients of whatever is shown", () => {
    for (const blocks of [[], [block("none", "example.com")], [{ hosts: ["example.com"] }]]) {
      expect(certificates(secured("one", blocks, { "auth-tls-secret": "a" }))).toEqual([
        [{ listeners: ["https"], hosts: ["example.com"], clientCa: CA, clientAuth: "require" }],
      ]);
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
      [{ listeners: ["https"], hosts: ["example.com"], clientCa: CA, clientAuth: "require" }],
    ]);
    expect(findings(...texts)).toEqual([]);
  });
});

describe("higress-https", () => {
  const config = (text: string): string =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "higress-https", namespace: "higress-system" },
      data: { cert: text },
    });
  const entry = (domain: string, tlsSecret: string, more = ""): string =>
    `{ domains: ["${domain}"], tlsSecret: "${tlsSecret}"${more} }`;
  const own = (name: string, pair: typeof A): string =>
    secret(name, pair).replace('"metadata":{', '"metadata":{"namespace":"higress-system",');

  test("has the certificate of hosts whose block names no Secret, or that are in none", () => {
    const map = config(`credentialConfig: [${entry("*.com", "wild")}, ${entry("b.test", "default/b")}]`);
    for (const blocks of [[{ hosts: ["example.com"] }], [block("b", "b.test")]]) {
      const [shownFirst] = certificates(secured("one", blocks), map, own("wild", A));
      expect(shownFirst).toContainEqual(shown(A, ["example.com"]));
    }
    // Without TLS at all there is nothing to find one for, as in Higress.
    expect(certificates(secured("one", []), map, own("wild", A))).toEqual([[]]);
  });

  test("takes the place of a Secret that cannot be used only when it says so", () => {
    const text = secured("one", [block("none", "b.test", "c.test")]);
    const entries = `credentialConfig: [${entry("b.test", "default/b")}]`;
    expect(certificates(text, config(entries))).toEqual([[]]);
    const all = [text, config(`{ fallbackForInvalidSecret: true, ${entries} }`)];
    expect(certificates(...all)).toEqual([[shown(B, ["b.test"])]]);
    expect(findings(...all)).toEqual([
      "Ingress default/one error spec.tls[0].secretName: there is no Secret default/none, and higress-https has none for c.test",
    ]);
    const broken = secret("broken", { ...A, key: B.key });
    const replaced = [secured("one", [block("broken", "b.test")]), broken, all[1] ?? ""];
    expect(certificates(...replaced)).toEqual([[shown(B, ["b.test"])]]);
    expect(findings(...replaced)).toEqual([
      "Ingress default/one warning spec.tls[0].secretName: the Secret default/broken has a tls.key that is not that of the certificate: that of higress-https is shown",
    ]);
  });

  test("with a Secret that cannot be used is told where it is wanted", () => {
    const text = secured("one", [{ hosts: ["b.test"] }]);
    expect(findings(text, config(`credentialConfig: [${entry("b.test", "gone")}]`))).toEqual([
      "Ingress default/one error spec.tls: the certificate of b.test in higress-https cannot be used: there is no Secret higress-system/gone",
    ]);
  });

  test("leaves what is got by ACME to the listener, with what is asked of clients", () => {
    const map = config(`credentialConfig: [${entry("b.test", "b", ", tlsIssuer: letsencrypt")}]`);
    const annotations = { "auth-tls-secret": "a" };
    const asked = { clientCa: CA, clientAuth: "require" };
    expect(certificates(secured("one", [{ hosts: ["b.test"] }]), map)).toEqual([[]]);
    expect(certificates(secured("one", [{ hosts: ["b.test"] }], annotations), map)).toEqual([
      [{ listeners: ["https"], hosts: ["b.test", "example.com"], ...asked }],
    ]);
    // A Secret that somebody made is shown as it is.
    expect(certificates(secured("one", [{ hosts: ["b.test"] }]), map, own("b", B))).toEqual([[shown(B, ["b.test"])]]);
    const off = map.replace("credentialConfig", "automaticHttps: false\\ncredentialConfig");
    expect(findings(secured("one", [{ hosts: ["b.test"] }]), off)).toEqual([
      expect.stringContaining("there is no Secret higress-system/b"),
    ]);
  });
});
