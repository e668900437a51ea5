import type { CompressionConfig } from "#config/model.ts";
import type { JsonObject } from "#src/core/json.ts";
import { typed } from "./resources.ts";

/** Envoy's names of zlib's strategies. */
const STRATEGIES: Readonly<Record<CompressionConfig["strategy"], string>> = {
  default: "DEFAULT_STRATEGY",
  filtered: "FILTERED",
  huffman_only: "HUFFMAN_ONLY",
  rle: "RLE",
  fixed: "FIXED",
};

/** The filter that compresses answers; none where it is not asked for. */
export function gzipFilters(compression: false | CompressionConfig): JsonObject[] {
  if (compression === false) return [];
  return [
    {
      name: "envoy.filters.http.compressor",
      typed_config: typed("envoy.extensions.filters.http.compressor.v3.Compressor", {
        response_direction_config: {
          common_config: {
            min_content_length: compression.minLength,
            content_type: [...compression.contentTypes],
          },
          disable_on_etag_header: compression.skipEtag,
        },
        compressor_library: {
          name: "gzip",
          typed_config: typed("envoy.extensions.compression.gzip.compressor.v3.Gzip", {
            memory_level: compression.memoryLevel,
            window_bits: compression.windowBits,
            chunk_size: compression.chunkSize,
            compression_level: `COMPRESSION_LEVEL_${compression.level}`,
            compression_strategy: STRATEGIES[compression.strategy],
          }),
        },
      }),
    },
  ];
}
