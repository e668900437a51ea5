/**
 * Settings of the whole gateway, by Higress' names in its ConfigMap `higress-config`. Times are milliseconds, sizes bytes where the names
 * do not say otherwise.
 */
export interface GlobalSettings {
  readonly tracing?: TracingSettings;
  readonly gzip?: GzipSettings;
  readonly downstream?: DownstreamSettings;
  readonly upstream?: UpstreamSettings;
  readonly addXRealIpHeader?: boolean;
  /** Whether answers and requests are without the headers that Envoy adds; true when left out, since Sluice adds none of its own. */
  readonly disableXEnvoyHeaders?: boolean;
}

/** Connections of clients. */
export interface DownstreamSettings {
  readonly idleTimeout?: number;
  readonly maxRequestHeadersKb?: number;
  readonly connectionBufferLimits?: number;
  readonly http2?: {
    readonly maxConcurrentStreams?: number;
    readonly initialStreamWindowSize?: number;
    readonly initialConnectionWindowSize?: number;
  };
  /** Of routes that say nothing; 0: no limit. */
  readonly routeTimeout?: number;
}

/** Connections to services. */
export interface UpstreamSettings {
  readonly idleTimeout?: number;
  readonly connectionBufferLimits?: number;
}

/** Compression of answers. */
export interface GzipSettings {
  readonly enable: boolean;
  readonly minContentLength?: number;
  readonly contentType?: readonly string[];
  readonly disableOnEtagHeader?: boolean;
  readonly memoryLevel?: number;
  readonly windowBits?: number;
  readonly chunkSize?: number;
  readonly compressionLevel?: string;
  readonly compressionStrategy?: string;
}

/** Where spans go: the service is one of the configuration's. */
export interface TracingSettings {
  readonly enable: boolean;
  /** Percent. */
  readonly sampling?: number;
  readonly timeout?: number;
  readonly zipkin?: { readonly service: string; readonly port?: string };
  readonly skywalking?: { readonly service: string; readonly port?: string; readonly access_token?: string };
  readonly opentelemetry?: { readonly service: string; readonly port?: string };
}
