import type { AnswerBody } from "../../core/answer-body.ts";
import type { Framing } from "../../core/codec.ts";
import { Fault, type FaultCode } from "../../core/fault.ts";
import type { HeaderView } from "../../core/header-list.ts";
import { BadAnswer } from "../../core/upstream.ts";
import { collectBytes, collectFrom } from "../../core/collect-bytes.ts";
import { UNWATCHED, type Watched } from "../deadline-watch.ts";

/**
 * The `accept-encoding` of every call: a compressed answer would have to be unpacked to be read. Written so rather than as `identity`,
 * which Deno's fetch takes as a wish to see the bytes of those who compress all the same.
 */
export const UNCOMPRESSED: string = "identity;q=1, *;q=0";

/** The largest answer that is collected, and the largest error body that is read, in bytes. */
export const MAX_WHOLE: number = 100 * 1024 * 1024;
export const MAX_ERROR: number = 64 * 1024;

/** The deadlines of a call. */
export type DeadlineCode = Extract<
  FaultCode,
  "connect_timeout" | "first_byte_timeout" | "idle_timeout" | "total_timeout"
>;

const MISSED: Readonly<Record<DeadlineCode, string>> = {
  connect_timeout: "could not be connected to within",
  first_byte_timeout: "sent nothing within",
  idle_timeout: "went silent in the middle of its answer for more than",
  total_timeout: "did not finish within",
};

/** The fault of a deadline of `after` milliseconds. */
export function timeout(code: DeadlineCode, provider: string, after: number): Fault {
  return new Fault(code, `The provider '${provider}' ${MISSED[code]} ${after / 1000} s.`);
}

/** The fault of an answer that is not what the provider's protocol says. */
export function garbage(provider: string, what: string): Fault {
  return new Fault("upstream_garbage", `The provider '${provider}' answered with ${what}.`);
}

/** What a failed `fetch` or read comes to. Runtimes name a connection that broke after it stood in different ways. */
export function networkFault(thrown: unknown, provider: string): Fault {
  if (thrown instanceof Fault) return thrown;
  if (thrown instanceof BadAnswer)
    return new Fault("upstream_garbage", `The provider '${provider}' answered with something that is not HTTP.`, {
      cause: thrown,
    });
  const { code, message } = { code: "", message: "", ...describe(thrown) };
  return /reset|closed|EPIPE|terminated|incomplete|unexpected eof|body/i.test(`${code} ${message}`)
    ? new Fault("upstream_cut", `The connection to the provider '${provider}' broke before its answer was complete.`, {
        cause: thrown,
      })
    : new Fault("upstream_unreachable", `The provider '${provider}' could not be reached.`, { cause: thrown });
}

function describe(thrown: unknown): { code?: string; message?: string } {
  if (!(thrown instanceof Error)) return {};
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  return { code, message: thrown.message };
}

/** How the answer says that its events are framed; undefined when it is no event stream. */
export function framingOf(headers: HeaderView): Framing | undefined {
  const type = headers.get("content-type")?.toLowerCase() ?? "";
  if (type.startsWith("text/event-stream")) return "sse";
  return type.startsWith("application/vnd.amazon.eventstream") ? "aws-event-stream" : undefined;
}

/** A whole body; `size` is its length in bytes. */
export interface WholeBody {
  readonly text: string;
  readonly size: number;
}

const utf8 = new TextDecoder();

/** Up to this many bytes a body is read in one go. */
const SMALL = 256 * 1024;

/** The whole body as text, each wait for a part of it limited by `idle`. A Fault when it is larger than `limit` bytes. */
export async function wholeText(
  response: Response,
  limit: number,
  provider: string,
  idle: Watched = UNWATCHED,
): Promise<WholeBody> {
  const over = (): Fault => garbage(provider, `more than ${limit} bytes`);
  try {
    const declared = Number(response.headers.get("content-length") ?? 0);
    if (declared > limit) {
      response.body?.cancel().catch(() => {});
      throw over();
    }
    idle.wait();
    // A decoded body is longer than its headers say.
    const exact = declared > 0 && declared <= SMALL && !response.headers.has("content-encoding");
    if (exact) return { text: await response.text(), size: declared };
    if (response.body === null) return { text: "", size: 0 };
    const bytes = await collectBytes(response.body, { limit, over, idle });
    return { text: utf8.decode(bytes), size: bytes.byteLength };
  } finally {
    idle.close();
  }
}

/** A body on its way, when all of it has come. */
export function wholeAtOnce(body: AnswerBody): WholeBody | undefined {
  const bytes = body.takeWhole();
  return bytes === undefined ? undefined : { text: utf8.decode(bytes), size: bytes.byteLength };
}

/** The same as {@link wholeText} of a body on its way. */
export async function wholeOf(
  body: AnswerBody,
  limit: number,
  provider: string,
  idle: Watched = UNWATCHED,
): Promise<WholeBody> {
  const over = (): Fault => garbage(provider, `more than ${limit} bytes`);
  try {
    const bytes = await collectFrom(body, { limit, over, idle });
    return { text: utf8.decode(bytes), size: bytes.byteLength };
  } finally {
    idle.close();
  }
}
