import { type IncomingMessage, request as httpRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import type { KubeAccess } from "./access.ts";

/** An answer that is no success. */
export class KubeError extends Error {
  /** 0 when there was no answer. */
  readonly status: number;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** What is asked of an API server. */
export interface KubeRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** What of the objects is wanted; left out: all of it. */
  readonly accept?: string;
  readonly signal: AbortSignal;
}

/** The longest answer that is not a watch, in bytes: pages of 500 objects, of which one may have 3 MiB. */
const LONGEST = 256 * 2 ** 20;

/** Asks an API server. */
export class KubeClient {
  readonly access: KubeAccess;
  readonly #agent: Agent;

  constructor(access: KubeAccess) {
    this.access = access;
    const { ca, cert, key, verify } = access;
    this.#agent = new Agent({
      keepAlive: true,
      rejectUnauthorized: verify,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  }

  /** An answer as JSON. Rejects with a {@link KubeError}. */
  async json(asked: KubeRequest): Promise<unknown> {
    const message = await this.#send(asked);
    const text = await textOf(message);
    try {
      return JSON.parse(text);
    } catch {
      throw new KubeError(0, `${asked.path} was not answered with JSON`);
    }
  }

  /** Resolves once the server answers, to the lines of its answer as they come; they end when the server ends it. Rejects with a {@link KubeError}. */
  async lines(asked: KubeRequest): Promise<AsyncIterableIterator<string>> {
    return linesOf(await this.#send(asked));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send({
    method = "GET",
    path,
    body,
    contentType = "application/json",
    accept = "application/json",
    signal,
  }: KubeRequest): Promise<IncomingMessage> {
    const { access } = this;
    const token = await access.token();
    const url = new URL(access.server + path);
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers: Record<string, string> = { accept, "user-agent": "sluice" };
    if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
    if (payload !== undefined) headers["content-type"] = contentType;
    const options = { method, headers, signal };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent =
      url.protocol === "https:"
        ? httpsRequest(url, { ...options, agent: this.#agent }, resolve)
        : httpRequest(url, options, resolve);
    sent.on("error", (error) => reject(new KubeError(0, `the API server cannot be reached: ${error.message}`)));
    sent.end(payload);
    const message = await promise;
    const { statusCode = 0 } = message;
    if (statusCode >= 200 && statusCode < 300) return message;
    const seconds = Number(message.headers["retry-after"]);
    throw new KubeError(statusCode, await complaintOf(message, path), seconds > 0 ? seconds * 1000 : undefined);
  }
}

async function* linesOf(message: IncomingMessage): AsyncGenerator<string, void> {
  message.setEncoding("utf8");
  let rest = "";
  for await (const chunk of message as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST) throw new KubeError(0, "an event was too long");
    yield* lines.filter((line) => line !== "");
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > LONGEST) throw new KubeError(0, "the answer was too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What the server's Status object says (apimachinery's meta/v1 Status). */
async function complaintOf(message: IncomingMessage, path: string): Promise<string> {
  const text = await textOf(message).catch(() => "");
  try {
    const { message: said } = JSON.parse(text) as { message?: unknown };
    if (typeof said === "string" && said !== "") return said;
  } catch {
    // A proxy in between may answer with anything.
  }
  return `${path} was answered with ${message.statusCode}`;
}
