import type { Exchange } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import { relay } from "../http/relay.ts";
import { KEY_HEADERS } from "../consumers.ts";
import { withoutHopByHop } from "../http/forwarded-headers.ts";
import { AttemptSignal } from "./attempt-signal.ts";
import type { CallDeps } from "./call.ts";
import { exhausted } from "./credential-tries.ts";
import type { Target } from "./target.ts";
import { networkFault, UNCOMPRESSED } from "./upstream-body.ts";

/** Where a client's own key may stand, which never goes upstream, and what is said anew. */
const DROPPED = ["authorization", ...KEY_HEADERS, "cookie", "host", "content-length", "accept-encoding"];

/** What belongs to the bytes as the provider sent them, which the runtime may have unpacked. */
const ENCODING = ["content-encoding", "content-length"];

/**
 * Sends a request for a path Sluice knows no API for to a provider that takes any, with the provider's credential in place of the client's,
 * and its answer back as it comes. There is one try: what such a request does is not known, so it is not repeated.
 */
export async function passThrough(
  deps: CallDeps,
  exchange: Exchange,
  target: Target,
  url: string,
  limit: number,
): Promise<Response> {
  const { request, record } = exchange;
  const { provider, pool, timeouts } = target;
  const { method } = request;
  record.provider = provider.id;
  const bodiless = method === "GET" || method === "HEAD";
  const body = bodiless ? null : await exchange.body.bytes(limit);
  const headers = withoutHopByHop(request.headers);
  for (const name of DROPPED) headers.delete(name);
  headers.set("accept-encoding", UNCOMPRESSED);
  const [protocol = "openai-chat"] = provider.protocols;
  const lease = pool.lease(new Set());
  if (lease === undefined) throw exhausted(target);
  await provider.authorize(headers, lease.credential, {
    api: "chat",
    protocol,
    model: "",
    stream: false,
  });
  const attempt = new AttemptSignal(exchange.signal, deps.deadlines, provider.id);
  attempt.begin("first_byte_timeout", timeouts.firstByte);
  try {
    const response = await deps.fetch(url, { method, headers, body, signal: attempt.signal, redirect: "manual" });
    // No Response can have another status.
    if (response.status < 200 || response.status > 599) {
      response.body?.cancel().catch(() => {});
      throw new Fault("upstream_garbage", `The provider '${provider.id}' answered with status ${response.status}.`);
    }
    attempt.done();
    return answered(exchange, response, attempt);
  } catch (thrown) {
    const fault = attempt.fault ?? networkFault(thrown, provider.id);
    attempt.abort(fault);
    throw fault;
  }
}

function answered(exchange: Exchange, { status, headers: given, body }: Response, attempt: AttemptSignal): Response {
  const headers = withoutHopByHop(given);
  for (const name of ENCODING) headers.delete(name);
  if (body === null) {
    attempt.release();
    return new Response(null, { status, headers });
  }
  const { record } = exchange;
  const over = exchange.hold();
  const passed = relay(body, {
    chunk(bytes) {
      record.responseBytes += bytes;
    },
    end(how, error) {
      if (how === "broken") record.fault = "upstream_cut";
      if (how === "cancelled") record.fault = "client_closed";
      attempt.release();
      over();
      return error;
    },
  });
  return new Response(passed, { status, headers });
}
