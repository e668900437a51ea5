import { afterEach } from "bun:test";
import { readFileSync } from "node:fs";
import { createServer as createHttp, type RequestListener, type Server } from "node:http";
import {
  createSecureServer,
  createServer as createHttp2,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2";
import { type AddressInfo, connect, createServer as createTcp, type Socket } from "node:net";
import { createServer as createTls, type PeerCertificate } from "node:tls";

const FILES = new URL("../../fixtures/tls/", import.meta.url);

/** PEM text of the fixtures. */
export function pem(name: string): { readonly cert: string; readonly key: string } {
  const read = (file: string): string => readFileSync(new URL(file, FILES), "utf8");
  return { cert: read(`${name}.pem`), key: read(`${name}.key.pem`) };
}

type Release = () => void;
const releases: Release[] = [];

/** Runs `release` after the test. */
export function afterwards(release: Release): void {
  releases.push(release);
}

afterEach(() => {
  if (keepers === 0) releaseAll();
});

/** How many keep what is opened. */
let keepers = 0;

function releaseAll(): void {
  for (const release of releases.splice(0).reverse()) release();
}

/** Keeps what is opened over the tests of a suite, until what is answered is called. */
export function keptForAll(): () => void {
  keepers++;
  return () => {
    releaseAll();
    keepers--;
  };
}

/** Listens on a free port; answers it. What is open is cut after the test. */
async function listening(server: Server | ReturnType<typeof createTcp>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterwards(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export const plainServer = (handle: RequestListener): Promise<number> => listening(createHttp(handle));

/** With the certificate of a.test; asks clients for one of b.test, and answers each request with the name that it is given of it. */
export function tlsServer(): Promise<number> {
  const asking = { requestCert: true, rejectUnauthorized: false, ca: [pem("b.test").cert] };
  const server = createTls({ ...pem("a.test"), ...asking }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", () => {
      const { subject } = socket.getPeerCertificate() as Partial<PeerCertificate>;
      const body = JSON.stringify([socket.servername, subject?.CN ?? null]);
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
  });
  return listening(server);
}

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

function quiet(on: OnStream): OnStream {
  return (stream, headers) => {
    stream.on("error", () => {});
    on(stream, headers);
  };
}

export function http2Server(on: OnStream, options: ServerOptions = {}): Promise<number> {
  const server = createHttp2(options);
  server.on("stream", quiet(on));
  server.on("session", (session) => session.on("error", () => {}));
  return listening(server);
}

/** HTTP/2 with the certificate of a.test. */
export function http2TlsServer(on: OnStream): Promise<number> {
  const server = createSecureServer(pem("a.test"));
  server.on("stream", quiet(on));
  return listening(server);
}

export const tcpServer = (on: (socket: Socket) => void): Promise<number> => listening(createTcp(on));

/** A proxy for tunnels, and what it was asked for. It leads everybody to `port`, whatever name is asked for. */
export async function proxyTo(
  port: number,
  status = 200,
): Promise<{ readonly port: number; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createTcp((client) => {
    client.once("data", (head: Buffer) => {
      asked.push(/^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head.toString())?.[1] ?? "nothing");
      if (status !== 200) return client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      const peer = connect(port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\nx-padding: 1\r\n\r\n");
        peer.pipe(client);
        client.pipe(peer);
      });
      peer.on("error", () => client.destroy());
      client.once("close", () => peer.destroy());
      return undefined;
    });
  });
  return { port: await listening(server), asked };
}

/** Frames of RFC 9113 by hand: what servers of a library would not do. */
export const FRAME = { data: 0, headers: 1, rstStream: 3, settings: 4, goaway: 7 } as const;

export function frame(type: number, stream: number, payload: Uint8Array, flags = 0): Uint8Array {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes.set([type, flags], 3);
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, 9);
  return bytes;
}

/** The head of an answer with status 200. */
export const head200 = (stream: number): Uint8Array => frame(FRAME.headers, stream, new Uint8Array([0x88]), 4);

/** A frame whose payload is one number of 32 bits. */
export function numberFrame(type: number, stream: number, value: number): Uint8Array {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return frame(type, stream, payload);
}

/** Speaks HTTP/2 as far as to know of requests. */
export function rawHttp2Server(asked: (socket: Socket, stream: number) => void): Promise<number> {
  return tcpServer((socket) => {
    let bytes = Buffer.alloc(0);
    let begun = false;
    socket.write(frame(FRAME.settings, 0, new Uint8Array()));
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!begun && bytes.length >= 24) {
        begun = true;
        bytes = bytes.subarray(24);
      }
      if (!begun) return;
      while (bytes.length >= 9) {
        const length = bytes.readUIntBE(0, 3);
        if (bytes.length < 9 + length) break;
        const [type, stream] = [bytes[3], bytes.readUInt32BE(5)];
        bytes = bytes.subarray(9 + length);
        if (type === FRAME.headers) asked(socket, stream);
      }
    });
  });
}
