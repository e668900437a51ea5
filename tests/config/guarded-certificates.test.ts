import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, dictionary, property, uniqueArray } from "fast-check";
import { guarded } from "#config/guarded-certificates.ts";
import type { Certificate, TlsSettings } from "#src/core/host.ts";
import { TlsContexts } from "#src/serve/tls-contexts.ts";
import { readFileSync } from "node:fs";

const tls = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");
const A = { cert: tls("a.test.pem"), key: tls("a.test.key.pem") };
const B = { cert: tls("b.test.pem"), key: tls("b.test.key.pem") };
const ASKED: TlsSettings = { clientCa: tls("authority.pem"), clientAuth: "require" };

describe("what is asked of clients of a host", () => {
  test("holds for the certificate of its name, of a wildcard, and of all others", () => {
    const hosts = { "x.test": ASKED, "y.wild.test": ASKED, "z.test": ASKED };
    const all = [
      { ...A, hosts: ["first.test"] },
      { ...B, hosts: ["x.test", "w.test"] },
      { ...B, hosts: ["*.wild.test"] },
    ];
    expect(guarded(all, hosts)).toEqual([
      { ...A, hosts: ["first.test"] },
      { ...B, hosts: ["w.test"] },
      { ...B, hosts: ["*.wild.test"] },
      { ...ASKED, ...B, hosts: ["x.test"] },
      { ...ASKED, ...B, hosts: ["y.wild.test"] },
      { ...ASKED, ...A, hosts: ["z.test"] },
    ]);
  });

  test("leaves the certificate of all others to them", () => {
    expect(guarded([{ ...A, hosts: ["x.test"] }], { "x.test": ASKED })).toEqual([
      { ...A, hosts: ["*"] },
      { ...ASKED, ...A, hosts: ["x.test"] },
    ]);
    // Those of the names in it.
    expect(guarded([A], { "a.test": ASKED })).toEqual([
      { ...A, hosts: ["*.a.test"] },
      { ...ASKED, ...A, hosts: ["a.test"] },
    ]);
  });

  test("does not weaken what a certificate asks itself", () => {
    const own = { ...A, hosts: ["x.test"], clientCa: tls("clients-authority.pem") };
    expect(guarded([own], { "x.test": { ...ASKED, minVersion: "TLSv1.3" } }).at(-1)).toEqual({
      ...own,
      clientAuth: "require",
      minVersion: "TLSv1.3",
    });
  });

  test("is nothing where there is nothing", () => {
    const all = [A];
    expect(guarded(all)).toBe(all);
    expect(guarded(all, {})).toBe(all);
    expect(guarded([], { "x.test": ASKED })).toEqual([]);
  });
});

test("every such host asks, and every other is shown what it was", () => {
  const name = constantFrom("a.test", "b.test", "w.a.test", "*.a.test", "*");
  const certificate = uniqueArray(name, { minLength: 1 }).map((hosts): Certificate => Object.assign({ hosts }, A));
  const asked = dictionary(constantFrom("a.test", "w.a.test", "c.test", "*.a.test"), constantFrom(ASKED), {
    noNullPrototype: true,
  });
  assert(
    property(array(certificate, { minLength: 1, maxLength: 3 }), asked, (all, settings) => {
      const before = new TlsContexts(all);
      const after = new TlsContexts(guarded(all, settings));
      for (const host of ["a.test", "b.test", "c.test", "w.a.test", "v.a.test", "d.test"]) {
        const wildcard = host.replace(/^[^.]+/, "*");
        const named = Object.hasOwn(settings, host);
        // A wildcard's settings are for names that nothing closer is for.
        const closer = all.some(({ hosts }) => hosts?.includes(host) === true);
        const asks = named || (!closer && Object.hasOwn(settings, wildcard));
        const { clientCa } = after.find(host).certificate;
        expect([host, clientCa !== undefined]).toEqual([host, asks]);
        expect(before.find(host).certificate.clientCa).toBeUndefined();
      }
    }),
  );
});
