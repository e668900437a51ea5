import type { JsonObject } from "#src/core/json.ts";
import type { GzipSettings } from "./global-settings.ts";
import { typed } from "./resources.ts";

/** Higress' own. */
const DEFAULTS: Required<GzipSettings> = {
  enable: true,
  minContentLength: 1024,
  contentType: [
    "text/html",
    "text/css",
    "text/plain",
    "text/xml",
    "application/json",
    "application/javascript",
    "application/xhtml+xml",
    "image/svg+xml",
  ],
  disableOnEtagHeader: true,
  memoryLevel: 5,
  windowBits: 12,
  chunkSize: 4096,
  compressionLevel: "BEST_COMPRESSION",
  compressionStrategy: "DEFAULT_STRATEGY",
};

/** The filter that compresses answers; none where it is not asked for. */
export function gzipFilters(settings: GzipSettings | undefined): JsonObject[] {
  if (settings?.enable !== true) return [];
  const all = { ...DEFAULTS, ...settings };
  return [
    {
      name: "envoy.filters.http.compressor",
      typed_config: typed("envoy.extensions.filters.http.compressor.v3.Compressor", {
        response_direction_config: {
          common_config: { min_content_length: all.minContentLength, content_type: [...all.contentType] },
          disable_on_etag_header: all.disableOnEtagHeader,
        },
        compressor_library: {
          name: "gzip",
          typed_config: typed("envoy.extensions.compression.gzip.compressor.v3.Gzip", {
            memory_level: all.memoryLevel,
            window_bits: all.windowBits,
            chunk_size: all.chunkSize,
            compression_level: all.compressionLevel,
            compression_strategy: all.compressionStrategy,
          }),
        },
      }),
    },
  ];
}
