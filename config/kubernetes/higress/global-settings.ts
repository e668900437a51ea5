import { isMapping, type Mapping, mapping } from "../../check-values.ts";
import type { Finding, Written } from "../translator.ts";

/** What `higress-config` says of the whole gateway, in the words of `model/global.ts`. */
export function settingsFrom(config: Mapping, findings: Finding[]): Written {
  const { gzip, tracing, downstream, upstream, addXRealIpHeader, disableXEnvoyHeaders } = config;
  bufferFindings(config, findings);
  return {
    ...(isMapping(gzip) ? { compression: compressionOf(gzip) } : {}),
    ...(isMapping(tracing) ? { tracing: tracingOf(tracing, findings) } : {}),
    ...(isMapping(downstream) ? { downstream: downstreamOf(downstream) } : {}),
    ...(isMapping(upstream) ? { upstream: limitsOf(upstream) } : {}),
    ...(addXRealIpHeader === undefined ? {} : { addXRealIpHeader }),
    ...(disableXEnvoyHeaders === undefined ? {} : { disableXEnvoyHeaders }),
  };
}

/** Higress' words for zlib's levels. */
const LEVELS: Readonly<Record<string, number>> = { BEST_SPEED: 1, BEST_COMPRESSION: 9 };

function compressionOf(gzip: Mapping): unknown {
  if (gzip["enable"] === false) return false;
  const { compressionLevel: level, compressionStrategy: strategy } = gzip;
  return {
    ...renamed(gzip, {
      minContentLength: "minLength",
      contentType: "contentTypes",
      disableOnEtagHeader: "skipEtag",
      memoryLevel: "memoryLevel",
      windowBits: "windowBits",
      chunkSize: "chunkSize",
    }),
    ...(level === undefined ? {} : { level: typeof level === "string" ? levelOf(level) : level }),
    ...(typeof strategy === "string" ? { strategy: strategy.replace("_STRATEGY", "").toLowerCase() } : {}),
  };
}

function levelOf(word: string): unknown {
  const [, digit] = /^COMPRESSION_LEVEL_([1-9])$/.exec(word) ?? [];
  return LEVELS[word] ?? (digit === undefined ? word : Number(digit));
}

function tracingOf(tracing: Mapping, findings: Finding[]): unknown {
  if (tracing["enable"] !== true) return false;
  const { zipkin, skywalking, opentelemetry, sampling, timeout } = tracing;
  if (isMapping(skywalking)) {
    const message = "is carried out by Envoy: the gateway's own data plane tells no SkyWalking";
    const hint = "use opentelemetry or zipkin, which SkyWalking's server takes too";
    findings.push({ field: "data.higress.tracing.skywalking", message, hint, severity: "warning" });
  }
  return {
    ...(sampling === undefined ? {} : { sampling }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(isMapping(zipkin) ? { zipkin: collectorOf(zipkin) } : {}),
    ...(isMapping(skywalking) ? { skywalking: collectorOf(skywalking) } : {}),
    ...(isMapping(opentelemetry) ? { opentelemetry: collectorOf(opentelemetry) } : {}),
  };
}

function collectorOf({ service, port, access_token: token }: Mapping): Written {
  return {
    ...(service === undefined ? {} : { service }),
    ...(port === undefined ? {} : { port }),
    ...(typeof token === "string" && token !== "" ? { accessToken: token } : {}),
  };
}

function downstreamOf(downstream: Mapping): Written {
  const { maxRequestHeadersKb: kilobytes, http2, routeTimeout } = downstream;
  return {
    ...limitsOf(downstream),
    ...(kilobytes === undefined
      ? {}
      : { maxRequestHeaders: typeof kilobytes === "number" ? kilobytes * 1024 : kilobytes }),
    ...(isMapping(http2) ? { http2: mapping(http2) } : {}),
    ...(routeTimeout === undefined ? {} : { routeTimeout: seconds(routeTimeout) }),
  };
}

function limitsOf({ idleTimeout, connectionBufferLimits: limit }: Mapping): Written {
  return {
    ...(idleTimeout === undefined ? {} : { idleTimeout: seconds(idleTimeout) }),
    ...(limit === undefined ? {} : { connectionBufferLimit: limit }),
  };
}

/** Higress' own values: who has these did not choose them. */
const BUFFERS = { downstream: 32_768, upstream: 10_485_760 } as const;

function bufferFindings(config: Mapping, findings: Finding[]): void {
  for (const side of ["downstream", "upstream"] as const) {
    const limit = mapping(config[side])["connectionBufferLimits"];
    if (limit === undefined || limit === BUFFERS[side]) continue;
    const message = "is carried out by Envoy: on the gateway's own data plane the runtime chooses its sockets' buffers";
    findings.push({ field: `data.higress.${side}.connectionBufferLimits`, message, severity: "warning" });
  }
}

/** Higress' times are seconds; what is none is for the schema to say. */
function seconds(value: unknown): unknown {
  return typeof value === "number" && value >= 0 ? value * 1000 : value;
}

function renamed(written: Mapping, names: Readonly<Record<string, string>>): Written {
  return Object.fromEntries(
    Object.entries(names).flatMap(([from, to]) => (written[from] === undefined ? [] : [[to, written[from]]])),
  );
}
