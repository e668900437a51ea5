import type { ApiName } from "./api.ts";
import type { ChatHooks } from "./chat-hooks.ts";
import type { Usage, FinishReason } from "./chat.ts";
import type { FaultCode } from "./fault.ts";
import type { JsonObject } from "./json.ts";
import type { Trailers } from "./trailers.ts";
import type { ClientProtocol, Loss, ProtocolName } from "./protocol.ts";

/** What only the runtime's entry file knows of a request's connection. */
export interface Connection {
  /** The peer's IP address, without port; absent where the host hides it. */
  readonly remoteAddress?: string;
  readonly secure: boolean;
  /** The listener's name; absent where the host has none. */
  readonly listener?: string | undefined;
  /** It came through a proxy that has said all of this in headers already: `x-forwarded-for` ends with `remoteAddress`. */
  readonly forwarded?: true;
  /** Sends these after the answer's body. Absent where the host or the client's protocol cannot. */
  readonly sendTrailers?: ((trailers: Trailers) => void) | undefined;
  /** The request is over: from now on the connection is idle. Right before the answer's end. Absent where the host sees it by itself. */
  readonly rest?: (() => void) | undefined;
  /** Turns the request into a WebSocket joined to `upstream`. Absent where the host cannot. */
  readonly upgrade?: (bridge: WebSocketBridge) => Response | undefined;
}

/** The gateway's side of an accepted WebSocket: the entry file calls these, in order, for the client's socket. */
export interface WebSocketBridge {
  /** The subprotocol the upstream chose, to be offered to the client. */
  readonly protocol?: string;
  /** The client's socket is open; `client` writes to it. */
  open(client: WebSocketPeer): void;
  message(data: string | Uint8Array<ArrayBuffer>): void;
  /** The client's socket took what was buffered. */
  drain(): void;
  close(code: number, reason: string): void;
}

/** A WebSocket that can be written to. */
export interface WebSocketPeer {
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code: number, reason: string): void;
  /** Bytes accepted by `send` that the network has not taken yet. */
  bufferedAmount(): number;
}

/** One try at an upstream, for the access log and metrics. */
export interface Attempt {
  /** The provider's id or the service's name. */
  readonly upstream: string;
  readonly credential?: string;
  readonly model?: string;
  /** The upstream's status; absent when there was no answer. */
  status?: number;
  fault?: FaultCode;
  /** Milliseconds from the try's begin to its headers or its failure. */
  duration?: number;
}

/**
 * What is known of a request when it is over: one line in the access log, one sample in the metrics. Filled while the request runs.
 * Times are `Clock.monotonic` milliseconds but for `time`, which is Unix milliseconds.
 */
export interface AccessRecord {
  readonly id: string;
  readonly time: number;
  readonly startedAt: number;
  readonly method: string;
  readonly host: string;
  /** Without the query, which may hold a key. */
  readonly path: string;
  remoteAddress?: string;
  route?: string;
  consumer?: string;
  /** The client's protocol, on AI routes. */
  protocol?: ClientProtocol;
  upstreamProtocol?: ProtocolName;
  provider?: string;
  modelAsked?: string;
  modelUsed?: string;
  stream?: boolean;
  status: number;
  requestBytes: number;
  responseBytes: number;
  headersAt?: number;
  /** When the first byte of an AI answer's body came from the upstream. */
  firstTokenAt?: number;
  endedAt?: number;
  usage?: Usage;
  /** US dollars, by the model's published prices; absent when the model or its price is unknown. */
  cost?: number;
  /** The API of a path that is not chat. */
  api?: ApiName;
  finish?: FinishReason;
  /** What plugins want to be in the access log. */
  notes?: Record<string, string>;
  /** What was asked of an MCP server. */
  mcp?: McpRecord;
  losses: Loss[];
  attempts: Attempt[];
  /** Its part of a trace, where requests are traced. */
  trace?: Span;
  fault?: FaultCode;
  /** What went wrong inside, for the log only; never holds a secret. */
  detail?: string;
}

/** A request's own part of a trace. Ids are hexadecimal, in lower case. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** The span of whoever asked. */
  readonly parentId?: string;
  readonly sampled: boolean;
  /** The request is over. */
  end(record: AccessRecord): void;
}

/** What is known of a request to an MCP server. */
export interface McpRecord {
  readonly server: string;
  /** The protocol's revision, as the client speaks it. */
  version?: string;
  method?: string;
  tool?: string;
  prompt?: string;
  /** The code of the JSON-RPC error. */
  error?: number;
  /** The result is a tool's own failure (`isError`). */
  toolError?: true;
}

/** A body that is a JSON object, with its text and how many bytes that had. */
export interface JsonBody {
  readonly text: string;
  readonly object: JsonObject;
  readonly size: number;
}

/** A body that goes on as it comes, opened as far as its model was looked for. */
export interface StreamedBody {
  /** The model that a form names, if it was looked for and found. */
  readonly model: string | undefined;
  /** Whether it can be sent once more: nothing was taken that was not kept. */
  readonly repeatable: boolean;
  /** Lowers its limit, in bytes; a Fault `payload_too_large` when more than that was read already. */
  within(limit: number): StreamedBody;
  /** The whole, with another model when one is given and the form had one. Breaks with a Fault `payload_too_large` when it is too long. */
  stream(model?: string): ReadableStream<Uint8Array>;
}

/** A request's body, read at most once however many ask for it. */
export interface RequestBody {
  /** Somebody has asked for it, so the request's own stream is taken. */
  readonly used: boolean;
  /** All of it; a Fault `payload_too_large` when it is over `limit` bytes, `client_closed` when it was cut. */
  bytes(limit: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The body as JSON, kept by whoever parsed it. */
  json: JsonBody | undefined;
  /** The body as a stream, kept by whoever opened it; `bytes` collects it then. */
  streamed: StreamedBody | undefined;
  /** Nobody will ask again, so its memory can go. */
  release(): void;
}

/** The one object of a request: what came in, and what is learnt of it on the way. */
export interface Exchange {
  readonly id: string;
  readonly request: Request;
  /** For those who need the body whole; who streams it on takes `request.body`, unless `body.used` says that it was read already. */
  readonly body: RequestBody;
  readonly connection: Connection;
  /** Host without port, in lower case. */
  readonly host: string;
  /** Path as sent, percent-encoding untouched. */
  readonly path: string;
  /** Query with its `?`, or empty. */
  readonly search: string;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  readonly record: AccessRecord;
  /** What plugins do to chats; there while a route's chain has such. */
  readonly chat?: ChatHooks | undefined;
  /** The endpoint (`host:port`) that a plugin has chosen of the service's. */
  readonly upstreamOverride?: string | undefined;
  /**
   * Takes over the end of the request: without it the request is over when the response is returned. The returned function is called when
   * the last byte went out or the client left; calling it again does nothing.
   */
  hold(): () => void;
}
