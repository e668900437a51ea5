import type { Duplex } from "node:stream";

/** How answers are compressed. */
export interface CompressionOptions {
  /** Bytes; answers that are known to be shorter go as they are. */
  readonly minLength: number;
  /** Media types without parameters, in lower case. */
  readonly contentTypes: readonly string[];
  /** Answers with an ETag go as they are; else a strong one is taken away, for the bytes become others. */
  readonly skipEtag: boolean;
  readonly level: number;
  readonly strategy: "default" | "filtered" | "huffman_only" | "rle" | "fixed";
  readonly memoryLevel: number;
  readonly windowBits: number;
  readonly chunkSize: number;
}

/** An answer as the client that asked for it takes it: compressed with gzip, or as it was. */
export type Compress = (request: Request, response: Response) => Response;

/** Event streams are never compressed, whatever the list says: each event has to be there at once. */
const STREAMED = "text/event-stream";

/** Answers without a body, parts of one, and upgraded connections. */
const AS_THEY_ARE: ReadonlySet<number> = new Set([101, 204, 205, 206, 304]);

const STRATEGIES = {
  default: "Z_DEFAULT_STRATEGY",
  filtered: "Z_FILTERED",
  huffman_only: "Z_HUFFMAN_ONLY",
  rle: "Z_RLE",
  fixed: "Z_FIXED",
} as const;

/** Rejects on hosts without zlib. */
export async function createCompress(options: CompressionOptions): Promise<Compress> {
  const { createGzip, constants } = await import("node:zlib");
  const { Duplex: duplex } = await import("node:stream");
  const { level, memoryLevel: memLevel, windowBits, chunkSize, skipEtag } = options;
  const settings = { level, memLevel, windowBits, chunkSize, strategy: constants[STRATEGIES[options.strategy]] };
  const types = new Set(options.contentTypes.map((type) => type.toLowerCase()));
  const isMeant = ({ status, headers }: Response): boolean => {
    if (AS_THEY_ARE.has(status) || headers.has("content-encoding") || (skipEtag && headers.has("etag"))) return false;
    const type = mediaType(headers);
    if (type === STREAMED || !types.has(type) || /\bno-transform\b/i.test(headers.get("cache-control") ?? ""))
      return false;
    const length = headers.get("content-length");
    return length === null || Number(length) >= options.minLength;
  };
  return (request, response) => {
    if (request.method === "HEAD" || !isMeant(response)) return response;
    // Another client gets the same answer in another form.
    if (!variesByEncoding(response.headers)) response.headers.append("vary", "accept-encoding");
    const { status, statusText, body } = response;
    if (body === null || !takesGzip(request.headers.get("accept-encoding"))) return response;
    const headers = new Headers(response.headers);
    // What comes bit by bit goes on bit by bit.
    const flush = headers.has("content-length") ? constants.Z_NO_FLUSH : constants.Z_SYNC_FLUSH;
    const stream = through(duplex, createGzip({ ...settings, flush }));
    headers.set("content-encoding", "gzip");
    headers.delete("content-length");
    headers.delete("accept-ranges");
    if (headers.get("etag")?.startsWith("W/") === false) headers.delete("etag");
    return new Response(body.pipeThrough(stream), { status, statusText, headers });
  };
}

function through(duplex: typeof Duplex, gzip: Duplex): ReadableWritablePair<Uint8Array, Uint8Array> {
  // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- Deno's types say less of the chunks
  return duplex.toWeb(gzip) as unknown as ReadableWritablePair<Uint8Array, Uint8Array>;
}

function mediaType(headers: Headers): string {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  return type.trim().toLowerCase();
}

function variesByEncoding(headers: Headers): boolean {
  return /(?:^|,)\s*(?:accept-encoding|\*)\s*(?:,|$)/i.test(headers.get("vary") ?? "");
}

/** RFC 9110, 12.5.3: gzip by its name, or by `*` where it is not named; not with `q=0`. */
export function takesGzip(accepted: string | null): boolean {
  let any = false;
  for (const part of (accepted ?? "").split(",")) {
    const [coding = "", ...parameters] = part.split(";").map((one) => one.trim().toLowerCase());
    const weight = parameters.map((one) => /^q\s*=\s*([\d.]+)$/.exec(one)?.[1]).find((one) => one !== undefined);
    const taken = weight === undefined || Number(weight) > 0;
    if (coding === "gzip" || coding === "x-gzip") return taken;
    if (coding === "*") any = taken;
  }
  return any;
}
