import { z } from "zod";
import { duration, flag, integer, name, size, text } from "#src/core/settings/scalars.ts";
import { makes, someOf, word } from "#src/core/settings/shapes.ts";

/** What holds for the whole gateway: fields of Higress' ConfigMap `higress-config`, in this configuration's words. */

/** zlib's strategies. */
const STRATEGIES = ["default", "filtered", "huffman_only", "rle", "fixed"] as const;

/** How answers are compressed with gzip for clients that take it. */
export interface CompressionConfig {
  /** Bytes; answers that are known to be shorter go as they are. */
  readonly minLength: number;
  /** Media types without parameters. */
  readonly contentTypes: readonly string[];
  /** Answers with an ETag go as they are, for it is that of their bytes. */
  readonly skipEtag: boolean;
  /** 1 to 9. */
  readonly level: number;
  readonly strategy: (typeof STRATEGIES)[number];
  /** zlib's `memLevel`. */
  readonly memoryLevel: number;
  readonly windowBits: number;
  /** Bytes. */
  readonly chunkSize: number;
}

/** HTTP/2 towards clients. */
export interface Http2Config {
  readonly maxConcurrentStreams?: number;
  /** Bytes. */
  readonly initialStreamWindowSize?: number;
  readonly initialConnectionWindowSize?: number;
}

/** Connections of clients. Times are milliseconds; left out: as each data plane has it. */
export interface DownstreamConfig {
  /** 0: no limit. */
  readonly idleTimeout?: number;
  /** Bytes of a request's head. */
  readonly maxRequestHeaders?: number;
  /** Bytes. */
  readonly connectionBufferLimit?: number;
  readonly http2?: Http2Config;
  /** For HTTP routes that say nothing; 0: no limit. */
  readonly routeTimeout?: number;
}

/** Connections to services. */
export interface UpstreamConfig {
  readonly idleTimeout?: number;
  readonly connectionBufferLimit?: number;
}

/** Who gets traces. */
interface Collector {
  readonly service: string;
  readonly port: number;
}

/** Which requests are traced, and who is told. */
export interface TracingConfig {
  /** Of the requests, 0 to 100. */
  readonly sampling: number;
  /** Milliseconds. */
  readonly timeout: number;
  readonly zipkin?: Collector;
  readonly skywalking?: Collector & { readonly accessToken?: string };
  readonly opentelemetry?: Collector;
}

const CONTENT_TYPES = [
  "text/html",
  "text/css",
  "text/plain",
  "text/xml",
  "application/json",
  "application/javascript",
  "application/xhtml+xml",
  "image/svg+xml",
];

const compressionSettings: z.ZodType<CompressionConfig> = makes<CompressionConfig>()(
  z.strictObject({
    minLength: size("Shorter answers go as they are.").prefault(1024),
    contentTypes: someOf(text("A media type."), "Media types of answers that are compressed.").prefault(CONTENT_TYPES),
    skipEtag: flag("Whether answers with an ETag go as they are.").prefault(true),
    level: integer("1: the fastest, to 9: the smallest.", 1, 9).prefault(9),
    strategy: word(STRATEGIES, "zlib's strategy.").prefault("default"),
    memoryLevel: integer("zlib's memory level.", 1, 9).prefault(5),
    windowBits: integer("The size of zlib's window, as a power of two.", 9, 15).prefault(12),
    chunkSize: size("zlib's output buffer.").prefault(4096),
  }),
);

/** `compression`. */
export const compression: z.ZodType<false | CompressionConfig> = z.union([z.literal(false), compressionSettings]);

const window = (description: string): z.ZodType<number> => integer(description, 65_535, 2_147_483_647);

/** `downstream`. */
export const downstream: z.ZodType<DownstreamConfig> = makes<DownstreamConfig>()(
  z.strictObject({
    idleTimeout: duration("How long a client's connection is kept without a request; 0: for ever.").exactOptional(),
    maxRequestHeaders: size("The most that a request's head may take, up to 8 MiB.").exactOptional(),
    connectionBufferLimit: size("What is kept of a connection before it has to wait; Envoy.").exactOptional(),
    http2: makes<Http2Config>()(
      z.strictObject({
        maxConcurrentStreams: integer("Requests at a time on a connection.", 1, 2_147_483_647).exactOptional(),
        initialStreamWindowSize: window("A stream's window.").exactOptional(),
        initialConnectionWindowSize: window("A connection's window.").exactOptional(),
      }),
    )
      .describe("HTTP/2.")
      .exactOptional(),
    routeTimeout: duration("For HTTP routes that say nothing; 0: no limit.").exactOptional(),
  }),
);

/** `upstream`. */
export const upstream: z.ZodType<UpstreamConfig> = makes<UpstreamConfig>()(
  z.strictObject({
    idleTimeout: duration("How long a connection to a service is kept without a request.").exactOptional(),
    connectionBufferLimit: size("What is kept of a connection before it has to wait; Envoy.").exactOptional(),
  }),
);

const collector = {
  service: name("The collector: a service's name."),
  port: integer("Its port.", 1, 65_535),
};

const tracingSettings: z.ZodType<TracingConfig> = makes<TracingConfig>()(
  z
    .strictObject({
      sampling: z.number().min(0).max(100).describe("Of the requests, 0 to 100.").prefault(100),
      timeout: duration("The longest wait for the collector.", 1).prefault("500ms"),
      zipkin: z.strictObject(collector).describe("Zipkin.").exactOptional(),
      skywalking: z
        .strictObject({ ...collector, accessToken: text("Its token.").exactOptional() })
        .describe("SkyWalking.")
        .exactOptional(),
      opentelemetry: z.strictObject(collector).describe("OpenTelemetry, by gRPC.").exactOptional(),
    })
    .superRefine(({ zipkin, skywalking, opentelemetry }, context) => {
      if ([zipkin, skywalking, opentelemetry].filter((one) => one !== undefined).length === 1) return;
      context.addIssue({ code: "custom", message: "needs exactly one of zipkin, skywalking, opentelemetry" });
    }),
);

/** `tracing`. */
export const tracing: z.ZodType<false | TracingConfig> = z.union([z.literal(false), tracingSettings]);

/** `addXRealIpHeader`. */
export const addXRealIpHeader: z.ZodType<boolean> = flag(
  "Whether services are told the client's address in x-real-ip, too.",
);

/** `disableXEnvoyHeaders`. */
export const disableXEnvoyHeaders: z.ZodType<boolean> = flag(
  "Whether Envoy leaves its x-envoy- headers out; Sluice itself adds none.",
);
