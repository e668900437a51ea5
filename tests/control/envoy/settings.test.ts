import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "bun:test";
import { startBackend } from "#tests/support/backend.ts";
import { envoyMissing } from "#tests/support/envoy.ts";
import { envoyStage } from "#tests/support/envoy-stage.ts";
import { until } from "#tests/support/until.ts";

const PATIENCE = 60_000;
const LISTENERS = [{ name: "one", port: 0 }];

describe.skipIf(envoyMissing !== undefined)("settings of the whole gateway in a real Envoy", () => {
  test(
    "answers are compressed, and headers are added",
    async () => {
      const text = "word ".repeat(1000);
      const backend = startBackend((request) => {
        const address = request.headers.get("x-real-ip");
        return new Response(`${address} ${text}`, { headers: { "content-type": "text/plain" } });
      });
      await using envoy = await envoyStage({
        listeners: LISTENERS,
        compression: { minLength: 100, level: 1, strategy: "huffman_only" },
        addXRealIpHeader: true,
        services: [{ name: "a", endpoints: [backend.address] }],
        routes: [{ name: "all", http: { services: [{ name: "a" }] } }],
      });
      const answer = await fetch(envoy.url("one"), { headers: { "accept-encoding": "gzip" }, decompress: false });
      expect(answer.headers.get("content-encoding")).toBe("gzip");
      expect(gunzipSync(await answer.bytes()).toString()).toBe(`127.0.0.1 ${text}`);
      await backend.close();
    },
    PATIENCE,
  );

  test(
    "a request's head may be only so long, and a route without a time of its own has the usual one",
    async () => {
      const backend = startBackend(() => new Promise(() => {}));
      await using envoy = await envoyStage({
        listeners: LISTENERS,
        downstream: {
          maxRequestHeaders: "8KiB",
          routeTimeout: "50ms",
          idleTimeout: "10s",
          http2: { maxConcurrentStreams: 7 },
        },
        services: [{ name: "a", endpoints: [backend.address] }],
        routes: [{ name: "all", http: { services: [{ name: "a" }] } }],
      });
      expect((await envoy.fetch("/")).status).toBe(504);
      expect((await envoy.fetch("/", { headers: { "x-long": "x".repeat(9000) } })).status).toBe(431);
      await backend.close();
    },
    PATIENCE,
  );

  test.each(["zipkin", "skywalking", "opentelemetry"])(
    "spans go to %s",
    async (kind) => {
      const asked: string[] = [];
      const zipkin = startBackend((request) => {
        asked.push(new URL(request.url).pathname);
        return new Response(null, { status: 202 });
      });
      const grpc = createServer();
      grpc.on("stream", (stream: ServerHttp2Stream, headers) => {
        asked.push(String(headers[":path"]));
        stream.on("error", () => {});
        stream.respond({ ":status": 200, "content-type": "application/grpc" });
      });
      await new Promise<void>((resolve) => grpc.listen(0, "127.0.0.1", resolve));
      const port = (grpc.address() as AddressInfo).port;
      const address = kind === "zipkin" ? zipkin.address : `127.0.0.1:${port}`;
      await using envoy = await envoyStage({
        listeners: LISTENERS,
        tracing: { [kind]: { service: "collector", port: Number(address.split(":")[1]) } },
        services: [{ name: "collector", endpoints: [address] }],
        routes: [{ name: "all", response: { status: 204 } }],
      });
      await until("a span has come", async () => {
        await envoy.fetch("/");
        return asked.length > 0;
      });
      const PATHS = {
        zipkin: "/api/v2/spans",
        skywalking: "/skywalking.v3.TraceSegmentReportService/collect",
        opentelemetry: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
      };
      expect(asked[0]).toBe(PATHS[kind]);
      grpc.close();
      await zipkin.close();
    },
    PATIENCE,
  );
});
