import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { RawClient, type RawAnswer } from "./raw-client.ts";

/** A TLS connection that was made, or why it was not. */
export type Handshake =
  | { readonly subject: string; readonly protocol: string; readonly cipher: string; readonly alpn: string }
  | { readonly failure: string };

/** Shakes hands, asking for `servername` where it is not empty, and hangs up. */
export async function handshake(port: number, servername: string, options: ConnectionOptions = {}): Promise<Handshake> {
  const socket = await secured(port, servername, options);
  if (socket instanceof Error) return { failure: socket.message };
  const told = {
    subject: String(socket.getPeerCertificate().subject.CN),
    protocol: socket.getProtocol() ?? "",
    cipher: socket.getCipher().name,
    alpn: socket.alpnProtocol === false ? "" : (socket.alpnProtocol ?? ""),
  };
  socket.destroy();
  return told;
}

/** The name on the certificate that is shown to a client that asks for `servername`; the failure where there is none. */
export async function shown(port: number, servername: string, options: ConnectionOptions = {}): Promise<string> {
  const told = await handshake(port, servername, options);
  return "failure" in told ? `failed: ${told.failure}` : told.subject;
}

/** The answer to one request for `host` over a connection of its own; undefined when the server hung up without one. */
export async function askSecurely(
  port: number,
  servername: string,
  options: ConnectionOptions & { readonly host?: string } = {},
): Promise<RawAnswer | undefined> {
  const { host = servername, ...tls } = options;
  const socket = await secured(port, servername, tls);
  if (socket instanceof Error) return undefined;
  const client = RawClient.on(socket);
  await client.send(`GET /echo HTTP/1.1\r\nHost: ${host}\r\n\r\n`).catch(() => undefined);
  try {
    return await client.answer();
  } catch {
    return undefined;
  } finally {
    client.socket.destroy();
  }
}

function secured(port: number, servername: string, options: ConnectionOptions): Promise<TLSSocket | Error> {
  const name = servername === "" ? {} : { servername };
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...name, ...options });
  return new Promise((resolve) => {
    socket.once("secureConnect", () => resolve(socket));
    socket.once("error", resolve);
    socket.once("close", () => resolve(new Error("closed")));
  });
}
