import type { Exchange } from "#src/core/exchange.ts";
import type { Json } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { McpGuard, McpPlace } from "#src/core/mcp/policy.ts";
import type { Caller } from "#src/core/mcp/server.ts";
import { eraOf } from "./era.ts";
import { Gate } from "./gate.ts";
import { idOf, messageOf, parseBody } from "./incoming.ts";
import { LegacyAddress } from "./legacy/address.ts";
import type { LegacyWorld } from "./legacy/deps.ts";
import type { SessionLife } from "./legacy/sessions.ts";
import { noteFailure } from "./failures.ts";
import { ModernEra } from "./modern.ts";
import { noteMessage } from "./noted.ts";
import { errorAnswer, statusOf } from "./outgoing.ts";
import { refusalOf } from "./refusals.ts";
import type { ResumeMessage } from "./resume-elsewhere.ts";
import type { Slot } from "./slot.ts";

/** What one server's address is made of. */
export interface EndpointOptions {
  readonly place: McpPlace;
  readonly slot: Slot;
  /** From the outermost inwards. */
  readonly guards: readonly McpGuard[];
  readonly life: SessionLife;
}

/** Where HTTP+SSE (2024-11-05) is served, behind the server's own path. */
export const SSE_PATH = "/sse";

/** The address of one server: both eras on one path, and HTTP+SSE beside it. */
export class Endpoint {
  readonly #place: McpPlace;
  readonly #modern: ModernEra;
  readonly #legacy: LegacyAddress;
  #gate: Gate;

  constructor({ place, slot, guards, life }: EndpointOptions, world: LegacyWorld) {
    this.#place = place;
    this.#gate = new Gate(guards);
    this.#modern = new ModernEra(slot, world);
    this.#legacy = new LegacyAddress(place.name, slot, world, life, () => this.#gate.sessions);
  }

  /** What another replica's client brings for a call that waits here; false when none does. */
  resumed(message: ResumeMessage): boolean {
    return this.#modern.resumed(message);
  }

  /** How many sessions began at this replica and are not over. */
  get sessions(): number {
    return this.#legacy.sessions;
  }

  /** Other policies stand before it from now on; sessions and streams go on. */
  guard(guards: readonly McpGuard[]): void {
    this.#gate = new Gate(guards);
  }

  /** Answers a request. Rejects with what neither HTTP nor JSON-RPC tells the client. */
  async handle(exchange: Exchange): Promise<Response> {
    const { origin } = this.#gate;
    const response = origin?.preflight(exchange) ?? (await this.#guarded(exchange));
    if (origin !== undefined)
      for (const [name, value] of Object.entries(origin.headers(exchange))) response.headers.set(name, value);
    return response;
  }

  async close(): Promise<void> {
    this.#modern.close();
    await this.#legacy.close();
  }

  async #guarded(exchange: Exchange): Promise<Response> {
    exchange.record.mcp = { server: this.#place.name };
    try {
      const admitted = this.#gate.admit(exchange);
      // A turn of the queue is not free, and most have nothing to wait for.
      return await this.#dispatch(exchange, admitted instanceof Promise ? await admitted : admitted);
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      if (refusal === undefined) throw thrown;
      return refusal;
    }
  }

  #dispatch(exchange: Exchange, caller: Caller): Promise<Response> | Response {
    const sse = exchange.path.endsWith(SSE_PATH) && !this.#place.path.endsWith(SSE_PATH);
    switch (exchange.request.method) {
      case "POST":
        return sse ? notAllowed(["GET"]) : this.#post(exchange, caller);
      case "GET":
        return sse
          ? this.#legacy.openSse(exchange, caller, exchange.path.slice(0, -SSE_PATH.length))
          : this.#get(exchange, caller);
      case "DELETE":
        return sse || eraOf(exchange.request.headers) === "modern"
          ? notAllowed(["POST"])
          : this.#legacy.delete(exchange, caller);
      default:
        return notAllowed(["GET", "POST", "DELETE"]);
    }
  }

  #get(exchange: Exchange, caller: Caller): Promise<Response> | Response {
    return eraOf(exchange.request.headers) === "modern" ? notAllowed(["POST"]) : this.#legacy.get(exchange, caller);
  }

  async #post(exchange: Exchange, caller: Caller): Promise<Response> {
    const { limits } = this.#gate;
    const body = await exchange.body.bytes(limits.body);
    let value: Json = null;
    try {
      value = parseBody(body, limits);
      const answer = this.#message(value, exchange, caller);
      return answer instanceof Promise ? await answer : answer;
    } catch (thrown) {
      if (!(thrown instanceof McpError) || refusalOf(thrown) !== undefined) throw thrown;
      noteFailure(exchange, thrown);
      return errorAnswer(thrown, statusOf(thrown), idOf(value));
    }
  }

  #message(value: Json, exchange: Exchange, caller: Caller): Promise<Response> | Response {
    noteMessage(exchange, value);
    if (exchange.search.includes("sessionId=")) {
      const token = new URLSearchParams(exchange.search).get("sessionId");
      if (token !== null) return this.#legacy.postSse(value, token, exchange, caller);
    }
    if (eraOf(exchange.request.headers, value) === "modern")
      return this.#modern.post(messageOf(value), exchange, caller);
    return this.#legacy.post(value, exchange, caller);
  }
}

function notAllowed(methods: readonly string[]): Response {
  const error = new McpError(ERROR_CODES.invalidRequest, `This address takes ${methods.join(", ")}.`);
  const response = errorAnswer(error, 405);
  response.headers.set("allow", methods.join(", "));
  return response;
}
