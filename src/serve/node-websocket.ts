import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocketBridge } from "../core/exchange.ts";
import { frameState, OPCODE, readFrames, writeClose, writeFrame } from "./websocket-frames.ts";
import type { FrameState, WebSocketInput } from "./websocket-frames.ts";

/** RFC 6455, section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** A message larger than this, or a client this far behind, ends the WebSocket. */
const LIMIT = 64 * 1024 * 1024;

/** Whether a request opens a WebSocket in a way this server understands. */
export function opensWebSocket(message: IncomingMessage): boolean {
  return (
    message.method === "GET" &&
    message.headers.upgrade?.toLowerCase() === "websocket" &&
    message.headers["sec-websocket-key"] !== undefined &&
    message.headers["sec-websocket-version"] === "13"
  );
}

/** What is written to accept a WebSocket. */
export function websocketAnswer(message: IncomingMessage, protocol: string | undefined): string {
  const key = message.headers["sec-websocket-key"] ?? "";
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptOf(key)}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** What a server proves with that it has read a client's key. */
export function acceptOf(key: string): string {
  return createHash("sha1")
    .update(key + GUID)
    .digest("base64");
}

/**
 * Joins an accepted WebSocket's socket, or its HTTP/2 stream, to `bridge`. `head` is what the client sent after its request. With `client` it is
 * the gateway that has asked, and the peer a server.
 */
export function joinWebSocket(socket: Duplex, head: Uint8Array, bridge: WebSocketBridge, client = false): void {
  new JoinedSocket(socket, bridge, client).open(head);
}

class JoinedSocket {
  readonly #socket: Duplex;
  readonly #bridge: WebSocketBridge;
  readonly #client: boolean;
  readonly #frames: FrameState;
  /** What the bridge is told when the socket is gone; 1006 unless a close frame said otherwise. */
  #outcome = { code: 1006, reason: "" };
  #closeSent = false;

  constructor(socket: Duplex, bridge: WebSocketBridge, client: boolean) {
    this.#socket = socket;
    this.#bridge = bridge;
    this.#client = client;
    this.#frames = frameState(LIMIT, !client);
  }

  /** A client masks its frames, each with another key (RFC 6455, 5.3). */
  get #key(): Uint8Array | undefined {
    return this.#client ? crypto.getRandomValues(new Uint8Array(4)) : undefined;
  }

  open(head: Uint8Array): void {
    const socket = this.#socket;
    socket.on("drain", () => this.#bridge.drain());
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.end());
    socket.once("close", () => this.#bridge.close(this.#outcome.code, this.#outcome.reason));
    this.#bridge.open({
      send: (data) => this.#send(data),
      close: (code, reason) => this.#close(code, reason),
      bufferedAmount: () => socket.writableLength,
    });
    if (head.length > 0) this.#receive(head);
    socket.on("data", (bytes: Uint8Array) => this.#receive(bytes));
  }

  #send(data: string | Uint8Array): void {
    if (this.#closeSent) return;
    const frame =
      typeof data === "string"
        ? writeFrame(OPCODE.text, new TextEncoder().encode(data), this.#key)
        : writeFrame(OPCODE.binary, data, this.#key);
    this.#socket.write(frame);
    if (this.#socket.writableLength > LIMIT) this.#socket.destroy();
  }

  #close(code: number, reason: string): void {
    if (this.#closeSent) return;
    this.#closeSent = true;
    // 1006 is how a lost connection is reported: the client is to see one too.
    if (code === 1006) this.#socket.destroy();
    else this.#socket.write(writeClose(code, reason, this.#key));
  }

  #receive(bytes: Uint8Array): void {
    for (const input of readFrames(this.#frames, bytes)) this.#take(input);
  }

  #take(input: WebSocketInput): void {
    switch (input.type) {
      case "text":
      case "binary":
        if (!this.#closeSent) this.#bridge.message(input.data);
        return;
      case "ping":
        if (!this.#closeSent) this.#socket.write(writeFrame(OPCODE.pong, input.data, this.#key));
        return;
      case "pong":
        return;
      case "close":
      case "violation":
        this.#outcome = { code: input.code, reason: input.reason };
        this.#close(input.code, input.reason);
        this.#socket.end();
    }
  }
}
