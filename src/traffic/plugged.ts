import type { Clock } from "../core/clock.ts";
import { Fault, type FaultCode } from "../core/fault.ts";
import { LocalReply } from "../core/plugin.ts";
import type { ChainSteps } from "../plugin-host/chain.ts";
import { runChain } from "../plugin-host/run-chain.ts";
import { formatSse } from "../core/sse.ts";
import { apiOf } from "../protocols/api-paths.ts";
import { chatReply, withHeaders } from "./chat-reply.ts";
import { codecFor } from "../protocols/index.ts";
import { type Identified, unauthenticated } from "./consumers.ts";
import { errorResponse } from "./error-response.ts";
import type { LiveExchange } from "./live-exchange.ts";
import { type Located, locate } from "./route-of.ts";
import type { PluginChains, Snapshot } from "./snapshot.ts";

/** A request to a configuration that has plugins. */
export interface Plugged {
  readonly snapshot: Snapshot;
  readonly plugins: PluginChains;
  readonly exchange: LiveExchange;
  readonly consumer: Identified | undefined;
  readonly clock: Clock;
}

/** Takes a request through its route's plugins and to its route. */
export async function plugged(
  { snapshot, plugins, exchange, consumer, clock }: Plugged,
  failed: (thrown: unknown, exchange: LiveExchange) => Response,
): Promise<Response> {
  const { record } = exchange;
  if (consumer !== undefined) record.consumer = consumer.name;
  let at = await located(snapshot, exchange);
  const steps: ChainSteps = {
    admit() {
      const { route } = at;
      if (route === undefined || snapshot.consumers.empty || record.consumer !== undefined) return;
      if ((route.ai || route.mcp === true) && !route.public) throw unauthenticated(exchange);
    },
    async reroute() {
      at = await located(snapshot, exchange);
      return plugins.chainOf(at.pluginsOf);
    },
    hosts: () => at.route?.hosts?.() ?? [],
    lease: (tried) => at.route?.lease?.(exchange, tried),
    handle() {
      const { route, fault } = at;
      if (route === undefined) throw fault ?? new Fault("route_not_found", `No route matches ${exchange.path}.`);
      if (!route.ai) consumer?.hide(exchange);
      return route.handle(exchange);
    },
    failed: (thrown) => failed(thrown, exchange),
    replied(reply) {
      const { ai = false, mcp = false } = at.pluginsOf ?? {};
      if (reply.finish === undefined || !ai) return repliedTo(reply, exchange, ai || mcp);
      return (
        chatReply(reply, exchange, { clock, limit: snapshot.maxBodyBytes }) ??
        repliedTo(refusing(reply), exchange, true)
      );
    },
    lastWords: (thrown) => lastWords(Fault.from(thrown), exchange),
  };
  return runChain(plugins.chainOf(at.pluginsOf), exchange, steps, clock);
}

async function located(snapshot: Snapshot, exchange: LiveExchange): Promise<Located> {
  const at = await locate(snapshot, exchange);
  const { route } = at;
  if (route === undefined) delete exchange.record.route;
  else exchange.record.route = route.name;
  return at;
}

/** Codes for what plugins refuse with; every other status is somebody's bad request, or the plugin's own trouble. */
const CODES: Readonly<Record<number, FaultCode>> = {
  401: "unauthenticated",
  403: "permission_denied",
  404: "route_not_found",
  405: "method_not_allowed",
  413: "payload_too_large",
  415: "unsupported_media_type",
  429: "rate_limited",
};

/** An API that is no chat has no place for a model's words but its errors. */
function refusing({ body, headers, reason }: LocalReply): LocalReply {
  return LocalReply.refuse(400, wordsOf(body), { headers, ...(reason === undefined ? {} : { reason }) });
}

/** A refusal is told as an error where a protocol is spoken that has errors, else in the plugin's plain words. */
function repliedTo(reply: LocalReply, exchange: LiveExchange, speaks: boolean): Response {
  const { status, headers, body } = reply;
  const ai = apiOf(exchange.path) !== undefined;
  const told = reply.refusal && status >= 400 && speaks;
  const response = told ? errorResponse(refusalOf(reply), exchange, ai) : plain(reply);
  if (!told) exchange.record.responseBytes = bytesOf(body).byteLength;
  if (told) exchange.record.fault = refusalOf(reply).code;
  return withHeaders(response, headers);
}

function refusalOf({ status, body }: LocalReply): Fault {
  return new Fault(CODES[status] ?? (status < 500 ? "invalid_request" : "internal"), wordsOf(body), { status });
}

/** Statuses whose answers have no body (Fetch standard, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

function wordsOf(body: LocalReply["body"]): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}

function bytesOf(body: LocalReply["body"]): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
}

/** Plain words. */
function plain({ status, body, refusal, finish }: LocalReply): Response {
  const headers: Record<string, string> =
    refusal || finish !== undefined ? { "content-type": "text/plain; charset=utf-8" } : {};
  return new Response(BODILESS.has(status) ? null : bytesOf(body), { status, headers });
}

/** The error event of the protocol in which a chat is streamed; nothing elsewhere. */
function lastWords(fault: Fault, { record, id, search }: LiveExchange): Uint8Array | undefined {
  const { protocol, stream } = record;
  if (protocol === undefined || stream !== true) return undefined;
  if (protocol === "gemini" && new URLSearchParams(search).get("alt") !== "sse") return undefined;
  record.fault = fault.code;
  return new TextEncoder().encode(codecFor(protocol).error.frames(fault, id).map(formatSse).join(""));
}
