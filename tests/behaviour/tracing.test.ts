import { afterAll, describe, expect, test } from "bun:test";
import { loadSync } from "@grpc/proto-loader";
import { loadPackageDefinition, Server, ServerCredentials, type ServiceClientConstructor } from "@grpc/grpc-js";
import { openServiceClient } from "#src/serve/upstream/open.ts";
import { pluginStage } from "#tests/support/plugin-stage.ts";

const PARENT = { trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331" };

/** Sends one request to a gateway that traces to a collector; answers what the service behind it was told. */
async function traced(tracing: object, headers: Record<string, string>, path = "/shop?key=1"): Promise<Request> {
  await using stage = await pluginStage({
    plugins: [],
    gateway: { openServiceClient },
    config: ({ http }) => ({ tracing, services: [{ name: "backend", endpoints: [http] }] }),
  });
  await (await stage.fetch(path, { headers })).text();
  const [asked] = stage.asked;
  if (asked === undefined) throw new Error("The service was not asked.");
  return asked;
}

describe("Zipkin", () => {
  const told: { readonly path: string; readonly spans: readonly Record<string, unknown>[] }[] = [];
  // A stand-in for Zipkin's collector.
  const collector = Bun.serve({
    port: 0,
    async fetch(request) {
      told.push({ path: new URL(request.url).pathname, spans: JSON.parse(await request.text()) });
      return new Response(null, { status: 202 });
    },
  });
  afterAll(() => collector.stop(true));
  const tracing = { zipkin: { service: "127.0.0.1", port: collector.port } };

  test("gets a request's span, in its client's trace, which the service is told as well", async () => {
    const asked = await traced(tracing, { "x-b3-traceid": PARENT.trace, "x-b3-spanid": PARENT.span });
    const { path, spans } = told.pop() ?? { path: "", spans: [] };
    expect(path).toBe("/api/v2/spans");
    expect(spans).toMatchObject([
      {
        traceId: PARENT.trace,
        parentId: PARENT.span,
        kind: "SERVER",
        name: "GET web",
        localEndpoint: { serviceName: "sluice" },
        tags: { "http.request.method": "GET", "url.path": "/shop", "http.response.status_code": "200" },
      },
    ]);
    expect(asked.headers.get("x-b3-traceid")).toBe(PARENT.trace);
    expect(asked.headers.get("x-b3-spanid")).toBe(String(spans[0]?.["id"]));
    expect(asked.headers.get("x-b3-parentspanid")).toBe(PARENT.span);
    expect(JSON.stringify(spans)).not.toContain("key=1");
  });

  test("is not told of what nobody samples, which is said to the service", async () => {
    told.length = 0;
    const asked = await traced({ ...tracing, sampling: 0 }, {});
    expect(asked.headers.get("x-b3-sampled")).toBe("0");
    const decided = { "x-b3-traceid": PARENT.trace, "x-b3-spanid": PARENT.span, "x-b3-sampled": "0" };
    await traced(tracing, decided);
    expect(told).toEqual([]);
  });

  test("that is away costs no request anything", async () => {
    const asked = await traced({ zipkin: { service: "127.0.0.1", port: 1 } }, {});
    expect(asked.headers.get("x-b3-sampled")).toBe("1");
  });
});

describe("OpenTelemetry", () => {
  const definition = loadSync(new URL("../fixtures/otlp-trace.proto", import.meta.url).pathname, { longs: String });
  const found = loadPackageDefinition(definition) as never as {
    opentelemetry: { proto: { collector: { trace: { v1: { TraceService: ServiceClientConstructor } } } } };
  };
  const told: { readonly resourceSpans: readonly ResourceSpans[] }[] = [];
  const server = new Server();
  server.addService(found.opentelemetry.proto.collector.trace.v1.TraceService.service, {
    export(call: { request: (typeof told)[number] }, done: (error: null, answer: object) => void) {
      told.push(call.request);
      done(null, {});
    },
  });
  const port = new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  afterAll(() => server.forceShutdown());

  interface ResourceSpans {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Record<string, unknown>[] }[];
  }
  interface Attribute {
    readonly key: string;
    readonly value: { readonly stringValue?: string; readonly intValue?: string };
  }

  test("gets spans by gRPC, in the trace that traceparent tells", async () => {
    const before = Date.now();
    const tracing = { opentelemetry: { service: "127.0.0.1", port: await port }, timeout: "5s" };
    const asked = await traced(tracing, { traceparent: `00-${PARENT.trace}-${PARENT.span}-01` });
    const [all] = told.pop()?.resourceSpans ?? [];
    const named = all?.resource.attributes.map(({ key, value }) => [key, value.stringValue]);
    expect(named).toEqual([["service.name", "sluice"]]);
    const [span] = all?.scopeSpans[0]?.spans ?? [];
    const hex = (value: unknown): string => Buffer.from(value as Uint8Array).toString("hex");
    expect([hex(span?.["traceId"]), hex(span?.["parentSpanId"])]).toEqual([PARENT.trace, PARENT.span]);
    expect(asked.headers.get("traceparent")).toBe(`00-${PARENT.trace}-${hex(span?.["spanId"])}-01`);
    expect([span?.["name"], span?.["kind"]]).toEqual(["GET web", 2]);
    const [start, end] = [Number(span?.["startTimeUnixNano"]) / 1e6, Number(span?.["endTimeUnixNano"]) / 1e6];
    expect(start).toBeGreaterThanOrEqual(before);
    expect(end).toBeGreaterThan(start);
    const attributes = new Map(
      ((span?.["attributes"] ?? []) as readonly Attribute[]).map(({ key, value }) => [
        key,
        value.stringValue ?? value.intValue,
      ]),
    );
    expect(attributes.get("http.route")).toBe("web");
    expect(attributes.get("http.response.status_code")).toBe("200");
  });
});
