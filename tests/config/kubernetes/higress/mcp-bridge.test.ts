import { describe, expect, test } from "bun:test";
import { mcpBridgeTranslator } from "#config/kubernetes/higress/mcp-bridge.ts";
import type { Piece } from "#config/kubernetes/translator.ts";
import { configSchema } from "#config/model.ts";
import { lookupOf, resourcesOf, translatorOptions } from "../../../support/kubernetes.ts";

function pieceOf(spec: string, others = "", metadata = "name: default, namespace: higress-system"): Piece {
  const yaml = `
apiVersion: networking.higress.io/v1
kind: McpBridge
metadata: { ${metadata} }
spec:
  ${spec.trim().replaceAll("\n", "\n  ")}
---
${others}`;
  const [bridge, ...rest] = resourcesOf(yaml);
  if (bridge === undefined) throw new Error("There is no McpBridge.");
  const piece = mcpBridgeTranslator.translate(bridge, lookupOf([bridge, ...rest]), translatorOptions());
  const { registries = [], proxies = [] } = piece;
  configSchema([]).parse({ registries, proxies });
  return piece;
}

describe("an McpBridge", () => {
  test("has registries and proxies", () => {
    const piece = pieceOf(
      `
registries:
- { type: static, name: one, domain: "10.0.0.1:80,10.0.0.2:80", port: 80, protocol: http, sni: "", nacosGroups: [] }
- { type: dns, name: two, domain: api.example.com, port: 443, protocol: https, proxyName: office }
- { type: nacos2, name: three, domain: nacos, port: 8848, nacosRefreshInterval: 60000000000, nacosGroups: [g], authSecretName: nacos }
- { type: consul, name: four, domain: consul, port: 8500, consulRefreshInterval: "30", consulDatacenter: dc1 }
proxies:
- { type: HTTP, name: office, serverAddress: proxy.example.com, serverPort: 3128, listenerPort: 50001, connectTimeout: 1000 }`,
      `
apiVersion: v1
kind: Secret
metadata: { name: nacos, namespace: higress-system }
data: { nacosUsername: dXNlcg==, nacosPassword: cGFzcw== }`,
    );
    expect(piece).toEqual({
      registries: [
        { type: "static", name: "one", domain: "10.0.0.1:80,10.0.0.2:80", port: 80, protocol: "http" },
        { type: "dns", name: "two", domain: "api.example.com", port: 443, protocol: "https", proxyName: "office" },
        {
          type: "nacos2",
          name: "three",
          domain: "nacos",
          port: 8848,
          nacosRefreshInterval: 60_000,
          nacosGroups: ["g"],
          auth: { nacosUsername: "user", nacosPassword: "pass" },
        },
        {
          type: "consul",
          name: "four",
          domain: "consul",
          port: 8500,
          consulRefreshInterval: 10_000,
          consulDatacenter: "dc1",
        },
      ],
      proxies: [{ name: "office", serverAddress: "proxy.example.com", serverPort: 3128, connectTimeout: 1000 }],
      findings: [],
    });
  });

  test("loses bad entries, each with what is wrong", () => {
    const piece = pieceOf(`
registries:
- { type: etcd, name: a, domain: d, port: 1 }
- { type: dns, name: b, domain: d, port: 99999 }
- { type: dns, name: c, domain: d, port: 80 }
- { type: dns, name: c, domain: e, port: 80 }
- { type: static, name: d, domain: "1.2.3.4:80", port: 80, proxyName: p }
- { type: dns, name: e, domain: d, port: 80, proxyName: none }
- { type: nacos, name: f, domain: d, port: 80, authSecretName: none, metadata: { a: b, c: { innerMap: {} } } }
proxies:
- { type: SOCKS5, name: s, serverAddress: h, serverPort: 1 }
- { type: HTTP, name: p, serverAddress: h, serverPort: 1 }`);
    expect(piece.registries?.map(({ name }) => name)).toEqual(["c", "d", "e", "f"]);
    expect(piece.proxies?.map(({ name }) => name)).toEqual(["p"]);
    expect(piece.registries?.find(({ name }) => name === "f")?.["metadata"]).toEqual({ a: "b" });
    expect(piece.findings.map(({ field, severity }) => `${severity} ${field}`)).toEqual([
      "error spec.proxies[0].type",
      "error spec.registries[0].type",
      "error spec.registries[1].port",
      "error spec.registries[3].name",
      "warning spec.registries[4].proxyName",
      "error spec.registries[5].proxyName",
      "error spec.registries[6].authSecretName",
      "warning spec.registries[6].metadata.c",
    ]);
  });

  test("is read only where Higress reads it", () => {
    expect(pieceOf("{}", "", "name: default, namespace: team")).toEqual({ findings: [] });
    expect(pieceOf("{}", "", "name: other, namespace: higress-system").findings).toEqual([
      { field: "metadata.name", message: "is not read: only higress-system/default is", severity: "warning" },
    ]);
  });
});
