import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { TLSSocket } from "node:tls";
import { within } from "../until.ts";
import type { PlaneAnswer, PlaneRequest } from "./plane.ts";

/** Asks a port on loopback, over TLS without looking at who the certificate is of, and follows no redirect. */
export function ask(port: number, asked: PlaneRequest): Promise<PlaneAnswer> {
  const { method, secure, path, host, headers, body, client } = asked;
  if (headers["upgrade"] === "websocket") return within(`the first message of ${path}`, firstMessage(port, asked));
  const options = { host: "127.0.0.1", port, method, path, headers: { ...headers, host }, agent: false };
  const name = host.replace(/:\d+$/, "");
  const answer = new Promise<PlaneAnswer>((resolve, reject) => {
    const answered = (message: IncomingMessage): void => void read(message, secure).then(resolve, reject);
    const sent = secure
      ? tlsRequest({ ...options, ...client, servername: name, rejectUnauthorized: false }, answered)
      : plainRequest(options, answered);
    sent.once("error", reject);
    sent.end(body);
  });
  return within(`the answer to ${method} ${host}${path}`, answer);
}

async function read(message: IncomingMessage, secure: boolean): Promise<PlaneAnswer> {
  const chunks: Uint8Array[] = [];
  const certificate = secure ? commonName(message) : undefined;
  for await (const chunk of message) chunks.push(chunk as Uint8Array);
  const headers = Object.entries(message.headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]);
  return {
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks).toString(),
    ...(certificate === undefined ? {} : { certificate }),
  };
}

function commonName({ socket }: IncomingMessage): string | undefined {
  const { subject } = (socket as TLSSocket).getPeerCertificate();
  return [subject?.CN].flat()[0];
}

/** What a WebSocket says first: a backend then tells what it saw. */
function firstMessage(port: number, { secure, path, host, headers }: PlaneRequest): Promise<PlaneAnswer> {
  const socket = new WebSocket(`${secure ? "wss" : "ws"}://127.0.0.1:${port}${path}`, {
    headers: { ...headers, host },
    tls: { rejectUnauthorized: false },
  });
  return new Promise((resolve, reject) => {
    socket.addEventListener("message", ({ data }) => {
      socket.close();
      resolve({ status: 101, headers: { "x-backend": "in the message" }, body: String(data) });
    });
    socket.addEventListener("close", ({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`)));
  });
}
