import type { Duplex } from "node:stream";
import type { Clock } from "../../core/clock.ts";
import type { WebSocketBridge, WebSocketPeer } from "../../core/exchange.ts";
import type { ServiceLink, UpstreamSocket } from "../../core/service-link.ts";
import { acceptOf, joinWebSocket } from "../node-websocket.ts";
import { parseHead } from "../http1/response-head.ts";
import { dial } from "./dial.ts";
import { readHead } from "./head.ts";
import { type Target, targetOf } from "./peer.ts";

/** Opens a WebSocket over a connection of our own making (RFC 6455, 4.1). */
export function openWebSocket(
  url: string,
  { protocols, headers }: { readonly protocols: readonly string[]; readonly headers: Headers },
  { link, clock }: { readonly link: ServiceLink; readonly clock: Clock },
): UpstreamSocket {
  const socket = new DialledWebSocket();
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  const target = targetOf(url);
  dial(target, link, clock)
    .then((connection) => shaken(connection, requestOf(target, key, protocols, headers), key, protocols, socket))
    .catch(() => socket.failed());
  return socket;
}

function requestOf(target: Target, key: string, protocols: readonly string[], headers: Headers): string {
  const all = new Headers(headers);
  if (!all.has("host")) all.set("host", target.origin);
  all.set("connection", "Upgrade");
  all.set("upgrade", "websocket");
  all.set("sec-websocket-key", key);
  all.set("sec-websocket-version", "13");
  if (protocols.length > 0) all.set("sec-websocket-protocol", protocols.join(", "));
  const lines = Array.from(all, ([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${target.path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

async function shaken(
  connection: Duplex,
  request: string,
  key: string,
  protocols: readonly string[],
  socket: DialledWebSocket,
): Promise<void> {
  if (socket.readyState !== WebSocket.CONNECTING) return void connection.destroy();
  socket.connection = connection;
  const reading = readHead(connection);
  connection.write(request, "latin1");
  try {
    const { head, rest } = await reading;
    const { status, headers } = parseHead(head);
    const protocol = headers.get("sec-websocket-protocol") ?? "";
    const chosen = protocol === "" || protocols.includes(protocol);
    if (status !== 101 || headers.get("sec-websocket-accept") !== acceptOf(key) || !chosen)
      throw new Error("The endpoint does not open a WebSocket.");
    socket.protocol = protocol;
    joinWebSocket(connection, rest, socket.bridge(), true);
    connection.resume();
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return undefined;
}

/** As much of the standard's WebSocket as is used of it. */
class DialledWebSocket extends EventTarget {
  binaryType: WebSocket["binaryType"] = "arraybuffer";
  protocol = "";
  readyState: WebSocket["readyState"] = WebSocket.CONNECTING;
  connection: Duplex | undefined;
  #peer: WebSocketPeer | undefined;

  get bufferedAmount(): number {
    return this.#peer?.bufferedAmount() ?? 0;
  }

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    if (typeof data === "string") this.#peer?.send(data);
    else if (data instanceof Uint8Array) this.#peer?.send(new Uint8Array(data));
    else throw new TypeError("only text and bytes are sent");
  }

  close(code = 1000, reason = ""): void {
    if (this.readyState === WebSocket.CLOSED) return;
    if (this.#peer === undefined) {
      this.connection?.destroy();
      this.failed();
      return;
    }
    this.readyState = WebSocket.CLOSING;
    this.#peer.close(code, reason);
  }

  /** What is told by the connection. */
  bridge(): WebSocketBridge {
    return {
      open: (peer) => {
        this.#peer = peer;
        this.readyState = WebSocket.OPEN;
        this.dispatchEvent(new Event("open"));
      },
      message: (data) => void this.dispatchEvent(new MessageEvent("message", { data })),
      drain() {},
      close: (code, reason) => {
        this.readyState = WebSocket.CLOSED;
        this.dispatchEvent(new CloseEvent("close", { code, reason }));
      },
    };
  }

  failed(): void {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.dispatchEvent(new Event("error"));
    this.dispatchEvent(new CloseEvent("close", { code: 1006, reason: "" }));
  }
}
