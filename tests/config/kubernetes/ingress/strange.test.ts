import { test } from "bun:test";
import {
  array,
  assert,
  constantFrom,
  dictionary,
  integer,
  jsonValue,
  oneof,
  property,
  record,
  string,
} from "fast-check";
import { translated } from "./translated.ts";

const NAMES = [
  "affinity session-cookie-name session-cookie-path session-cookie-max-age app-root auth-tls-secret auth-type backend-protocol",
  "canary canary-by-cookie canary-by-header canary-by-header-pattern canary-by-header-value canary-weight canary-weight-total",
  "enable-cors cors-allow-credentials cors-allow-headers cors-allow-methods cors-allow-origin cors-expose-headers cors-max-age",
  "default-backend custom-http-errors destination full-path-regex use-regex ignore-path-case load-balance match-method",
  "mcp-server mcp-server-match-rule-domains mcp-server-match-rule-type mcp-server-match-rule-value mcp-server-upstream-type",
  "mcp-server-enable-path-rewrite mcp-server-path-rewrite-prefix mcp-sse-stateful-param-name mirror-percentage",
  "mirror-target-fqdn mirror-target-fqdn-port mirror-target-service permanent-redirect permanent-redirect-code",
  "proxy-next-upstream proxy-next-upstream-timeout proxy-next-upstream-tries proxy-ssl-name proxy-ssl-secret proxy-ssl-verify",
  "request-header-control-add request-header-control-remove request-header-control-update response-header-control-add",
  "rewrite-path rewrite-target route-limit-burst-multiplier route-limit-rpm route-limit-rps rpc-destination-name ssl-cipher",
  "ssl-redirect temporal-redirect timeout tls-max-protocol-version tls-min-protocol-version upstream-hash-by upstream-vhost",
  "whitelist-source-range exact-match-header-x-a regex-match-query-a prefix-match-pseudo-header-path",
].flatMap((line) => line.split(" "));

const VALUES = [
  "true prefix exact streamable sse mcp-sse cookie HTTPS GRPC on off 0 1 99 100000000 -1 1.5 / /a /a/ /$1 /(.*) ( [ * $http_x $arg_ $host",
  "a.b a.static a.dns x.y.svc.cluster.local:80 50% 10.0.0.0/8 ::1 https://a.test https://* http:// example.com: a:b:c \\1 $$ ; %00",
].flatMap((line) => line.split(" "));

const value = oneof(
  { weight: 4, arbitrary: constantFrom(...VALUES) },
  array(constantFrom(...VALUES, "\n", ",", " "), { maxLength: 4 }).map((parts) => parts.join("")),
  string({ unit: "binary", maxLength: 12 }),
);

const path = record({
  path: oneof(
    value,
    value.map((text) => `/${text}`),
    jsonValue(),
  ),
  pathType: constantFrom("Prefix", "Exact", "ImplementationSpecific", "Other"),
  backend: oneof(
    record({
      service: record({
        name: oneof(constantFrom("shop"), value),
        port: record({ number: integer({ min: -1, max: 70_000 }) }),
      }),
    }),
    record({
      resource: record({
        apiGroup: constantFrom("networking.higress.io"),
        kind: constantFrom("McpBridge"),
        name: constantFrom("default"),
      }),
    }),
    jsonValue(),
  ),
});

const spec = record({
  ingressClassName: constantFrom("higress"),
  tls: oneof(
    array(record({ hosts: array(value, { maxLength: 2 }), secretName: value }), { maxLength: 2 }),
    jsonValue(),
  ),
  defaultBackend: jsonValue(),
  rules: oneof(
    {
      weight: 5,
      arbitrary: array(
        record({
          host: oneof({ weight: 6, arbitrary: constantFrom("a.test", "*.b.test", "") }, value, jsonValue()),
          http: record({ paths: array(path, { maxLength: 3 }) }),
        }),
        { maxLength: 2 },
      ),
    },
    jsonValue(),
  ),
});

test("whatever an Ingress says, nothing is thrown, and what it comes to loads", () => {
  const annotations = dictionary(
    constantFrom(...NAMES).map((name) => `higress.io/${name}`),
    value,
    { maxKeys: 12 },
  );
  assert(
    property(annotations, spec, (written, inside) => {
      const metadata = { name: "a", annotations: written };
      translated(JSON.stringify({ apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata, spec: inside }));
    }),
    { numRuns: 400 },
  );
});
