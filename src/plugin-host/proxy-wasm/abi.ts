/** The numbers of the proxy-wasm ABI (https://github.com/proxy-wasm/spec, abi-versions) and of Higress' additions to it. */

/** What a host function answers. */
export const STATUS = {
  ok: 0,
  notFound: 1,
  badArgument: 2,
  invalidMemoryAccess: 6,
  empty: 7,
  casMismatch: 8,
  internalFailure: 10,
  unimplemented: 12,
} as const;

/** One of {@link STATUS}. */
export type Status = (typeof STATUS)[keyof typeof STATUS];

/** What `proxy_get_buffer_bytes` reads from. */
export const BUFFER = {
  requestBody: 0,
  responseBody: 1,
  httpCallResponseBody: 4,
  vmConfiguration: 6,
  pluginConfiguration: 7,
  redisCallResponse: 9,
} as const;

/** The highest number that some version of the ABI gives to a buffer. */
export const LAST_BUFFER: number = BUFFER.redisCallResponse;

/** Which header map is meant. */
export const MAP = {
  requestHeaders: 0,
  requestTrailers: 1,
  responseHeaders: 2,
  responseTrailers: 3,
  grpcInitialMetadata: 4,
  grpcTrailingMetadata: 5,
  httpCallResponseHeaders: 6,
  httpCallResponseTrailers: 7,
} as const;

/** The highest number of a header map. */
export const LAST_MAP: number = MAP.httpCallResponseTrailers;

/** Which half of a stream is meant. */
export const STREAM = { request: 0, response: 1, downstream: 2, upstream: 3 } as const;

/** Envoy's FilterHeadersStatus, which a guest returns from its header callbacks. */
export const HEADERS_STATUS = { continue: 0, stopIteration: 1, continueAndEndStream: 2 } as const;

/** Envoy's FilterDataStatus, which a guest returns from its body callbacks. */
export const DATA_STATUS = { continue: 0, stopAndBuffer: 1, stopAndWatermark: 2, stopNoBuffer: 3 } as const;

/** The versions that are understood, the newest first: a guest says its own by exporting a function of this name. */
export const ABI_VERSIONS = [
  "proxy_abi_version_0_2_100",
  "proxy_abi_version_0_2_1",
  "proxy_abi_version_0_2_0",
  "proxy_abi_version_0_1_0",
] as const;

/** One of {@link ABI_VERSIONS}. */
export type AbiVersion = (typeof ABI_VERSIONS)[number];

/** Functions of a guest that are called, each only if it is there. */
export const CALLBACKS = [
  "proxy_on_context_create",
  "proxy_on_vm_start",
  "proxy_on_configure",
  "proxy_on_tick",
  "proxy_on_queue_ready",
  "proxy_on_request_headers",
  "proxy_on_request_body",
  "proxy_on_response_headers",
  "proxy_on_response_body",
  "proxy_on_http_call_response",
  "proxy_on_redis_call_response",
  "proxy_on_done",
  "proxy_on_log",
  "proxy_on_delete",
] as const;

/** One of {@link CALLBACKS}. */
export type Callback = (typeof CALLBACKS)[number];
