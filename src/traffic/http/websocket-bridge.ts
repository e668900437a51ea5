import type { Exchange, WebSocketBridge, WebSocketPeer } from "#src/core/exchange.ts";
import type { UpstreamSocket } from "#src/core/service-link.ts";
import type { OpenSocket } from "./websocket-connect.ts";

/** Bytes that may wait for one side before the connection is given up. */
export const BUFFER_LIMIT: number = 16 * 1024 * 1024;

/** Codes that stand for something that was not said on the wire (RFC 6455, 7.4.1), with what is sent in their place. */
const TO_CLIENT: ReadonlyMap<number, number> = new Map([
  [1005, 1000],
  [1006, 1011],
  [1015, 1011],
]);

type Data = string | Uint8Array<ArrayBuffer>;

/**
 * Carries messages between a client's WebSocket and an upstream's, as they come. WebSocket has no way to stop reading from a sender, so
 * back-pressure cannot be passed on: a side that falls {@link BUFFER_LIMIT} behind is cut off with 1013 (try again later). Pings are
 * answered by the two ends' own implementations.
 */
export class PassThrough implements WebSocketBridge {
  declare readonly protocol?: string;
  readonly #upstream: UpstreamSocket;
  readonly #exchange: Exchange;
  readonly #over: () => void;
  #client: WebSocketPeer | undefined;
  /** What the upstream said before the client's side was open. */
  #early: Data[] = [];
  #earlyBytes = 0;
  #goodbye: { readonly code: number; readonly reason: string } | undefined;
  #ended = false;

  /** `over` is called once, when either side has closed. */
  constructor({ socket: upstream, takeEarly }: OpenSocket, exchange: Exchange, over: () => void) {
    this.#upstream = upstream;
    this.#exchange = exchange;
    this.#over = over;
    if (upstream.protocol !== "") this.protocol = upstream.protocol;
    upstream.addEventListener("message", ({ data }) => this.#fromUpstream(data));
    upstream.addEventListener("close", ({ code, reason }) => this.#upstreamClosed(code, reason));
    exchange.signal.addEventListener("abort", this.#left);
    for (const data of takeEarly()) this.#fromUpstream(data);
  }

  open(client: WebSocketPeer): void {
    // From here on the client's leaving comes as `close`.
    this.#exchange.signal.removeEventListener("abort", this.#left);
    this.#client = client;
    for (const data of this.#early.splice(0)) client.send(data);
    if (this.#goodbye !== undefined) client.close(this.#goodbye.code, this.#goodbye.reason);
  }

  message(data: Data): void {
    if (this.#ended || this.#upstream.readyState !== WebSocket.OPEN) return;
    this.#exchange.record.requestBytes += sizeOf(data);
    this.#upstream.send(data);
    if (this.#upstream.bufferedAmount > BUFFER_LIMIT) this.#giveUp("The service does not read.");
  }

  drain(): void {}

  close(code: number, reason: string): void {
    closeUpstream(this.#upstream, code, reason);
    this.#end();
  }

  readonly #left = (): void => this.close(1001, "");

  #fromUpstream(data: unknown): void {
    if (this.#ended) return;
    const message = typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer);
    const size = sizeOf(message);
    this.#exchange.record.responseBytes += size;
    const client = this.#client;
    if (client === undefined) {
      this.#early.push(message);
      this.#earlyBytes += size;
    } else client.send(message);
    if ((client?.bufferedAmount() ?? this.#earlyBytes) > BUFFER_LIMIT) this.#giveUp("The client does not read.");
  }

  #giveUp(reason: string): void {
    closeUpstream(this.#upstream, 1013, reason);
    this.#sayGoodbye(1013, reason);
  }

  #upstreamClosed(code: number, reason: string): void {
    const said = TO_CLIENT.get(code) ?? code;
    if (code !== said && said === 1011) this.#exchange.record.fault ??= "upstream_cut";
    this.#sayGoodbye(said, reason);
  }

  #sayGoodbye(code: number, reason: string): void {
    if (this.#ended) return;
    this.#goodbye = { code, reason };
    this.#client?.close(code, reason);
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#exchange.signal.removeEventListener("abort", this.#left);
    this.#over();
  }
}

/** Closes with the client's code where it may be sent: the standard allows 1000 and 3000 to 4999, runtimes more. */
function closeUpstream(socket: UpstreamSocket, code: number, reason: string): void {
  try {
    if (code === 1005) socket.close();
    // 1006 and 1015: the client vanished without a word.
    else socket.close(code === 1006 || code === 1015 ? 1001 : code, reason);
  } catch {
    socket.close();
  }
}

/** UTF-16 units for text, which spares measuring each message: near enough for a limit and for the log. */
function sizeOf(data: Data): number {
  return typeof data === "string" ? data.length : data.byteLength;
}
