import type { Clock } from "#src/core/clock.ts";
import { Fault } from "#src/core/fault.ts";
import type { UpstreamSocket } from "../../core/service-link.ts";
import { failureDetail } from "../../core/fetch-failure.ts";

/** What a handshake depends on. */
export interface Handshake {
  /** For messages. */
  readonly service: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** An open socket, and what came through it before anybody listened. */
export interface OpenSocket {
  readonly socket: UpstreamSocket;
  /** The messages so far; who takes them listens from then on. */
  readonly takeEarly: () => unknown[];
}

/**
 * Resolves with the socket once it is open; what it says at once is kept, since runtimes differ in whether that can come before the promise
 * is heard of. Rejects with a Fault after `timeout` milliseconds, when the client leaves, or when the upstream refuses.
 */
export async function connectUpstream(
  connect: () => UpstreamSocket | Promise<UpstreamSocket>,
  handshake: Handshake,
  timeout: number,
): Promise<OpenSocket> {
  let socket: UpstreamSocket;
  try {
    const made = connect();
    socket = made instanceof Promise ? await made : made;
  } catch (error) {
    throw refused(handshake, failureDetail(error));
  }
  return opened(socket, handshake, timeout);
}

function refused({ service }: Handshake, detail?: string): Fault {
  const options = detail === undefined ? {} : { cause: new Error(detail) };
  return new Fault("upstream_unreachable", `The service "${service}" did not accept the WebSocket.`, options);
}

function opened(socket: UpstreamSocket, handshake: Handshake, timeout: number): Promise<OpenSocket> {
  const { service, signal, clock } = handshake;
  return new Promise((resolve, reject) => {
    socket.binaryType = "arraybuffer";
    const early: unknown[] = [];
    const heard = ({ data }: MessageEvent): void => void early.push(data);
    socket.addEventListener("message", heard);
    const takeEarly = (): unknown[] => {
      socket.removeEventListener("message", heard);
      return early;
    };
    const settle = (fault?: Fault): void => {
      stop();
      signal.removeEventListener("abort", left);
      socket.removeEventListener("close", closed);
      if (fault === undefined) resolve({ socket, takeEarly });
      else {
        // An `error` event follows a close in the middle of a handshake; it is nobody's business any more.
        socket.addEventListener("error", () => {});
        socket.close();
        reject(fault);
      }
    };
    const left = (): void => settle(new Fault("client_closed", "The client left."));
    const closed = (): void => settle(refused(handshake));
    const late = new Fault("connect_timeout", `The service "${service}" did not accept the WebSocket in time.`);
    const stop = clock.after(timeout, () => settle(late));
    signal.addEventListener("abort", left);
    socket.addEventListener("close", closed);
    socket.addEventListener("error", () => {});
    socket.addEventListener("open", () => settle(), { once: true });
    if (signal.aborted) left();
  });
}
