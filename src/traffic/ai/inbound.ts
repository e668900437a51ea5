import type { ChatRequest } from "../../core/chat.ts";
import type { Exchange, JsonBody } from "../../core/exchange.ts";
import { Fault } from "../../core/fault.ts";
import { isDeeperThan, isObject, type Json, type JsonObject, MAX_DEPTH } from "../../core/json.ts";
import type { RequestPath } from "../../core/codec.ts";
import type { ClientProtocol } from "../../core/protocol.ts";
import type { ApiCall } from "../../protocols/api-paths.ts";
import { codecFor } from "../../protocols/index.ts";
import type { ApiName } from "../../core/api.ts";
import { boundaryOf } from "../../core/form-scanner.ts";
import { openForm } from "./open-form.ts";
import { parseObject as parsed } from "../../core/json-splice.ts";
import { decodeText, tooLarge } from "../request-body.ts";

/** A client's request to an AI route, decoded only as far as somebody asks. */
export class Inbound {
  readonly protocol: ClientProtocol;
  readonly text: string;
  readonly body: JsonObject;
  readonly model: string;
  readonly stream: boolean;
  /** What the URL said, in protocols that name model and stream there. */
  readonly #path: RequestPath | undefined;
  /** The input holds earlier turns that the client only named, so that the body is not what the client sent. */
  readonly extended: boolean;
  /** The gateway keeps the answer when the provider does not. */
  keptHere = false;
  /** The chat as plugins have changed it, if they have. */
  readonly changed: ChatRequest | undefined;
  #chat: ChatRequest | undefined;

  constructor(
    protocol: ClientProtocol,
    text: string,
    body: JsonObject,
    path?: RequestPath,
    { extended = false, changed }: { readonly extended?: boolean; readonly changed?: ChatRequest } = {},
  ) {
    this.protocol = protocol;
    this.extended = extended;
    this.changed = changed;
    this.text = text;
    this.body = body;
    this.#path = path;
    this.model = changed?.model ?? path?.model ?? requiredModel(body);
    this.stream = path?.stream ?? body["stream"] === true;
  }

  /** The body names the model, so that another name must be written into it. */
  get modelInBody(): boolean {
    return this.#path === undefined;
  }

  /** The whole request in canonical form; only conversion needs it. */
  get chat(): ChatRequest {
    this.#chat ??= this.changed ?? decoded(this.protocol, this.body, this.#path);
    return this.#chat;
  }

  /** The same request with another chat. */
  withChat(changed: ChatRequest): Inbound {
    const { protocol, text, body, extended } = this;
    const inbound = new Inbound(protocol, text, body, this.#path, { extended, changed });
    inbound.keptHere = this.keptHere;
    return inbound;
  }

  /** The same request with `input` in place of what only names earlier turns. */
  continued(input: Json[]): Inbound {
    const { previous_response_id: _, conversation: __, ...others } = this.body;
    const body: JsonObject = { ...others, input };
    return new Inbound(this.protocol, JSON.stringify(body), body, this.#path, { extended: true });
  }

  /** How many answers the client asked for (OpenAI's `n`). */
  get candidates(): number {
    const { n } = this.body;
    return typeof n === "number" && n > 1 ? n : 1;
  }

  /** The client asked for a usage chunk at the end of its stream. */
  get includeUsage(): boolean {
    const options = this.body["stream_options"];
    return isObject(options) && options["include_usage"] === true;
  }
}

function decoded(protocol: ClientProtocol, body: JsonObject, path: RequestPath | undefined): ChatRequest {
  if (isDeeperThan(MAX_DEPTH, body)) {
    throw new Fault("invalid_request", `The request body is nested more than ${MAX_DEPTH} levels deep.`);
  }
  return codecFor(protocol).request.decode(body, path);
}

/** Reads the request's JSON object. */
async function readObject(exchange: Exchange, limit: number): Promise<JsonBody> {
  requireJson(exchange.request.headers);
  const bytes = await exchange.body.bytes(limit);
  const text = decodeText(bytes);
  const json = { text, object: parseObject(text), size: bytes.byteLength };
  exchange.record.requestBytes = json.size;
  exchange.body.json = json;
  return json;
}

/** The object if it was read before, by somebody who may have allowed more. */
function readBefore({ body }: Exchange, limit: number): JsonBody | undefined {
  if (body.json !== undefined && body.json.size > limit) throw tooLarge(limit);
  return body.json;
}

/** The whole inbound request; at once when its body was read before. Throws a Fault, or rejects with one, when it is none. */
export function readInbound(
  exchange: Exchange,
  protocol: ClientProtocol,
  call: ApiCall,
  limit: number,
): Inbound | Promise<Inbound> {
  exchange.record.protocol = protocol;
  const before = readBefore(exchange, limit);
  if (before !== undefined) return inboundOf(exchange, protocol, call, before);
  return readObject(exchange, limit).then((body) => inboundOf(exchange, protocol, call, body));
}

function inboundOf({ record }: Exchange, protocol: ClientProtocol, call: ApiCall, { text, object }: JsonBody): Inbound {
  const inbound = new Inbound(protocol, text, object, pathOf(call));
  record.modelAsked = inbound.model;
  record.stream = inbound.stream;
  return inbound;
}

function pathOf({ model, action }: ApiCall): RequestPath | undefined {
  return model === undefined ? undefined : { model, stream: action === "streamGenerateContent" };
}

/** APIs whose body names a model. */
const NAMES_MODEL: ReadonlySet<ApiName> = new Set([
  "chat",
  "count-tokens",
  "complete",
  "completions",
  "embeddings",
  "image-generation",
  "speech",
  "rerank",
  "image-edit",
  "image-variation",
  "transcription",
  "translation",
  "aigc",
]);

/** APIs some of whose bodies name one. */
const MAY_NAME_MODEL: ReadonlySet<ApiName> = new Set(["moderations", "fine-tuning", "videos", "cohere-chat"]);

/** The model a request asks for, for the choice of its route; undefined when its API, or its kind of body, names none that can be read. */
export async function modelOf(exchange: Exchange, call: ApiCall, limit: number): Promise<string | undefined> {
  const query = call.api === "realtime" ? new URLSearchParams(exchange.search).get("model") : null;
  const named = call.model ?? query ?? undefined;
  const model = named ?? (await modelInBody(exchange, call, limit));
  if (model !== undefined) exchange.record.modelAsked = ofModelLength(model);
  return model;
}

async function modelInBody(exchange: Exchange, call: ApiCall, limit: number): Promise<string | undefined> {
  const { headers, method } = exchange.request;
  const may = method === "POST" && MAY_NAME_MODEL.has(call.api);
  if (!may && !NAMES_MODEL.has(call.api)) return undefined;
  if (isForm(headers)) return (await openForm(exchange, call, limit))?.model;
  if (!may) return requiredModel((await readObject(exchange, limit)).object);
  // What is no JSON, or nothing at all, is for others to complain of.
  const bytes = await exchange.body.bytes(limit);
  const text = decodeText(bytes);
  const object = parsed(text);
  if (object === undefined) return undefined;
  exchange.record.requestBytes = bytes.byteLength;
  exchange.body.json = { text, object, size: bytes.byteLength };
  const { model } = object;
  return typeof model === "string" && model !== "" ? model : undefined;
}

function isForm(headers: Headers): boolean {
  return boundaryOf(headers.get("content-type") ?? "") !== undefined;
}

function requireJson(headers: Headers): void {
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new Fault("unsupported_media_type", "The request body is compressed: send it without a content-encoding.");
  }
  const contentType = headers.get("content-type");
  // A missing content type is let through: what matters is that the body is JSON, and many small clients leave it out.
  if (contentType === null || /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType)) return;
  throw new Fault("unsupported_media_type", "The content type must be application/json.");
}

function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // No cause: the engine's message quotes the body, which may hold anything.
    throw new Fault(
      "invalid_request",
      text === "" ? "The request body is empty." : "The request body is not valid JSON.",
    );
  }
  if (!isObject(value)) throw new Fault("invalid_request", "The request body must be a JSON object.");
  return value;
}

/** The longest names are ARNs (AWS: at most 2,048). Every name is logged and stands in errors, so that none may be a body's size. */
const MAX_MODEL_LENGTH = 2048;

function ofModelLength(model: string): string {
  if (model.length <= MAX_MODEL_LENGTH) return model;
  throw new Fault("invalid_request", `The model's name is longer than ${MAX_MODEL_LENGTH} characters.`, {
    param: "model",
  });
}

function requiredModel(body: JsonObject): string {
  const model = body["model"];
  if (typeof model === "string" && model !== "") return ofModelLength(model);
  throw new Fault(
    "invalid_request",
    model === undefined ? "The field 'model' is missing." : "The field 'model' must be a non-empty string.",
    { param: "model" },
  );
}
