import { Fault } from "#src/core/fault.ts";
import { trailersOf } from "#src/core/trailers.ts";
import type { Call } from "./attempt.ts";
import type { Endpoint } from "./endpoint.ts";
import { withoutHopByHop } from "./forwarded-headers.ts";
import { relay, type RelayEnd } from "./relay.ts";
import { type BodyRewrite, rewritten } from "./sticky/body-rewrite.ts";
import type { ServiceWay } from "./service.ts";

/** Statuses whose answers have no body (Fetch standard, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** What a fetch that decodes bodies by itself decodes. */
const DECODED = /^(?:gzip|x-gzip|br)$/i;

/** What the route does to an answer. */
export interface AnswerChange {
  changeHeaders(headers: Headers): void;
  readonly body?: BodyRewrite | undefined;
}

/** Whether a fetch that decodes bodies by itself has decoded this one. */
export function isDecoded(headers: Headers, { decodesBodies }: Pick<ServiceWay, "decodesBodies">): boolean {
  return decodesBodies && DECODED.test(headers.get("content-encoding") ?? "");
}

/**
 * Makes the client's answer of the upstream's. The endpoint counts as busy, and the request as under way, until the body's last byte or
 * until the client leaves.
 */
export function answer(call: Call, upstream: Response, { state }: Endpoint, change: AnswerChange): Response {
  const { exchange, scope } = call;
  const { status, statusText, body } = upstream;
  const headers = withoutHopByHop(upstream.headers);
  if (isDecoded(headers, call.way)) {
    headers.delete("content-encoding");
    headers.delete("content-length");
  }
  change.changeHeaders(headers);
  // No Response can have such a status: 101 was not asked for, and 600 and above mean nothing.
  const garbage = status < 200 || status > 599;
  if (garbage || body === null || exchange.request.method === "HEAD" || BODILESS.has(status)) {
    state.end();
    scope.close();
    body?.cancel().catch(() => {});
    if (garbage) throw new Fault("upstream_garbage", `The service "${call.service}" answered with status ${status}.`);
    return new Response(null, { status, statusText, headers });
  }
  // Only some listeners can send what comes after a body.
  const trailers = trailersOf(upstream);
  if (trailers !== undefined) exchange.connection.sendTrailers?.(trailers);
  return new Response(
    relayed(call, change.body === undefined ? body : rewritten(body, change.body), () => state.end()),
    { status, statusText, headers },
  );
}

function relayed(
  { exchange, scope, service }: Call,
  body: ReadableStream<Uint8Array>,
  release: () => void,
): ReadableStream<Uint8Array> {
  const { record } = exchange;
  const over = exchange.hold();
  let ended = false;
  function end(how: RelayEnd): Fault | undefined {
    const cut =
      how === "broken" ? new Fault("upstream_cut", `The service "${service}" broke off its answer.`) : undefined;
    const fault = scope.fault ?? cut;
    if (ended) return fault;
    ended = true;
    const code = fault?.code ?? (how === "cancelled" ? "client_closed" : undefined);
    if (code !== undefined && how !== "whole") record.fault ??= code;
    release();
    scope.close();
    over();
    return fault;
  }
  // The client may leave while nobody reads: then neither `pull` nor `cancel` would come.
  scope.onEnd(() => end("broken"));
  return relay(body, {
    chunk(bytes) {
      record.responseBytes += bytes;
    },
    end,
  });
}
