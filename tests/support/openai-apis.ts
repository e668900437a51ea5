import type { Server, ServerWebSocket } from "bun";
import type { Closed } from "./sockets.ts";

/** One request as the fake got it. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly headers: Headers;
  /** The key of its `authorization`. */
  readonly key: string;
  /** The form it sent, when it sent one. */
  readonly form: FormData | undefined;
}

type Socket = ServerWebSocket;

/**
 * OpenAI's APIs beside chat, as far as their clients look: files and batches that only their key's owner sees, transcriptions, image edits,
 * and a realtime WebSocket that answers each event with one. Formats: https://platform.openai.com/docs/api-reference
 */
export class OpenAIApis {
  readonly requests: ApiRequest[] = [];
  readonly #closings: ((closed: Closed) => void)[] = [];
  readonly #server: Server<undefined>;
  /** Who made which object. */
  readonly #owners = new Map<string, string>();

  constructor() {
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      development: false,
      maxRequestBodySize: 1024 ** 3,
      idleTimeout: 60,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        open: (socket) => void socket.send(JSON.stringify({ type: "session.created" })),
        message: (socket, data) => react(socket, data),
        close: (_, code, reason) => this.#closings.splice(0).forEach((told) => told({ code, reason })),
      },
    });
  }

  /** The base URL, `http://127.0.0.1:PORT/v1`. */
  get base(): string {
    return `http://127.0.0.1:${this.#server.port}/v1`;
  }

  get last(): ApiRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error("the fake got no request");
    return request;
  }

  /** How the next socket to close is closed. */
  nextClose(): Promise<Closed> {
    return new Promise((resolve) => this.#closings.push(resolve));
  }

  async close(): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request, server: Server<undefined>): Promise<Response | undefined> {
    const { pathname, search } = new URL(request.url);
    const key = (request.headers.get("authorization") ?? "").replace("Bearer ", "");
    const { method, headers } = request;
    const isForm = headers.get("content-type")?.startsWith("multipart/form-data") === true;
    const form = isForm ? ((await request.formData()) as FormData) : undefined;
    const path = pathname.replace("/v1", "");
    this.requests.push({ method, path, search, headers: new Headers(headers), key, form });
    if (path === "/realtime") return this.#realtime(request, server, search);
    if (method === "POST" && form === undefined) return this.#make(path, key, await request.text());
    if (method === "POST" && form !== undefined) return this.#takeForm(path, key, form);
    return this.#show(path, key);
  }

  #realtime(request: Request, server: Server<undefined>, search: string): Response | undefined {
    if (new URLSearchParams(search).get("model")?.endsWith("refused") === true)
      return Response.json({ error: { message: "Model not found.", type: "invalid_request_error" } }, { status: 404 });
    const offered = request.headers.get("sec-websocket-protocol")?.split(/, */) ?? [];
    const chosen = offered.includes("realtime") ? { "sec-websocket-protocol": "realtime" } : {};
    return server.upgrade(request, { headers: chosen, data: undefined })
      ? undefined
      : new Response("no", { status: 400 });
  }

  #takeForm(path: string, key: string, form: FormData): Response {
    const model = form.get("model");
    if (path === "/audio/transcriptions" && typeof model === "string")
      return Response.json({ text: `${model} heard it` });
    if (path === "/images/edits") return Response.json({ created: 1, data: [{ b64_json: "aGk=" }] });
    const file = form.get("file");
    const id = `file-${this.#server.port}-${this.#owners.size + 1}`;
    this.#owners.set(id, key);
    const bytes = file instanceof Blob ? file.size : 0;
    return Response.json({ id, object: "file", bytes, created_at: 1, filename: "f", purpose: form.get("purpose") });
  }

  #make(path: string, key: string, text: string): Response {
    const { input_file_id: input } = JSON.parse(text) as { input_file_id?: string };
    if (path !== "/batches" || input === undefined || this.#owners.get(input) !== key) return missing(input ?? path);
    const id = `batch_${this.#server.port}_${this.#owners.size + 1}`;
    const output = `file-of-${id}`;
    for (const made of [id, output]) this.#owners.set(made, key);
    return Response.json({ id, object: "batch", input_file_id: input, output_file_id: output, status: "completed" });
  }

  #show(path: string, key: string): Response {
    const [, , id = "", part] = path.split("/");
    if (this.#owners.get(id) !== key) return missing(id);
    return part === "content"
      ? new Response(`content of ${id}`)
      : Response.json({ id, object: "file", status: "completed" });
  }
}

function missing(id: string): Response {
  return Response.json({ error: { message: `No such object: ${id}`, type: "invalid_request_error" } }, { status: 404 });
}

/** Answers an event, or does what it says: `close`, with a code and a reason. */
function react(socket: Socket, data: string | Buffer): void {
  if (typeof data !== "string") return void socket.send(data);
  const event = JSON.parse(data) as { type: string; code?: number; reason?: string };
  if (event.type === "close") socket.close(event.code, event.reason);
  else socket.send(JSON.stringify({ type: "response.done", of: event.type }));
}
