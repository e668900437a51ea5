import { bodyOfStream, streamOfBody } from "../../core/answer-stream.ts";
import { BadAnswer, type UpstreamAnswer } from "../../core/upstream.ts";

/** The codings a body may come in although none was asked for, by the names of RFC 9110, section 8.4.1. */
const FORMATS: Readonly<Record<string, Bun.CompressionFormat>> = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
  br: "brotli",
  zstd: "zstd",
};

/** The answer with its body unpacked. Throws a BadAnswer for a coding nobody here knows. */
export function unpacked(answer: UpstreamAnswer): UpstreamAnswer {
  const coding = answer.headers.get("content-encoding")?.toLowerCase() ?? "identity";
  // Some say how a body would be packed where there is none.
  if (coding === "identity" || coding === "" || answer.body.empty) return answer;
  const format = FORMATS[coding];
  if (format === undefined) {
    answer.body.cancel();
    throw new BadAnswer("The answer is packed in a way that is not known.");
  }
  // The types of the standard library know neither Bun's formats nor that any kind of bytes may be written.
  const unpacker = new DecompressionStream(format) as ReadableWritablePair<Uint8Array, Uint8Array>;
  const plain = streamOfBody(answer.body).pipeThrough(unpacker);
  return { ...answer, body: bodyOfStream(plain, unpackingError) };
}

/** What is no complete body of its format is a TypeError; all others come from the connection. */
function unpackingError(thrown: unknown): unknown {
  return thrown instanceof TypeError ? new BadAnswer("The answer's body cannot be unpacked.") : thrown;
}
