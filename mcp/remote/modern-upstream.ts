import type { Clock } from "#src/core/clock.ts";
import { HeaderList } from "#src/core/header-list.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { whenEnded } from "#src/core/mcp/call-end.ts";
import { ERROR_CODES, McpError, META, type McpRequest, type RequestId } from "#src/core/mcp/messages.ts";
import type { McpCall, McpClient } from "#src/core/mcp/server.ts";
import { MODERN_VERSIONS } from "#src/core/mcp/versions.ts";
import type { UpstreamAnswer } from "#src/core/upstream.ts";
import { encodeHeaderValue } from "#mcp/wire/header-value.ts";
import { bodyKind, parseMessage, readEvents, readJson, wholeJson } from "./answer-reader.ts";
import { HttpCancel } from "./http-cancel.ts";
import type { HttpDoor } from "./http-door.ts";
import { failureOf, HttpRefusal } from "./http-failure.ts";
import { GATEWAY_INFO } from "./gateway-info.ts";
import { LinkLost } from "./message-link.ts";
import { Patience, type PatienceLimits } from "./patience.ts";
import { readMessage } from "./rpc-message.ts";
import type { ToolHeaders } from "./tool-headers.ts";

/** What a way to a stateless server is made of. */
export interface ModernUpstreamParts {
  readonly url: string;
  readonly door: HttpDoor;
  readonly clock: Clock;
  readonly limits: PatienceLimits & { readonly message: number };
  readonly tools: ToolHeaders;
}

/** How long an answer's stream may stay open after the answer, in milliseconds: one that ends by itself leaves its connection usable. */
const LINGER = 1000;

const [VERSION] = MODERN_VERSIONS;

/** By method, the param that `Mcp-Name` mirrors. */
const NAMED: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

/** A server of 2026-07-28 over HTTP: each request by itself, its answer whole or as a stream. */
export class ModernUpstream {
  readonly #parts: ModernUpstreamParts;
  #nextId = 1;

  constructor(parts: ModernUpstreamParts) {
    this.#parts = parts;
  }

  /** Rejects with an McpError: the server's own, a {@link LinkLost}, or an {@link HttpRefusal} when it may not speak this revision. */
  request(request: McpRequest, call: McpCall): Promise<JsonObject> {
    return this.#once(request, call).catch(async (error: unknown) => {
      if (!(error instanceof McpError) || !this.#isWorthLearning(error, request)) throw error;
      // The server wants headers that nobody knew of; it has not run the tool.
      await this.#learnAll(call);
      return this.#once(request, call);
    });
  }

  #once(request: McpRequest, call: McpCall): Promise<JsonObject> {
    const result = new ModernExchange(this.#parts, this.#nextId++, request, call).run();
    return request.method === "tools/list" ? result.then((list) => this.#parts.tools.learn(list)) : result;
  }

  #isWorthLearning({ code }: McpError, { method, params }: McpRequest): boolean {
    return code === ERROR_CODES.headerMismatch && method === "tools/call" && typeof params["name"] === "string";
  }

  async #learnAll(call: McpCall): Promise<void> {
    let cursor: string | undefined;
    for (let page = 0; page < 100; page++) {
      const params: JsonObject = cursor === undefined ? {} : { cursor };
      const { nextCursor } = await this.#once({ method: "tools/list", params }, call);
      if (typeof nextCursor !== "string") return;
      cursor = nextCursor;
    }
  }
}

/** One request and its answer. */
export class ModernExchange {
  readonly #parts: ModernUpstreamParts;
  readonly #id: RequestId;
  readonly #request: McpRequest;
  readonly #call: McpCall;
  readonly #cancel = new HttpCancel();

  constructor(parts: ModernUpstreamParts, id: RequestId, request: McpRequest, call: McpCall) {
    this.#parts = parts;
    this.#id = id;
    this.#request = request;
    this.#call = call;
  }

  /** Closing the connection is how this revision cancels. */
  abort(error: McpError): void {
    this.#cancel.abort(error);
  }

  async run(): Promise<JsonObject> {
    const { clock, limits } = this.#parts;
    const patience = new Patience(clock, limits, (limit) => this.abort(late(limit)));
    const forget = whenEnded(this.#call, () =>
      this.abort(new McpError(ERROR_CODES.internalError, "The client cancelled the request.")),
    );
    try {
      const result = this.#answered(await this.send(), patience);
      return result instanceof Promise ? await result : result;
    } finally {
      patience.stop();
      forget();
    }
  }

  /** Sends it; resolves when the head of the answer is there. */
  send(): Promise<UpstreamAnswer> {
    const { url, door } = this.#parts;
    if (this.#cancel.fault instanceof McpError) return Promise.reject(this.#cancel.fault);
    return door.send({ method: "POST", url, headers: this.#headers(), body: this.#body() }, this.#call, this.#cancel);
  }

  /** Answers at once when all of it is there. */
  #answered(answer: UpstreamAnswer, patience: Patience): Promise<JsonObject> | JsonObject {
    if (answer.status !== 200) return failureOf(answer).then(thrown);
    const { message: limit } = this.#parts.limits;
    const kind = bodyKind(answer.headers);
    if (kind === "json") {
      const whole = wholeJson(answer.body, limit);
      if (whole !== undefined) return this.#resultIn(whole);
      return readJson(answer.body, limit).then((json) => this.#resultIn(json));
    }
    if (kind === "events") return this.#streamed(answer, patience);
    answer.body.cancel();
    throw new HttpRefusal(answer.status);
  }

  /** What comes before the answer is handed on as it comes. */
  #streamed({ body }: UpstreamAnswer, patience: Patience): Promise<JsonObject> {
    const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
    const { clock, limits } = this.#parts;
    let stopLinger: (() => void) | undefined;
    const reading = readEvents(
      body,
      limits.message,
      { lastEventId: "", retry: undefined },
      {
        alive: () => patience.touch(),
        event: ({ data }) => {
          if (stopLinger !== undefined || data === "") return;
          const outcome = this.#incoming(data);
          if (outcome === undefined) return;
          if (outcome instanceof McpError) reject(outcome);
          else resolve(outcome);
          stopLinger = clock.after(LINGER, () => body.cancel());
        },
      },
    );
    reading.then(
      () => {
        stopLinger?.();
        reject(new LinkLost("The upstream server ended its answer without a result.", { received: true }));
      },
      (error: unknown) => {
        stopLinger?.();
        reject(error);
      },
    );
    return promise;
  }

  /** The answer, if it is this; a notification is handed on. */
  #incoming(data: string): JsonObject | McpError | undefined {
    const incoming = readMessage(parseMessage(data));
    if (incoming?.kind === "notification") this.#call.notify(incoming.notification);
    return incoming?.kind === "answer" && (incoming.id ?? this.#id) === this.#id ? incoming.outcome : undefined;
  }

  #resultIn(json: JsonObject[string]): JsonObject {
    const incoming = readMessage(json);
    if (incoming?.kind !== "answer" || (incoming.id ?? this.#id) !== this.#id) {
      throw new LinkLost("The upstream server's answer cannot be used: it answers something else.", { received: true });
    }
    const { outcome } = incoming;
    if (outcome instanceof McpError) throw outcome;
    return outcome;
  }

  #headers(): HeaderList {
    const { method, params } = this.#request;
    const headers = new HeaderList();
    headers.append("content-type", "application/json");
    headers.append("accept", "application/json, text/event-stream");
    headers.append("mcp-protocol-version", VERSION);
    headers.append("mcp-method", method);
    const named = NAMED[method];
    const name = named === undefined ? undefined : params[named];
    if (typeof name === "string") headers.append("mcp-name", encodeHeaderValue(name));
    if (method === "tools/call") this.#parts.tools.add(headers, params, this.#call.headers);
    return headers;
  }

  #body(): string {
    const { method, params } = this.#request;
    return JSON.stringify({ jsonrpc: "2.0", id: this.#id, method, params: introduced(params, this.#call.client) });
  }
}

/** Params that say who asks, in which revision. A client of the same revision has said so already. */
function introduced(params: JsonObject, { info = GATEWAY_INFO, capabilities }: McpClient): JsonObject {
  const meta = isObject(params["_meta"]) ? params["_meta"] : {};
  const { [META.protocolVersion]: version, [META.clientInfo]: said, [META.clientCapabilities]: able } = meta;
  if (version === VERSION && said === info && able === capabilities) return params;
  const own = {
    [META.protocolVersion]: VERSION,
    [META.clientInfo]: info,
    [META.clientCapabilities]: capabilities,
  };
  return { ...params, _meta: { ...meta, ...own } };
}

function thrown(error: Error): never {
  throw error;
}

function late(limit: number): McpError {
  return new McpError(ERROR_CODES.internalError, `The upstream server did not answer within ${limit / 1000} s.`);
}
