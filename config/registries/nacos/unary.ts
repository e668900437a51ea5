import type { ClientHttp2Session, IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import type { Clock } from "#src/core/clock.ts";
import { framed, MessageCutter } from "./grpc-frames.ts";

/** An answer that takes longer has failed. */
const LIMIT = 10_000;

/** What every request of gRPC has. */
export const GRPC_HEADERS = { ":method": "POST", "content-type": "application/grpc", te: "trailers" } as const;

/** One gRPC request with one answer. Rejects when there is none in time, or the signal is aborted. */
export function unary(
  session: ClientHttp2Session,
  path: string,
  message: Uint8Array,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Buffer> {
  if (signal.aborted) return Promise.reject(reasonOf(signal));
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const stream = session.request({ ...GRPC_HEADERS, ":path": path });
  const cutter = new MessageCutter();
  let problem = "the server ended the stream without an answer";
  const note = (headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void => {
    problem = problemOf(headers) ?? problem;
  };
  const abort = (): void => reject(reasonOf(signal));
  const stop = clock.after(LIMIT, () => reject(new Error(`no answer within ${LIMIT} ms`)));
  signal.addEventListener("abort", abort);
  stream.on("response", note);
  stream.on("trailers", note);
  stream.on("data", (chunk: Buffer) => {
    try {
      for (const answer of cutter.cut(chunk)) resolve(answer);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
  stream.on("error", reject);
  stream.on("close", () => reject(new Error(problem)));
  stream.end(framed(message));
  return promise.finally(() => {
    stop();
    signal.removeEventListener("abort", abort);
    stream.destroy();
  });
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error("the connection is over");
}

/** What gRPC, or whatever else answers at the port, says of a failure. */
function problemOf(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): string | undefined {
  const { ":status": status, "grpc-status": code, "grpc-message": message } = headers;
  if (status !== undefined && status !== 200) return `it answered with ${status}`;
  if (typeof code !== "string" || code === "0") return undefined;
  const said = typeof message === "string" ? `: ${message.slice(0, 200)}` : "";
  return `gRPC status ${code}${said}`;
}
