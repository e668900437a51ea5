import { expect, test } from "bun:test";
import { array, assert, boolean, integer, property, tuple } from "fast-check";
import { readFileSync } from "node:fs";
import { gatewayApiTranslators } from "#config/kubernetes/gateway-api/translators.ts";
import { labelOf, type Resource } from "#config/kubernetes/resource.ts";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import type { Translated } from "#config/kubernetes/translated.ts";
import { Translation } from "#config/kubernetes/translation.ts";
import { resourcesOf, translatorOptions } from "#tests/support/kubernetes.ts";
import { services } from "./translated.ts";

const pem = (name: string): string =>
  JSON.stringify(readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), "utf8"));

/** Objects of which each changes what others come to. Of those with one name the later ones are changed forms. */
const OBJECTS = resourcesOf(`
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: own }
spec: { controllerName: higress.io/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: own }
spec: { controllerName: example.com/other }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: main, namespace: infra, creationTimestamp: "2026-01-02T00:00:00Z" }
spec:
  gatewayClassName: own
  tls: { backend: { clientCertificateRef: { name: cert } } }
  listeners:
    - { name: web, port: 80, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }
    - { name: foo, port: 80, protocol: HTTP, hostname: foo.example }
    - { name: tls, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: cert }, { name: far, namespace: web }] } }
    - { name: alt, port: 8080, protocol: HTTP }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: main, namespace: infra, creationTimestamp: "2026-01-02T00:00:00Z" }
spec:
  gatewayClassName: own
  listeners:
    - name: web
      port: 80
      protocol: HTTP
      hostname: "*.example"
      allowedRoutes: { namespaces: { from: Selector, selector: { matchLabels: { open: "yes" } } } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: older, namespace: infra, creationTimestamp: "2026-01-01T00:00:00Z" }
spec: { gatewayClassName: own, listeners: [{ name: tcp, port: 8080, protocol: TCP }] }
---
{ apiVersion: v1, kind: Namespace, metadata: { name: web, labels: { open: "yes" } } }
---
{ apiVersion: v1, kind: Namespace, metadata: { name: web } }
---
apiVersion: v1
kind: Secret
metadata: { name: cert, namespace: infra }
stringData: { tls.crt: ${pem("a.test.pem")}, tls.key: ${pem("a.test.key.pem")} }
---
apiVersion: v1
kind: Secret
metadata: { name: far, namespace: web }
stringData: { tls.crt: ${pem("b.test.pem")}, tls.key: ${pem("b.test.key.pem")} }
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: secrets, namespace: web }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: Gateway, namespace: infra }]
  to: [{ group: "", kind: Secret }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: services, namespace: infra }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: web }]
  to: [{ group: "", kind: Service }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: near, namespace: infra }
spec:
  parentRefs: [{ name: main }]
  rules: [{ backendRefs: [{ name: a, port: 8080 }, { name: b, port: 8080 }] }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: away, namespace: web }
spec:
  parentRefs: [{ name: main, namespace: infra }]
  hostnames: [foo.example]
  rules: [{ backendRefs: [{ name: a, namespace: infra, port: 8080 }] }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: near, namespace: infra }
spec: { parentRefs: [{ name: main, sectionName: alt }], rules: [{ backendRefs: [{ name: a, port: 8080 }] }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: near, namespace: infra, creationTimestamp: "2026-01-01T00:00:00Z" }
spec: { parentRefs: [{ name: main }], hostnames: ["*.example"], rules: [{ backendRefs: [{ name: a, port: 8080 }] }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: { name: near, namespace: infra }
spec: { parentRefs: [{ name: older }], rules: [{ backendRefs: [{ name: b, port: 8080 }] }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: young, namespace: infra, creationTimestamp: "2026-01-02T00:00:00Z" }
spec:
  targetRefs: [{ kind: Service, group: "", name: a }]
  validation: { hostname: a.example, caCertificateRefs: [{ kind: ConfigMap, group: "", name: ca }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: old, namespace: infra, creationTimestamp: "2026-01-01T00:00:00Z" }
spec:
  targetRefs: [{ kind: Service, group: "", name: a }]
  validation: { hostname: b.example, wellKnownCACertificates: System }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: ca, namespace: infra }, data: { ca.crt: ${pem("authority.pem")} } }
---
${services("a", "b")}
`);

const changes = array(tuple(integer({ min: 0, max: OBJECTS.length - 1 }), boolean()), { minLength: 1, maxLength: 6 });

function translationOf(set: ResourceSet): Translation {
  return new Translation(set, { translators: gatewayApiTranslators, joiners: [], options: translatorOptions() });
}

/** Objects of their own: what is remembered of the others must not help. */
function translatedAnew(objects: Iterable<Resource>): readonly Translated[] {
  const set = new ResourceSet();
  for (const object of objects) set.put(structuredClone(object));
  const translation = translationOf(set);
  translation.update();
  return translation.pieces;
}

function told(translated: readonly Translated[]): unknown {
  return translated.map(({ resource, piece }) => [labelOf(resource), piece]);
}

test("what is translated bit by bit is what it comes to at once", () => {
  assert(
    property(array(changes, { minLength: 1, maxLength: 6 }), (rounds) => {
      const set = new ResourceSet();
      const there = new Map<string, Resource>();
      const put = (object: Resource): void => {
        set.put(object);
        there.set(labelOf(object), object);
      };
      for (const object of OBJECTS) put(object);
      const kept = translationOf(set);
      kept.update();
      for (const round of rounds) {
        for (const [index, stays] of round) {
          const object = OBJECTS[index];
          if (object === undefined) continue;
          if (stays) put(object);
          else {
            set.delete(object);
            there.delete(labelOf(object));
          }
        }
        kept.update();
        expect(told(kept.pieces)).toEqual(told(translatedAnew(there.values())));
      }
    }),
    { numRuns: 200 },
  );
});
