import { z } from "zod";
import { type Bytes, type Call, definePlugin, LocalReply, type Plugin } from "#src/core/plugin.ts";
import { type CalloutAnswer, CalloutError, type PluginHost } from "#src/core/plugin-host.ts";
import type { Header } from "#src/core/header-list.ts";
import { duration, integer, text } from "#src/core/settings/scalars.ts";
import { makes, word } from "#src/core/settings/shapes.ts";
import { serviceAddress } from "./auth/service-address.ts";

interface Options {
  readonly policy: string;
  readonly timeout: number;
  readonly serviceSource: "k8s" | "nacos" | "ip" | "dns" | "route";
  readonly serviceName?: string;
  readonly servicePort: number;
  readonly namespace?: string;
  readonly host?: string;
  readonly domain?: string;
}

/** Asks Open Policy Agent (https://www.openpolicyagent.org/docs/latest/rest-api/#get-a-document-with-input). */
export const opa: Plugin<Options> = definePlugin({
  name: "opa",
  summary: "Asks an Open Policy Agent whether a request may pass.",
  phase: "AUTHN",
  priority: 225,
  failStrategy: "FAIL_CLOSE",
  options: makes<Options>()(
    z.strictObject({
      policy: text("The policy's path: its rule `allow` is asked for, at /v1/data/POLICY/allow."),
      timeout: duration("How long is waited for the answer.", 1),
      serviceSource: word(["k8s", "nacos", "ip", "dns", "route"], "How serviceName and host are meant.").default("ip"),
      serviceName: text("The service's name.").exactOptional(),
      servicePort: integer("The service's port.", 1, 65_535).default(8181),
      namespace: text("The service's namespace, with serviceSource k8s.").exactOptional(),
      host: text("The service's host, with serviceSource ip, nacos and route.").exactOptional(),
      domain: text("The Host the service is asked by, with serviceSource dns.").exactOptional(),
    }),
  ),
  configure(given, host) {
    const upstream = upstreamOf(given);
    return {
      requestHeaders: (call) =>
        call.request.hasBody === true ? undefined : asked(call, undefined, given, upstream, host),
      requestBody: (call, body) => asked(call, body, given, upstream, host),
    };
  },
});

function upstreamOf({ serviceSource, serviceName, servicePort, namespace, host }: Options): string {
  const name =
    serviceSource === "k8s" && namespace !== undefined
      ? `${serviceName ?? ""}.${namespace}.svc.cluster.local`
      : serviceName;
  const address = name ?? host;
  if (address === undefined) throw new Error("serviceName or host is missing");
  return serviceAddress(address, servicePort);
}

async function asked(
  call: Call,
  body: Bytes | undefined,
  { policy, timeout, host: named, domain: authority = named }: Options,
  upstream: string,
  host: PluginHost,
): Promise<LocalReply | undefined> {
  try {
    const answer = await host.callout(
      {
        upstream,
        method: "POST",
        path: `/v1/data/${policy}/allow`,
        headers: [["content-type", "application/json"]],
        body: JSON.stringify({ input: { request: inputOf(call, body) } }),
        timeout,
        ...(authority === undefined ? {} : { authority }),
      },
      call.signal,
    );
    return verdictOf(answer);
  } catch (error) {
    if (!(error instanceof CalloutError)) throw error;
    host.log("warn", "The policy agent does not answer.", { reason: error.message });
    return LocalReply.refuse(500, "opa server does not answer", { reason: "opa.unreachable" });
  }
}

/** What policies are written against. */
function inputOf({ request, connection }: Call, body: Bytes | undefined): object {
  const path = request.path + request.search;
  const scheme = connection.secure ? "https" : "http";
  // Policies for Higress find Envoy's pseudo-headers among the others.
  const headers: Header[] = [
    [":authority", request.headers.get("host") ?? request.host],
    [":path", path],
    [":method", request.method],
    [":scheme", scheme],
  ];
  request.headers.forEach((value, name) => headers.push([name, value]));
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(request.search)) (query[name] ??= []).push(value);
  return {
    method: request.method,
    scheme,
    path,
    headers,
    query,
    ...(body === undefined || body.length === 0 ? {} : { body: body.toBase64() }),
  };
}

function verdictOf({ status, body }: CalloutAnswer): LocalReply | undefined {
  if (status !== 200)
    return LocalReply.refuse(status >= 400 ? status : 500, "opa state not is 200", { reason: "opa.status_ne_200" });
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return LocalReply.refuse(500, "opa parse rsp fail", { reason: "opa.bad_response_body" });
  }
  const result = typeof answer === "object" && answer !== null && "result" in answer ? answer.result : undefined;
  if (typeof result !== "boolean")
    return LocalReply.refuse(500, "rsp type conversion fail", { reason: "opa.conversion_fail" });
  return result ? undefined : LocalReply.refuse(401, "opa server not allowed", { reason: "opa.server_not_allowed" });
}
