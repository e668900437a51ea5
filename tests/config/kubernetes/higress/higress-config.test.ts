import { describe, expect, test } from "bun:test";
import { configMapTranslator } from "#config/kubernetes/higress/config-maps.ts";
import { DomainCertificates } from "#config/kubernetes/domain-certificate.ts";
import type { Piece } from "#config/kubernetes/translator.ts";
import { configSchema } from "#config/model.ts";
import { registry } from "#src/registry.ts";
import { lookupOf, resourcesOf, translatorOptions } from "../../../support/kubernetes.ts";

function pieceOf(text: string, others = "", metadata = "name: higress-config, namespace: higress-system"): Piece {
  const yaml = `
apiVersion: v1
kind: ConfigMap
metadata: { ${metadata} }
data:
  mesh: "accessLogFile: /dev/stdout"
  higress: |
    ${text.trim().replaceAll("\n", "\n    ")}
---
${others}`;
  const [map, ...rest] = resourcesOf(yaml);
  if (map === undefined) throw new Error("There is no ConfigMap.");
  const piece = configMapTranslator(new DomainCertificates()).translate(
    map,
    lookupOf([map, ...rest]),
    translatorOptions(),
  );
  const { settings = {}, mcpServers = [] } = piece;
  configSchema(registry.providers, registry).parse({ ...settings, mcpServers });
  return piece;
}

function fields({ findings }: Piece): string[] {
  return findings.map(({ field, severity }) => `${severity} ${field}`);
}

describe("higress-config", () => {
  test("is in the gateway's own words", () => {
    const piece = pieceOf(`
addXRealIpHeader: true
disableXEnvoyHeaders: true
gzip:
  enable: true
  minContentLength: 2048
  contentType: [text/html]
  disableOnEtagHeader: false
  memoryLevel: 6
  windowBits: 13
  chunkSize: 8192
  compressionLevel: COMPRESSION_LEVEL_4
  compressionStrategy: HUFFMAN_ONLY
downstream:
  idleTimeout: 180
  maxRequestHeadersKb: 60
  connectionBufferLimits: 32768
  routeTimeout: 0
  http2: { maxConcurrentStreams: 100, initialStreamWindowSize: 65535, initialConnectionWindowSize: 1048576 }
upstream: { idleTimeout: 10, connectionBufferLimits: 10485760 }
tracing:
  enable: true
  sampling: 50
  timeout: 700
  skywalking: { service: skywalking.ns.svc.cluster.local, port: 11800, access_token: "" }`);
    expect(piece.settings).toEqual({
      addXRealIpHeader: true,
      disableXEnvoyHeaders: true,
      compression: {
        minLength: 2048,
        contentTypes: ["text/html"],
        skipEtag: false,
        memoryLevel: 6,
        windowBits: 13,
        chunkSize: 8192,
        level: 4,
        strategy: "huffman_only",
      },
      downstream: {
        idleTimeout: 180_000,
        maxRequestHeaders: 61_440,
        connectionBufferLimit: 32_768,
        routeTimeout: 0,
        http2: { maxConcurrentStreams: 100, initialStreamWindowSize: 65_535, initialConnectionWindowSize: 1_048_576 },
      },
      upstream: { idleTimeout: 10_000, connectionBufferLimit: 10_485_760 },
      tracing: {
        sampling: 50,
        timeout: 700,
        skywalking: { service: "skywalking.ns.svc.cluster.local", port: 11_800 },
      },
    });
    expect(fields(piece)).toEqual(["warning data.higress.tracing.skywalking"]);
  });

  test("says of buffers that were chosen that only Envoy has them", () => {
    const piece = pieceOf("downstream: { connectionBufferLimits: 1000 }\nupstream: { connectionBufferLimits: 2000 }");
    expect(fields(piece)).toEqual([
      "warning data.higress.downstream.connectionBufferLimits",
      "warning data.higress.upstream.connectionBufferLimits",
    ]);
  });

  test("has Higress' defaults where it says little", () => {
    expect(pieceOf("gzip: {}\ntracing: { enable: false }").settings).toEqual({ compression: {}, tracing: false });
    expect(pieceOf("gzip: { enable: false }").settings).toEqual({ compression: false });
    expect(pieceOf("gzip: { compressionLevel: BEST_SPEED, compressionStrategy: DEFAULT_STRATEGY }").settings).toEqual({
      compression: { level: 1, strategy: "default" },
    });
    expect(pieceOf("{}").settings).toEqual({});
  });

  test("loses what is wrong, each with what it is, and keeps the rest", () => {
    const piece = pieceOf(`
gzip: { memoryLevel: 10, compressionLevel: COMPRESSION_LEVEL_10, windowBits: 9 }
downstream: { idleTimeout: -1, routeTimeout: 5, http2: { maxConcurrentStreams: 0 } }
addXRealIpHeader: maybe`);
    expect(piece.settings).toEqual({
      compression: { windowBits: 9 },
      downstream: { routeTimeout: 5000 },
      addXRealIpHeader: undefined,
    });
    expect(fields(piece)).toEqual([
      "error data.higress.compression.level",
      "error data.higress.compression.memoryLevel",
      "error data.higress.downstream.idleTimeout",
      "error data.higress.downstream.http2.maxConcurrentStreams",
      "error data.higress.addXRealIpHeader",
    ]);
  });

  test("that is no YAML is told", () => {
    expect(fields(pieceOf("a: [")).concat(fields(pieceOf("- a")))).toEqual([
      "error data.higress",
      "error data.higress",
    ]);
  });

  test("has templates filled in", () => {
    const secret = `
apiVersion: v1
kind: Secret
metadata: { name: db, namespace: higress-system }
data: { dsn: cG9zdGdyZXM6Ly91OnBAaC9k }`;
    const piece = pieceOf(
      `
mcpServer:
  enable: true
  sse_path_suffix: /sse
  redis: { address: "redis:6379", passwordSecret: { name: none, key: password } }
  match_list:
  - { match_rule_path: /mcp/a, match_rule_type: prefix, upstream_type: sse, enable_path_rewrite: true }
  - { match_rule_path: /mcp/b, match_rule_type: nonsense, upstream_type: rest }
  servers:
  - { name: shop, path: /mcp/shop, type: database, domain_list: ["*"], config: { dsn: "\${secret.db.dsn}", dbType: postgres } }
  - { name: search, path: /mcp/search, type: tool-search, config: {} }`,
      secret,
    );
    expect(piece.mcpServers).toEqual([
      { name: "shop", path: "/mcp/shop", database: { dsn: "postgres://u:p@h/d", dbType: "postgres" } },
    ]);
    expect(fields(piece)).toEqual([
      "warning data.higress.mcpServer.redis",
      "error data.higress.mcpServer.redis.passwordSecret",
      "warning data.higress.mcpServer.match_list[0]",
      "warning data.higress.mcpServer.match_list[1].match_rule_type",
      "warning data.higress.mcpServer.servers[1].type",
    ]);
  });

  test("is no other ConfigMap", () => {
    expect(pieceOf("{}", "", "name: higress-config, namespace: team")).toEqual({ findings: [] });
    expect(pieceOf("{}", "", "name: other, namespace: higress-system")).toEqual({ findings: [] });
  });
});
