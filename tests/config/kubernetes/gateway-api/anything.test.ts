import { expect, test } from "bun:test";
import {
  type Arbitrary,
  array,
  assert,
  constantFrom,
  dictionary,
  jsonValue,
  oneof,
  property,
  record,
} from "fast-check";
import { gatewayApiTranslators } from "#config/kubernetes/gateway-api/translators.ts";
import type { Resource } from "#config/kubernetes/resource.ts";
import { lookupOf, translatorOptions } from "#tests/support/kubernetes.ts";

/** What stands in the API's fields, right and wrong. */
const KEYS = [
  "allowedRoutes",
  "backendRefs",
  "caCertificateRefs",
  "certificateRefs",
  "controllerName",
  "filters",
  "from",
  "frontend",
  "gatewayClassName",
  "group",
  "headers",
  "hostname",
  "hostnames",
  "kind",
  "kinds",
  "listeners",
  "matches",
  "method",
  "name",
  "namespace",
  "namespaces",
  "parentRefs",
  "path",
  "port",
  "ports",
  "protocol",
  "requestMirror",
  "requestRedirect",
  "retry",
  "rules",
  "selector",
  "service",
  "sessionPersistence",
  "spec",
  "targetRefs",
  "timeouts",
  "tls",
  "type",
  "urlRewrite",
  "validation",
  "value",
  "weight",
];

const leaf = oneof(
  constantFrom(
    "a",
    "HTTP",
    "HTTPS",
    "TLS",
    "Gateway",
    "Service",
    "RequestMirror",
    "URLRewrite",
    "RegularExpression",
    "(",
  ),
  constantFrom("higress.io/gateway-controller", "*.a.example", "", 0, 80, -1, null, true),
  jsonValue({ maxDepth: 1 }),
);
const named = <T>(values: Arbitrary<T>) => dictionary(constantFrom(...KEYS), values, { maxKeys: 4 });
const few = <T>(values: Arbitrary<T>) => array(named(values), { maxLength: 2 });
const shallow = oneof(leaf, named(leaf), few(leaf));
const deep = oneof(shallow, named(shallow), few(shallow));
const spec = named(oneof(deep, few(deep)));

const objects = array(
  record({ kind: constantFrom(...gatewayApiTranslators.map(({ kind }) => kind), "/Service", "/Secret"), spec }),
  { minLength: 1, maxLength: 4 },
);

/** A class and a Gateway to be attached to beside what may come. */
const GIVEN: readonly Resource[] = [
  made("gateway.networking.k8s.io/GatewayClass", "class", { controllerName: "higress.io/gateway-controller" }),
  made("gateway.networking.k8s.io/Gateway", "given", {
    gatewayClassName: "class",
    listeners: [{ name: "a", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: { from: "All" } } }],
  }),
];

function made(kind: string, name: string, written: unknown): Resource {
  const [group = "", own = ""] = kind.split("/");
  const namespace = own === "GatewayClass" ? "" : "default";
  const metadata = { name, namespace, labels: {}, annotations: {}, creationTimestamp: "" };
  return { apiVersion: group === "" ? "v1" : `${group}/v1`, kind: own, metadata, spec: written };
}

test("no object makes a translator throw, and the same objects come to the same", () => {
  assert(
    property(objects, (list) => {
      const resources = list.map(({ kind, spec: written }, index) => {
        const attached = { parentRefs: [{ name: "given" }], gatewayClassName: "class", ...written };
        return made(kind, index === 0 ? "a" : `n${index}`, index % 2 === 0 ? written : attached);
      });
      const lookup = lookupOf([...GIVEN, ...resources]);
      const options = translatorOptions();
      for (const translator of gatewayApiTranslators) {
        for (const resource of lookup.list(translator.kind)) {
          const piece = translator.translate(resource, lookup, options);
          expect(translator.translate(resource, lookup, options)).toEqual(piece);
        }
      }
    }),
    { numRuns: 500 },
  );
});
