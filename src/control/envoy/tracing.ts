import type { TracingConfig } from "#config/model.ts";
import type { JsonObject } from "#src/core/json.ts";
import { resolvedCluster } from "./cluster.ts";
import type { Services } from "./forward.ts";
import { duration, typed } from "./resources.ts";

/** Envoy's tracers by Higress' names. */
const TRACERS: {
  readonly [kind in "zipkin" | "skywalking" | "opentelemetry"]: (settings: TracingConfig) => JsonObject | undefined;
} = {
  zipkin: ({ zipkin }) =>
    zipkin && {
      name: "envoy.tracers.zipkin",
      typed_config: typed("envoy.config.trace.v3.ZipkinConfig", {
        collector_cluster: zipkin.service,
        collector_endpoint: "/api/v2/spans",
        collector_endpoint_version: "HTTP_JSON",
        collector_hostname: zipkin.service,
        shared_span_context: false,
      }),
    },
  skywalking: ({ skywalking, timeout }) =>
    skywalking && {
      name: "envoy.tracers.skywalking",
      typed_config: typed("envoy.config.trace.v3.SkyWalkingConfig", {
        grpc_service: grpcService(skywalking.service, timeout),
        client_config: {
          service_name: "sluice",
          instance_name: "sluice",
          ...(skywalking.accessToken === undefined ? {} : { backend_token: skywalking.accessToken }),
        },
      }),
    },
  opentelemetry: ({ opentelemetry, timeout }) =>
    opentelemetry && {
      name: "envoy.tracers.opentelemetry",
      typed_config: typed("envoy.config.trace.v3.OpenTelemetryConfig", {
        grpc_service: grpcService(opentelemetry.service, timeout),
        service_name: "sluice",
      }),
    },
};

/** The clusters of services that are asked by gRPC, whatever else they are asked by. */
export function tracingClusters(settings: false | TracingConfig, services: Services): JsonObject[] {
  if (settings === false) return [];
  const names = [settings.skywalking?.service, settings.opentelemetry?.service];
  return names.flatMap((name) => {
    const service = name === undefined ? undefined : services.get(name);
    return service === undefined
      ? []
      : [resolvedCluster({ ...service, name: clusterName(service.name), protocol: "grpc" })];
  });
}

const clusterName = (service: string): string => `sluice/tracing/${service}`;

/** The fields of a connection manager that say where spans go. */
export function tracingFields(settings: false | TracingConfig): JsonObject {
  if (settings === false) return {};
  const [provider] = Object.values(TRACERS).flatMap((make) => make(settings) ?? []);
  if (provider === undefined) return {};
  const all = { value: 100 };
  return {
    tracing: {
      client_sampling: all,
      random_sampling: { value: settings.sampling },
      overall_sampling: all,
      spawn_upstream_span: true,
      provider,
    },
  };
}

function grpcService(service: string, timeout: number): JsonObject {
  return { envoy_grpc: { cluster_name: clusterName(service), authority: service }, timeout: duration(timeout) };
}
