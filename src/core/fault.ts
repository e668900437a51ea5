import type { ProtocolName } from "./protocol.ts";

/** The closed set of what can go wrong with a request. */
export type FaultCode =
  | "invalid_request"
  | "lossy_conversion"
  | "unauthenticated"
  | "permission_denied"
  | "route_not_found"
  | "model_not_found"
  | "object_not_found"
  | "previous_response_not_found"
  | "session_not_found"
  | "api_not_supported"
  | "method_not_allowed"
  | "payload_too_large"
  | "unsupported_media_type"
  | "rate_limited"
  | "client_closed"
  | "plugin_failed"
  | "internal"
  | "upstream_error"
  | "upstream_unreachable"
  | "upstream_garbage"
  | "upstream_cut"
  | "no_upstream"
  | "no_credential"
  | "draining"
  | "connect_timeout"
  | "first_byte_timeout"
  | "idle_timeout"
  | "total_timeout";

/** How a Fault answers by default. `retryable` means: another credential or upstream may do better with the same request. */
interface FaultTraits {
  readonly status: number;
  readonly retryable: boolean;
}

const TRAITS: Readonly<Record<FaultCode, FaultTraits>> = {
  invalid_request: { status: 400, retryable: false },
  lossy_conversion: { status: 400, retryable: false },
  unauthenticated: { status: 401, retryable: false },
  permission_denied: { status: 403, retryable: false },
  route_not_found: { status: 404, retryable: false },
  model_not_found: { status: 404, retryable: false },
  /** A stored answer, a conversation, a file: there is none of that id, or it is somebody else's. */
  object_not_found: { status: 404, retryable: false },
  /** OpenAI answers 400 when a request goes on from an answer that is not there. */
  previous_response_not_found: { status: 400, retryable: false },
  /** A sticky session whose endpoint is gone: the client is to begin anew. */
  session_not_found: { status: 404, retryable: false },
  api_not_supported: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  payload_too_large: { status: 413, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  rate_limited: { status: 429, retryable: false },
  client_closed: { status: 499, retryable: false },
  /** A plugin that must not be left out; Envoy answers so too. */
  plugin_failed: { status: 503, retryable: false },
  internal: { status: 500, retryable: false },
  /** The provider answered with an error status; the Fault keeps that status. */
  upstream_error: { status: 502, retryable: true },
  /** No connection to the upstream: refused, unknown host, TLS failure. */
  upstream_unreachable: { status: 502, retryable: true },
  /** The answer is not what the provider's protocol says. */
  upstream_garbage: { status: 502, retryable: true },
  /** The answer stopped before its end. */
  upstream_cut: { status: 502, retryable: true },
  no_upstream: { status: 503, retryable: false },
  no_credential: { status: 503, retryable: true },
  draining: { status: 503, retryable: false },
  connect_timeout: { status: 504, retryable: true },
  first_byte_timeout: { status: 504, retryable: true },
  idle_timeout: { status: 504, retryable: true },
  total_timeout: { status: 504, retryable: false },
};

/** What a provider said of its own failure, secrets masked by whoever builds the Fault. */
export interface UpstreamError {
  /** The protocol in whose own words it is said; left out when it is in nobody's. */
  readonly protocol?: ProtocolName;
  /** The provider's own type (`rate_limit_error`, `insufficient_quota`), as it wrote it. */
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
}

/** What a Fault may carry beyond its code and message. */
export interface FaultOptions {
  /** Left out, or no error's status (a provider may answer 999): the code's own. */
  readonly status?: number;
  readonly retryable?: boolean;
  /** Seconds after which the same request may do better; becomes `Retry-After`. At most a day; what is no time to wait is left out. */
  readonly retryAfter?: number;
  /** The wire path of the offending field of the request. */
  readonly param?: string;
  readonly upstream?: UpstreamError;
  /** Methods that would be taken; becomes `Allow`. */
  readonly allow?: readonly string[];
  readonly cause?: unknown;
}

/**
 * The one error of the data plane. `message` is shown to the client, so it says what to do and holds no secret and no inner detail; `cause`
 * goes to the log only. How a Fault looks on the wire is each protocol's own affair (`Codec.error`).
 */
export class Fault extends Error {
  readonly code: FaultCode;
  /** The HTTP status the client gets. */
  readonly status: number;
  readonly retryable: boolean;
  readonly retryAfter: number | undefined;
  readonly param: string | undefined;
  readonly upstream: UpstreamError | undefined;
  readonly allow: readonly string[] | undefined;

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Fault";
    this.code = code;
    this.status = isErrorStatus(options.status) ? options.status : TRAITS[code].status;
    this.retryable = options.retryable ?? TRAITS[code].retryable;
    this.retryAfter = boundedWait(options.retryAfter);
    this.param = options.param;
    this.upstream = options.upstream;
    this.allow = options.allow;
  }

  /** Anything thrown, as a Fault; what is none becomes `internal`, its details kept from the client in `cause`. */
  static from(thrown: unknown): Fault {
    if (thrown instanceof Fault) return thrown;
    return new Fault("internal", "The gateway failed to handle this request.", { cause: thrown });
  }
}

/** A client that believes its provider would sleep for years. */
const LONGEST_WAIT = 86_400;

function boundedWait(seconds: number | undefined): number | undefined {
  return seconds !== undefined && seconds >= 0 ? Math.min(seconds, LONGEST_WAIT) : undefined;
}

function isErrorStatus(status: number | undefined): status is number {
  return status !== undefined && status >= 400 && status <= 599;
}
