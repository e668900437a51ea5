import type { Header } from "../../../core/header-list.ts";
import type { Callout, CalloutAnswer } from "../../../core/plugin-host.ts";
import { STATUS } from "../abi.ts";
import { ROOT } from "../contexts.ts";
import { utf8Bytes } from "../guest-memory.ts";
import { decodePairs } from "../pairs.ts";
import type { CalloutView, HostFunctions, VmScope } from "../scope.ts";

/** gRPC call-outs would need HTTP/2 with trailers, which fetch does not show. */
const UNIMPLEMENTED = ["grpc_call", "grpc_stream", "grpc_send", "grpc_cancel", "grpc_close"] as const;

export function httpCallFunctions(scope: VmScope): HostFunctions {
  return {
    proxy_http_call(
      upstream: number,
      upstreamSize: number,
      headers: number,
      headersSize: number,
      body: number,
      bodySize: number,
      _trailers: number,
      _trailersSize: number,
      timeout: number,
      token: number,
    ): number {
      const pairs = decodePairs(scope.memory.bytes(headers, headersSize));
      const request = pairs && calloutOf(scope.memory.text(upstream, upstreamSize), pairs, timeout >>> 0);
      if (request === undefined) return STATUS.badArgument;
      // Checked before anything is sent, as Envoy does.
      scope.memory.setU32(token, 0);
      const content = scope.memory.copy(body, bodySize);
      const started = scope.callouts.start(scope.contexts.current, {
        ask: (signal) => scope.host.callout(content.length > 0 ? { ...request, body: content } : request, signal),
        tell: (started, answer, error) => tell(scope, started, viewOf(answer, error)),
      });
      if (started === undefined) return STATUS.internalFailure;
      scope.memory.setU32(token, started);
      return STATUS.ok;
    },
    proxy_get_status(code: number, message: number, size: number): number {
      scope.memory.setU32(code, scope.answer?.status ?? 0);
      scope.memory.give(utf8Bytes(scope.answer?.failure ?? ""), message, size);
      return STATUS.ok;
    },
    ...Object.fromEntries(UNIMPLEMENTED.map((name) => [`proxy_${name}`, (): number => STATUS.unimplemented])),
  };
}

/** Undefined when a pseudo header that is needed is missing. */
function calloutOf(upstream: string, pairs: readonly Header[], timeout: number): Callout | undefined {
  const pseudo = new Map(pairs.filter(([name]) => name.startsWith(":")));
  const method = pseudo.get(":method");
  const path = pseudo.get(":path");
  const authority = pseudo.get(":authority") ?? pairs.find(([name]) => name === "host")?.[1];
  if (method === undefined || path === undefined || authority === undefined) return undefined;
  const headers = pairs.filter(([name]) => !name.startsWith(":") && name !== "host");
  return { upstream, authority, method, path, headers, timeout };
}

function viewOf(answer: CalloutAnswer | undefined, error: unknown): CalloutView {
  if (answer === undefined) {
    return {
      status: 0,
      failure: error instanceof Error ? error.message : "unknown",
      headers: [],
      body: new Uint8Array(),
    };
  }
  const { status, headers, body } = answer;
  return { status, failure: "", headers: [[":status", String(status)], ...headers], body };
}

function tell(scope: VmScope, token: number, view: CalloutView): void {
  scope.answer = view;
  try {
    scope.tell("proxy_on_http_call_response", ROOT, token, view.headers.length, view.body.length, 0);
  } finally {
    scope.answer = undefined;
  }
}
