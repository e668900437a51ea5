import type { Config } from "#config/model.ts";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Callout } from "../core/plugin-host.ts";
import type { ServiceClient } from "../core/service-link.ts";
import type { Tracer } from "../core/trace.ts";
import { b3, traceContext } from "../observe/trace/context.ts";
import { otlpMessage } from "../observe/trace/otlp.ts";
import { SpanTracer, type TracerOptions } from "../observe/trace/span-tracer.ts";
import { zipkinSpans } from "../observe/trace/zipkin.ts";
import { type CalloutService, createCallouts, serviceNamed } from "../plugin-host/callouts.ts";
import type { ServiceClients } from "../traffic/http/service-clients.ts";

type Settings = Exclude<Config["tracing"], false>;

/** What tracers need of the world. */
export interface TracerWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The running configuration's services. */
  readonly services: (name: string) => CalloutService | undefined;
  readonly clients: ServiceClients;
}

type Told = Pick<TracerOptions, "propagation" | "send">;

/** The tracer of a gateway: the same one over reloads that leave `tracing` as it was. */
export class Tracers {
  readonly #world: TracerWorld;
  #current: { readonly key: string; readonly tracer: Tracer | undefined } = { key: "false", tracer: undefined };

  constructor(world: TracerWorld) {
    this.#world = world;
  }

  /** Undefined where nothing is traced here: SkyWalking gets its traces from Envoy alone. */
  take(settings: Config["tracing"]): Tracer | undefined {
    const key = JSON.stringify(settings);
    if (key === this.#current.key) return this.#current.tracer;
    void this.close();
    this.#current = { key, tracer: settings === false ? undefined : this.#open(settings) };
    return this.#current.tracer;
  }

  async close(): Promise<void> {
    await this.#current.tracer?.close();
  }

  #open(settings: Settings): Tracer | undefined {
    const told = this.#zipkin(settings) ?? this.#opentelemetry(settings);
    return told && new SpanTracer({ ...this.#world, sampling: settings.sampling, ...told });
  }

  #zipkin({ zipkin, timeout }: Settings): Told | undefined {
    if (zipkin === undefined) return undefined;
    const callout = createCallouts({ ...this.#world, service: this.#world.services }, RIGHTS);
    return {
      propagation: b3,
      async send(spans) {
        const { status } = await callout({
          ...asked(zipkin, "/api/v2/spans", timeout),
          headers: [["content-type", "application/json"]],
          body: zipkinSpans(spans),
        });
        if (status >= 300) throw new Error(`it answered with ${status}`);
      },
    };
  }

  #opentelemetry({ opentelemetry, timeout }: Settings): Told | undefined {
    if (opentelemetry === undefined) return undefined;
    const { clients, services } = this.#world;
    let client: ServiceClient | undefined;
    const http2: NonNullable<CalloutService["fetch"]> = async (url, init) =>
      (client ??= clients.hold("tracing", { http2: true }).client).fetch(url, init);
    const elsewhere = { origins: [`http://${opentelemetry.service}:${opentelemetry.port}`], fetch: http2 };
    const service = (): CalloutService => ({ ...elsewhere, ...serviceNamed(upstreamOf(opentelemetry), services) });
    const callout = createCallouts({ ...this.#world, service }, RIGHTS);
    return {
      propagation: traceContext,
      async send(spans) {
        const { status, headers } = await callout({
          ...asked(opentelemetry, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", timeout),
          headers: [["content-type", "application/grpc"]],
          body: otlpMessage(spans),
        });
        const code = headers.find(([name]) => name === "grpc-status")?.[1] ?? "0";
        if (status !== 200 || code !== "0") throw new Error(`it answered with ${status}, grpc-status ${code}`);
      },
    };
  }
}

const RIGHTS = { origins: ["*"], most: 4 };

interface Collector {
  readonly service: string;
  readonly port: number;
}

function upstreamOf({ service, port }: Collector): string {
  return `outbound|${port}||${service}`;
}

function asked(
  collector: Collector,
  path: string,
  timeout: number,
): Pick<Callout, "upstream" | "method" | "path" | "timeout"> {
  return { upstream: upstreamOf(collector), method: "POST", path, timeout };
}
