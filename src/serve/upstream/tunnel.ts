import type { Socket } from "node:net";
import { readHead } from "./head.ts";
import { NotConnected } from "./not-connected.ts";
import type { Peer } from "./peer.ts";

/** Asks a proxy for a tunnel (RFC 9110, 9.3.6). Resolves when the connection is the peer's. */
export async function tunnel(proxy: Socket, { host, port }: Peer): Promise<void> {
  const target = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const reading = readHead(proxy);
  proxy.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
  const { head, rest } = await reading.catch((cause: unknown) => {
    throw new NotConnected("PROXY_REFUSED", "The proxy ended the connection.", { cause });
  });
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(head) ?? [];
  if (status?.startsWith("2") !== true)
    throw new NotConnected("PROXY_REFUSED", `The proxy answered with status ${status ?? "none"}.`);
  // The peer may have spoken already.
  if (rest.length > 0) proxy.unshift(rest);
}
