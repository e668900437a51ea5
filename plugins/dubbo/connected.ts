import type { Clock } from "#src/core/clock.ts";
import { DubboError } from "./call.ts";

/** The longest wait for a connection, in milliseconds: as long as Dubbo's own clients wait. */
const PATIENCE = 3000;

/** A socket, or a session of HTTP/2. */
interface Connecting {
  once(event: "connect", listener: () => void): unknown;
  once(event: "error", listener: (error: Error) => void): unknown;
  on(event: "error", listener: () => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
  destroy(): unknown;
}

/** Resolves once it is connected. Rejects with a {@link DubboError} when it cannot be, or not in time. */
export function connected(connecting: Connecting, address: string, clock: Clock): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (why: string): void => {
    // A later one is nobody's.
    connecting.on("error", () => {});
    connecting.destroy();
    reject(new DubboError("unreachable", `${address} cannot be reached: ${why}`));
  };
  const cancel = clock.after(PATIENCE, () => fail("there was no connection in time"));
  const refused = (error: Error): void => fail(error.message);
  connecting.once("error", refused);
  connecting.once("connect", () => {
    connecting.off("error", refused);
    resolve();
  });
  return promise.finally(cancel);
}

/** Of `host:port`, of which the host may be an IPv6 address in brackets. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}
