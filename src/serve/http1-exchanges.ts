import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Connection, WebSocketBridge } from "../core/exchange.ts";
import { toRequest } from "./node-request.ts";
import { http1Target, type ProducerOf, writeResponse } from "./node-response.ts";
import { joinWebSocket, websocketAnswer } from "./node-websocket.ts";
import type { UnderWay } from "./under-way.ts";

/** What all connections of a listener have in common. */
export type ListenerFacts = Pick<Connection, "secure" | "listener">;

/** What exchanges on a listener have in common. */
export interface ExchangeWorld {
  handle(request: Request, connection: Connection): Response | Promise<Response>;
  readonly known: ListenerFacts;
  readonly underWay: UnderWay;
  readonly producerOf?: ProducerOf;
  /** The answer to a request that its connection (a socket of HTTP/1.1, a session of HTTP/2) has no right to. */
  refusal?(connection: object, host: string): Response | undefined;
}

export const BAD_REQUEST = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/** Answers HTTP/1.1 requests of `node:http` and `node:http2`. */
export class Http1Exchanges {
  readonly #world: ExchangeWorld;
  readonly #upgraded = new Set<Duplex>();

  constructor(world: ExchangeWorld) {
    this.#world = world;
  }

  /** Destroys what has become a WebSocket. */
  cut(): void {
    for (const socket of this.#upgraded) socket.destroy();
  }

  async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { known, underWay, producerOf } = this.#world;
    const gone = new AbortController();
    underWay.begin();
    response.once("close", () => {
      // 'close' comes after a good end as well; only one without an end means that the client left.
      if (!response.writableFinished) gone.abort(new DOMException("The client is gone.", "AbortError"));
      underWay.end();
    });
    const request = toRequest(message, known.secure, gone.signal, response);
    if (underWay.stopping) response.setHeader("connection", "close");
    if (request === undefined) {
      response.writeHead(400, { "content-length": "0" }).end();
      return;
    }
    const answer = await this.#answered(request, message, connectionOf(message.socket, known));
    await writeResponse(answer, http1Target(response), producerOf);
  }

  async upgrade(message: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    const { known } = this.#world;
    const gone = new AbortController();
    let upgraded = false;
    const leave = (): void => gone.abort(new DOMException("The client is gone.", "AbortError"));
    socket.once("close", leave);
    socket.once("error", () => socket.destroy());
    const upgrade = (bridge: WebSocketBridge): Response => {
      upgraded = true;
      socket.off("close", leave);
      this.#keep(socket);
      socket.write(websocketAnswer(message, bridge.protocol));
      joinWebSocket(socket, head, bridge);
      return new Response(null);
    };
    const request = toRequest(message, known.secure, gone.signal);
    const connection = { ...connectionOf(message.socket, known), upgrade };
    const response =
      request === undefined ? new Response(null, { status: 400 }) : await this.#answered(request, message, connection);
    if (upgraded) return;
    socket.off("close", leave);
    await writeResponse(response, http1Target(detached(message, socket)));
  }

  async #answered(request: Request, message: IncomingMessage, connection: Connection): Promise<Response> {
    const refusal = this.#world.refusal?.(message.socket, new URL(request.url).hostname);
    return refusal ?? handled(this.#world, request, connection);
  }

  /** Counts a WebSocket as under way for as long as it lives. */
  #keep(socket: Duplex): void {
    this.#world.underWay.begin();
    this.#upgraded.add(socket);
    socket.once("close", () => {
      this.#upgraded.delete(socket);
      this.#world.underWay.end();
    });
  }
}

/** The handler's answer; a plain 500 without its details when it throws. */
export async function handled(world: ExchangeWorld, request: Request, connection: Connection): Promise<Response> {
  try {
    return await world.handle(request, connection);
  } catch {
    return Response.json({ error: { message: "The gateway failed to handle this request." } }, { status: 500 });
  }
}

/** What is known of a socket's peer. */
export function connectionOf({ remoteAddress }: Pick<Socket, "remoteAddress">, known: ListenerFacts): Connection {
  if (remoteAddress === undefined) return known;
  return { ...known, remoteAddress: remoteAddress.startsWith("::ffff:") ? remoteAddress.slice(7) : remoteAddress };
}

/** The response to an upgrade that was declined; the connection ends with it. */
function detached(message: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(message);
  response.assignSocket(socket as Socket);
  response.shouldKeepAlive = false;
  response.once("finish", () => socket.end());
  return response;
}
