import { expect, test } from "bun:test";
import { ingressTranslator } from "#config/kubernetes/ingress/ingress.ts";
import { ingressJoiner } from "#config/kubernetes/ingress/join.ts";
import type { Resource } from "#config/kubernetes/resource.ts";
import type { Piece } from "#config/kubernetes/translator.ts";
import { lookupOf, resourcesOf, translatorOptions } from "#tests/support/kubernetes.ts";
import { shop } from "./translated.ts";

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
        .map((one) => [one, ingressTranslator.translate(one, lookup, translatorOptions())]),
    );
  const first = ingressJoiner.join(pieces());
  const second = ingressJoiner.join(pieces());
  expect([...first.keys()].map(({ metadata }) => metadata.name)).toEqual(["shop", "next"]);
  for (const [resource, piece] of first) expect(second.get(resource)).toBe(piece);
});
