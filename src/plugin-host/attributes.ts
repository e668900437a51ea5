import type { Call } from "../core/plugin.ts";

type Read = (call: Call) => string | number | undefined;

/** Envoy's attributes (https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes) and Sluice's own. */
const ATTRIBUTES: Readonly<Record<string, Read>> = {
  "request.id": ({ id }) => id,
  "request.method": ({ request }) => request.method,
  "request.host": ({ request }) => request.host,
  "request.path": ({ request }) => request.path + request.search,
  "request.url_path": ({ request }) => request.path,
  "request.query": ({ request }) => request.search.slice(1),
  "request.scheme": ({ connection }) => (connection.secure ? "https" : "http"),
  "request.protocol": () => "HTTP/1.1",
  "request.time": ({ record }) => record.time,
  "request.size": ({ record }) => record.requestBytes,
  "request.useragent": ({ request }) => request.headers.get("user-agent") ?? undefined,
  "request.referer": ({ request }) => request.headers.get("referer") ?? undefined,
  "response.code": ({ response }) => response?.status,
  "response.size": ({ record }) => record.responseBytes,
  "source.address": ({ connection }) => connection.remoteAddress,
  "connection.mtls": () => "false",
  "upstream.address": ({ record }) => record.attempts.at(-1)?.upstream,
  route_name: ({ route }) => route.name,
  "xds.route_name": ({ route }) => route.name,
  cluster_name: ({ route }) => route.services[0],
  "xds.cluster_name": ({ route }) => route.services[0],
  consumer: ({ consumer }) => consumer,
  model: ({ record }) => record.modelUsed ?? record.modelAsked,
  "model.asked": ({ record }) => record.modelAsked,
  "model.used": ({ record }) => record.modelUsed,
  provider: ({ record }) => record.provider,
  protocol: ({ record }) => record.protocol,
  "usage.input_tokens": ({ record }) => record.usage?.inputTokens,
  "usage.output_tokens": ({ record }) => record.usage?.outputTokens,
  trace_id: ({ request }) => request.headers.get("traceparent")?.split("-")[1],
};

const REQUEST_HEADER = "request.headers.";
const RESPONSE_HEADER = "response.headers.";

/** A fact about a request by its attribute's name; undefined when it is not known, or not yet. */
export function attribute(path: string, call: Call): string | undefined {
  const read = Object.hasOwn(ATTRIBUTES, path) ? ATTRIBUTES[path] : undefined;
  const value = read === undefined ? header(path, call) : read(call);
  return value === undefined ? undefined : String(value);
}

function header(path: string, { request, response }: Call): string | undefined {
  if (path.startsWith(REQUEST_HEADER)) return request.headers.get(path.slice(REQUEST_HEADER.length)) ?? undefined;
  if (path.startsWith(RESPONSE_HEADER)) return response?.headers.get(path.slice(RESPONSE_HEADER.length)) ?? undefined;
  return undefined;
}
