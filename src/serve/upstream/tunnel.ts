import type { Socket } from "node:net";
import { joined } from "../../core/collect-bytes.ts";
import { NotConnected } from "./not-connected.ts";
import type { Peer } from "./peer.ts";

/** The longest head of a proxy's answer, in bytes. */
const MAX_HEAD = 16 * 1024;

const BLANK_LINE = [13, 10, 13, 10];

/** Asks a proxy for a tunnel (RFC 9110, 9.3.6). Resolves when the connection is the peer's. */
export function tunnel(proxy: Socket, { host, port }: Peer): Promise<void> {
  const target = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let head = new Uint8Array(0);
  const settle = (error?: Error): void => {
    proxy.off("data", heard);
    proxy.off("close", gone);
    proxy.pause();
    if (error === undefined) resolve();
    else reject(error);
  };
  const gone = (): void => settle(new NotConnected("PROXY_REFUSED", "The proxy ended the connection."));
  const heard = (chunk: Uint8Array): void => {
    head = joined([head, chunk]);
    const end = endOf(head);
    if (end === undefined) {
      if (head.length > MAX_HEAD) settle(new NotConnected("PROXY_REFUSED", "The proxy's answer has no end."));
      return;
    }
    const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(new TextDecoder("latin1").decode(head.subarray(0, end))) ?? [];
    if (status?.startsWith("2") !== true)
      return settle(new NotConnected("PROXY_REFUSED", `The proxy answered with status ${status ?? "none"}.`));
    settle();
    // The peer may have spoken already.
    if (end < head.length) proxy.unshift(head.subarray(end));
  };
  proxy.on("data", heard);
  proxy.once("close", gone);
  proxy.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
  return promise;
}

/** Where the head ends. */
function endOf(bytes: Uint8Array): number | undefined {
  for (let at = 3; at < bytes.length; at++) {
    if (BLANK_LINE.every((byte, index) => bytes[at - 3 + index] === byte)) return at + 1;
  }
  return undefined;
}
