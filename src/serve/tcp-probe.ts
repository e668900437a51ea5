import { connect } from "node:net";
import type { Probe } from "../core/host.ts";

/** Opens and closes a TCP connection, the same way on every host. */
export function tcpProbe(hostname: string, port: number): Probe {
  const socket = connect({ host: hostname, port });
  const connected = new Promise<void>((resolve, reject) => {
    socket.once("connect", () => resolve());
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the probe was cancelled")));
  }).finally(() => socket.destroy());
  // A caller that cancels does not wait for the answer.
  connected.catch(() => undefined);
  return { connected, cancel: () => socket.destroy() };
}
