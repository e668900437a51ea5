import type { Exchange } from "../core/exchange.ts";
import type { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import { codecFor } from "../protocols/index.ts";
import { apiOf, protocolOf } from "../protocols/api-paths.ts";
import { encodeAwsError } from "../protocols/bedrock-converse/error-encode.ts";
import { grpcError, isGrpc } from "./grpc-error.ts";
import { encodeCohereError } from "../protocols/cohere-chat/error-encode.ts";

/** The answer to a failed request: in the client's protocol on AI paths and for gRPC, as a plain `error` object elsewhere. */
export function errorResponse(fault: Fault, exchange: Exchange, ai: boolean): Response {
  if (!ai && isGrpc(exchange.request.headers)) return grpcError(fault);
  const headers = new Headers({ "content-type": "application/json" });
  if (fault.retryAfter !== undefined) headers.set("retry-after", String(Math.max(1, Math.ceil(fault.retryAfter))));
  if (fault.allow !== undefined) headers.set("allow", fault.allow.join(", "));
  if (fault.code === "unauthenticated") headers.set("www-authenticate", "Bearer");
  if (fault.code === "draining") headers.set("connection", "close");
  const bytes = new TextEncoder().encode(JSON.stringify(body(fault, exchange, { ai, headers })));
  exchange.record.responseBytes = bytes.byteLength;
  return new Response(bytes, { status: fault.status, headers });
}

interface Answer {
  readonly ai: boolean;
  readonly headers: Headers;
}

function body(fault: Fault, exchange: Exchange, { ai, headers }: Answer): JsonObject {
  if (!ai) return { error: { code: fault.code, message: fault.message, request_id: exchange.id } };
  const call = apiOf(exchange.path);
  const cohere = call?.shape === "cohere" ? encodeCohereError(fault, exchange.id) : undefined;
  // Cohere shares this one path with all whose clients read OpenAI's errors.
  if (cohere !== undefined && call?.action !== "v1/rerank") return cohere;
  if (call?.api === "bedrock-runtime") {
    const { name, body: told } = encodeAwsError(fault);
    headers.set("x-amzn-errortype", name);
    return told;
  }
  const protocol = exchange.record.protocol ?? protocolOf(exchange.path, exchange.request.headers);
  return { ...codecFor(protocol).error.encode(fault, exchange.id), ...cohere };
}
