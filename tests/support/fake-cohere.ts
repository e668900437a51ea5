import type { JsonObject } from "#src/core/json.ts";
import { cohereRanking, vectorOf } from "./upstream/embeddings.ts";

/** A request as it came. */
export interface CohereRequest {
  readonly path: string;
  readonly headers: Headers;
  readonly body: JsonObject;
}

/** What the fake answers to a chat: an answer, a stream of events, or an error. */
export type CohereReply =
  | { readonly json: JsonObject | undefined }
  | { readonly sse: string }
  /** The first version's stream: a JSON object a line. */
  | { readonly lines: readonly JsonObject[] }
  | { readonly status: number; readonly message: string; readonly headers?: Readonly<Record<string, string>> };

/**
 * Cohere's API as far as the tests need it. Format: docs.cohere.com/reference (chat, embed, rerank, errors; v1 and v2), and the types of
 * the npm package cohere-ai 8.1.
 */
export class FakeCohere {
  readonly requests: CohereRequest[] = [];
  readonly #replies: CohereReply[] = [];
  readonly #server: Bun.Server<undefined>;

  constructor() {
    this.#server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => this.#answer(request) });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get last(): CohereRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error("the fake got no request");
    return request;
  }

  /** Answers the next request. */
  reply(reply: CohereReply): void {
    this.#replies.push(reply);
  }

  async close(): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname: path } = new URL(request.url);
    const body = (await request.json()) as JsonObject;
    this.requests.push({ path, headers: request.headers, body });
    if (request.headers.get("authorization") !== "Bearer co-key") return refusal(401, "invalid api token");
    const reply = this.#replies.shift();
    if (reply !== undefined) return written(reply);
    if (path.endsWith("/embed")) return Response.json(embedded(path, body));
    if (path.endsWith("/rerank")) return Response.json(cohereRanking(body));
    return refusal(404, `no route for ${path}`);
  }
}

function written(reply: CohereReply): Response {
  if ("message" in reply) return refusal(reply.status, reply.message, reply.headers);
  if ("json" in reply) return Response.json(reply.json ?? {});
  if ("lines" in reply) {
    const text = reply.lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    return new Response(text, { headers: { "content-type": "application/stream+json" } });
  }
  return new Response(reply.sse, { headers: { "content-type": "text/event-stream" } });
}

function refusal(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ id: "co-error", message }, { status, headers });
}

/** The first version lists vectors as such when nobody asks for types of them. */
function embedded(path: string, { texts, embedding_types: types }: JsonObject): JsonObject {
  const vectors = (Array.isArray(texts) ? texts : []).map((text) => vectorOf(typeof text === "string" ? text : ""));
  const plain = path.startsWith("/v1/") && types === undefined;
  return {
    id: "co-embed",
    response_type: plain ? "embeddings_floats" : "embeddings_by_type",
    embeddings: plain ? vectors : { float: vectors },
    texts: texts ?? [],
    meta: { billed_units: { input_tokens: vectors.length } },
  };
}
