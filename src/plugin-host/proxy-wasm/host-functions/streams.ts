import { LocalReply } from "../../../core/plugin.ts";
import { STATUS, STREAM } from "../abi.ts";
import { encodePairs, decodePairs } from "../pairs.ts";
import type { HostFunctions, VmScope } from "../scope.ts";

/** What a guest may hold back of answers of its own. */
const MAX_INJECTED = 16 * 1024 * 1024;

export function streamFunctions(scope: VmScope): HostFunctions {
  const { contexts } = scope;

  function resume(half: "request" | "response"): number {
    const stream = contexts.current;
    if (stream === undefined) return STATUS.badArgument;
    stream[half].resumed = true;
    stream.wake();
    return STATUS.ok;
  }

  return {
    proxy_continue_stream(type: number): number {
      if (type === STREAM.request) return resume("request");
      if (type === STREAM.response) return resume("response");
      return type === STREAM.downstream || type === STREAM.upstream ? STATUS.unimplemented : STATUS.badArgument;
    },
    // ABI 0.1.0.
    proxy_continue_request: (): number => resume("request"),
    proxy_continue_response: (): number => resume("response"),
    proxy_close_stream(type: number): number {
      if (type >>> 0 > STREAM.upstream) return STATUS.badArgument;
      const stream = contexts.current;
      if (stream === undefined) return STATUS.badArgument;
      stream.closed = true;
      stream.wake();
      return STATUS.ok;
    },
    proxy_send_local_response(
      status: number,
      details: number,
      detailsSize: number,
      body: number,
      bodySize: number,
      headers: number,
      headersSize: number,
    ): number {
      const stream = contexts.current;
      const pairs = decodePairs(scope.memory.bytes(headers, headersSize));
      if (stream === undefined || pairs === undefined || status < 200 || status > 599) return STATUS.badArgument;
      const reason = scope.memory.text(details, detailsSize);
      stream.reply ??= LocalReply.respond(status, scope.memory.copy(body, bodySize), {
        headers: pairs.filter(([name]) => !name.startsWith(":")),
        ...(reason === "" ? {} : { reason }),
      });
      stream.wake();
      return STATUS.ok;
    },
    // Higress.
    proxy_inject_encoded_data_to_filter_chain: (body: number, size: number, last: number): number =>
      inject(scope, scope.memory.copy(body, size), last !== 0),
    proxy_get_upstream_hosts(pointer: number, size: number): number {
      const hosts = contexts.current?.call.upstreamHosts?.();
      if (hosts === undefined) return STATUS.notFound;
      const pairs = hosts.map(({ address, healthy }): [string, string] => [
        address,
        JSON.stringify({ health_status: healthy ? "Healthy" : "Unhealthy" }),
      ]);
      scope.memory.give(encodePairs(pairs), pointer, size);
      return STATUS.ok;
    },
    proxy_set_upstream_override_host(address: number, size: number): number {
      const call = contexts.current?.call;
      if (call === undefined) return STATUS.badArgument;
      call.overrideUpstream(scope.memory.text(address, size));
      return STATUS.ok;
    },
  };
}

/** Bytes that go to the client right after what has gone to it. */
export function inject({ contexts }: VmScope, bytes: Uint8Array, last: boolean): number {
  const stream = contexts.current;
  if (stream === undefined || stream.injectedLast) return STATUS.badArgument;
  const held = stream.injected.reduce((sum, { length }) => sum + length, 0);
  if (held + bytes.length > MAX_INJECTED) return STATUS.internalFailure;
  if (bytes.length > 0) stream.injected.push(bytes);
  stream.injectedLast = last;
  stream.wake();
  return STATUS.ok;
}
