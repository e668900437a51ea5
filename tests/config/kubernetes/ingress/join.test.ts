import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { array, assert, boolean, constantFrom, integer, option, property, record } from "fast-check";
import { DomainCertificates } from "#config/kubernetes/domain-certificate.ts";
import { ingressTranslator } from "#config/kubernetes/ingress/ingress.ts";
import { createIngressJoiner } from "#config/kubernetes/ingress/join.ts";
import { byAge, type Resource } from "#config/kubernetes/resource.ts";
import type { Piece } from "#config/kubernetes/translator.ts";
import { lookupOf, resourcesOf, translatorOptions } from "#tests/support/kubernetes.ts";
import { shop } from "./translated.ts";

const translator = ingressTranslator(new DomainCertificates());

const named = (name: string, annotations: Record<string, string>): string =>
  (shop(annotations).split("\n---\n")[0] ?? "").replaceAll('"name":"shop"', `"name":"${name}"`);

test("only pieces that others work on are changed, and they stay the same objects as long as they come out the same", () => {
  const text = [
    shop(),
    named("next", { canary: "true", "canary-weight": "10" }),
    shop({}, "", "/alone").replace('"name":"shop"', '"name":"alone"'),
  ];
  const resources = resourcesOf(text.join("\n---\n"));
  const lookup = lookupOf(resources);
  const pieces = (): ReadonlyMap<Resource, Piece> =>
    new Map(
      resources
        .filter(({ kind }) => kind === "Ingress")
        .map((one) => [one, translator.translate(one, lookup, translatorOptions())]),
    );
  const joiner = createIngressJoiner();
  const first = joiner.join(pieces());
  const second = joiner.join(pieces());
  expect([...first.keys()].map(({ metadata }) => metadata.name).sort()).toEqual(["next", "shop"]);
  for (const [resource, piece] of first) expect(second.get(resource)).toBe(piece);
});

const tls = (name: string): string => readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), "utf8");
const SECRETS = ["a.test", "b.test"].map((name) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: "default" },
  stringData: { "tls.crt": tls(`${name}.pem`), "tls.key": tls(`${name}.key.pem`), "ca.crt": tls("authority.pem") },
}));

/** A few Ingresses that get in each other's way. */
const change = record({
  name: constantFrom("a", "b", "c", "d"),
  gone: boolean(),
  age: integer({ min: 1, max: 3 }),
  host: constantFrom("a.test", "b.test"),
  service: constantFrom("one", "two"),
  canary: option(constantFrom({ "canary-weight": "10" }, { "canary-by-header": "x-a" }), { nil: undefined }),
  balance: option(constantFrom("random", "least_conn"), { nil: undefined }),
  secret: option(constantFrom("a.test", "b.test"), { nil: undefined }),
  clients: boolean(),
});

test("changes one after the other come to what they come to at once", () => {
  const lookup = lookupOf(resourcesOf(SECRETS.map((one) => JSON.stringify(one)).join("\n---\n")));
  assert(
    property(array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      const kept = createIngressJoiner();
      const objects = new Map<string, [Resource, Piece]>();
      for (const { name, gone, age, host, service, canary, balance, secret, clients } of changes) {
        const annotations = {
          ...(canary === undefined ? {} : { canary: "true", ...canary }),
          ...(balance === undefined ? {} : { "load-balance": balance }),
          ...(clients ? { "auth-tls-secret": "a.test" } : {}),
        };
        const text = named(name, annotations)
          .replace("2026-01-01", `2026-01-0${age}`)
          .replace('"host":"example.com"', `"host":"${host}"`)
          .replace('"service":{"name":"shop"', `"service":{"name":"${service}"`)
          .replace(
            '"spec":{',
            secret === undefined ? '"spec":{' : `"spec":{"tls":[{"hosts":["${host}"],"secretName":"${secret}"}],`,
          );
        const [resource] = resourcesOf(text);
        if (resource === undefined) throw new Error(text);
        if (gone) objects.delete(name);
        else objects.set(name, [resource, translator.translate(resource, lookup, translatorOptions())]);
        const pieces = new Map([...objects.values()].sort(([one], [other]) => byAge(one, other)));
        expect(new Map(kept.join(pieces))).toEqual(new Map(createIngressJoiner().join(pieces)));
      }
    }),
  );
});
