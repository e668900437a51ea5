import type { Exchange, JsonBody, StreamedBody } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import type { ClientProtocol } from "../../core/protocol.ts";
import { type ApiCall, protocolOf } from "../../protocols/api-paths.ts";
import { parseObject } from "../../core/json-splice.ts";
import { decodeText } from "../request-body.ts";
import { openForm } from "./open-form.ts";
import { MultipartBody } from "./multipart-body.ts";

import { uploadIn } from "./upload-session.ts";

/** A body as far as it was read: not there, a JSON object, or bytes to be sent on. */
export type FamilyBody =
  | { readonly kind: "none" }
  | { readonly kind: "json"; readonly json: JsonBody }
  | { readonly kind: "bytes"; readonly contentType: string | undefined; readonly body: StreamedBody };

/** A client's request to an API beside chat. */
export interface FamilyRequest {
  readonly call: ApiCall;
  /** As sent, for providers that take any. */
  readonly path: string;
  /** What it is about beside the path's own object: an upload that has begun. */
  readonly upload: string | undefined;
  readonly protocol: ClientProtocol;
  /** The model asked for, wherever it stands; undefined when the request names none. */
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly body: FamilyBody;
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

/** Reads a request as far as is needed to choose its provider. `limit` bounds its body, in bytes. */
export async function readFamilyRequest(exchange: Exchange, call: ApiCall, limit: number): Promise<FamilyRequest> {
  const { record, request, path, search } = exchange;
  const protocol = call.protocol ?? protocolOf(path, request.headers);
  // Bedrock's and Cohere's own clients speak no protocol that is converted.
  if (call.shape !== "bedrock" && call.api !== "cohere-chat") record.protocol = protocol;
  record.api = call.api;
  const body = await readBody(exchange, call, limit);
  const model = call.model ?? modelOf(body) ?? (call.api === "realtime" ? queryModel(search) : undefined);
  const stream = isStreamed(call) || (body.kind === "json" && body.json.object["stream"] === true);
  if (model !== undefined) record.modelAsked = model;
  record.stream = stream;
  const upload = call.upload === undefined ? undefined : uploadIn(search);
  return { call, path, upload, protocol, model, stream, body };
}

/** Bedrock says in the path that an answer is streamed. */
function isStreamed({ api, action = "" }: ApiCall): boolean {
  return api === "bedrock-runtime" && action.endsWith("-stream");
}

function modelOf(body: FamilyBody): string | undefined {
  if (body.kind === "none") return undefined;
  const model = body.kind === "json" ? body.json.object["model"] : body.body.model;
  // Google's requests may name it by its resource.
  return typeof model === "string" && model !== "" ? model.replace(/^models\//, "") : undefined;
}

function queryModel(search: string): string | undefined {
  return new URLSearchParams(search).get("model") ?? undefined;
}

async function readBody(exchange: Exchange, call: ApiCall, limit: number): Promise<FamilyBody> {
  const { request, body } = exchange;
  if (request.method === "GET" || request.method === "HEAD") return { kind: "none" };
  const contentType = request.headers.get("content-type");
  const json = contentType === null || JSON_TYPE.test(contentType);
  if (json && !sendsBytes(request.headers)) return readJson(exchange, limit, contentType === null);
  const streamed = body.streamed ?? (await openForm(exchange, call, limit));
  return streamed === undefined
    ? { kind: "none" }
    : { kind: "bytes", contentType: contentType ?? undefined, body: streamed.within(limit) };
}

/** Of Google's uploads each part of the file is a request; its client calls all of them JSON. */
function sendsBytes(headers: Headers): boolean {
  return /\bupload\b/.test(headers.get("x-goog-upload-command") ?? "");
}

/** A JSON object, or nothing, as with a POST that only says "cancel". With `unnamed` it may be anything: nobody said what it is. */
async function readJson(exchange: Exchange, limit: number, unnamed: boolean): Promise<FamilyBody> {
  if (exchange.body.json !== undefined) return { kind: "json", json: exchange.body.json };
  const bytes = await exchange.body.bytes(limit);
  exchange.record.requestBytes = bytes.byteLength;
  if (bytes.byteLength === 0) return { kind: "none" };
  const text = decodeText(bytes);
  const object = parseObject(text);
  if (object !== undefined) {
    exchange.body.json = { text, object, size: bytes.byteLength };
    return { kind: "json", json: exchange.body.json };
  }
  if (!unnamed) throw new Fault("invalid_request", "The request body must be a JSON object.");
  const body = new Blob([bytes]).stream();
  return { kind: "bytes", contentType: undefined, body: await MultipartBody.open(body, { limit }) };
}
