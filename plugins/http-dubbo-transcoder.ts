import { type Bytes, type Call, definePlugin, LocalReply, type Plugin } from "#src/core/plugin.ts";
import type { PluginHost } from "#src/core/plugin-host.ts";
import { answerJson } from "./dubbo/answer-json.ts";
import { ArgumentError, argumentsOf, needsBody } from "./dubbo/arguments.ts";
import { DubboError, type DubboFailure } from "./dubbo/call.ts";
import { Caller } from "./dubbo/caller.ts";
import { type FoundMethod, methodTable } from "./dubbo/method-table.ts";
import { type DubboOptions, dubboOptions } from "./dubbo/options.ts";

/** What a client is told of a call without an answer; what the provider said of it is in the log. */
const FAILURES: Readonly<Record<DubboFailure, { readonly status: number; readonly message: string }>> = {
  unreachable: { status: 503, message: "No provider of the service can be reached." },
  timeout: { status: 504, message: "The service has not answered in time." },
  broken: { status: 502, message: "The service's answer was cut off, or cannot be read." },
  refused: { status: 502, message: "The service has refused the call." },
  too_large: { status: 502, message: "The service's answer is too long." },
  aborted: { status: 499, message: "The client has gone." },
};

/** Requests that become calls of a Dubbo service, as Higress' Http2Rpc says. */
export const httpDubboTranscoder: Plugin<DubboOptions> = definePlugin({
  name: "http-dubbo-transcoder",
  summary: "Turns requests into calls of a Dubbo service at the route's endpoints, and its answers into JSON.",
  phase: "UNSPECIFIED_PHASE",
  // The last of all: it answers in the place of the upstream.
  priority: -1_000_000,
  failStrategy: "FAIL_CLOSE",
  options: dubboOptions,
  configure(options, host) {
    const methodOf = methodTable(options.methods);
    const caller = new Caller(options, host.clock);
    return {
      hooks: ["requestHeaders", "requestBody"],
      open(call) {
        let found: FoundMethod | undefined;
        const answer = (method: FoundMethod, body: Uint8Array): Promise<LocalReply> =>
          answered(method, body, { call, caller, options, host });
        return {
          requestHeaders() {
            const { method, path, hasBody } = call.request;
            const match = methodOf(method, path);
            if ("allowed" in match) return unknown(match.allowed, call, options);
            found = match;
            return needsBody(match.method) && hasBody !== false ? undefined : answer(match, new Uint8Array(0));
          },
          requestBody: (_, body: Bytes) => (found === undefined ? undefined : answer(found, body)),
        };
      },
      close: () => caller.close(),
    };
  },
});

function unknown(allowed: readonly string[], { request }: Call, { service }: DubboOptions): LocalReply {
  const reason = "http-dubbo-transcoder.no_method";
  if (allowed.length === 0) return LocalReply.refuse(404, `${request.path} is no method of ${service}.`, { reason });
  const headers = [["allow", allowed.join(", ")]] as const;
  return LocalReply.refuse(405, `${request.path} is not asked with ${request.method}.`, { reason, headers });
}

interface Asked {
  readonly call: Call;
  readonly caller: Caller;
  readonly options: DubboOptions;
  readonly host: PluginHost;
}

async function answered(
  found: FoundMethod,
  body: Uint8Array,
  { call, caller, options, host }: Asked,
): Promise<LocalReply> {
  const { service, version, group } = options;
  try {
    const result = await caller.call({ service, version, group, ...argumentsOf(found, call.request, body) }, call);
    return LocalReply.respond(200, answerJson(result), {
      headers: [["content-type", "application/json; charset=utf-8"]],
      reason: "http-dubbo-transcoder.called",
    });
  } catch (error) {
    if (error instanceof ArgumentError) {
      return LocalReply.refuse(400, error.message, { reason: "http-dubbo-transcoder.bad_request" });
    }
    if (!(error instanceof DubboError)) throw error;
    const { serviceMethod: method } = found.method;
    if (error.failure !== "aborted") {
      host.log("warn", "A Dubbo service has not answered.", { service, method, problem: error.message });
    }
    const { status, message } = FAILURES[error.failure];
    return LocalReply.refuse(status, message, { reason: `http-dubbo-transcoder.${error.failure}` });
  }
}
