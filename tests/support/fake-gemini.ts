import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { geminiEmbeddings } from "./upstream/embeddings.ts";
import { geminiBody, geminiFrames } from "./upstream/gemini-answer.ts";
import type { AnswerScript, ErrorScript } from "./upstream/script.ts";
import { text } from "./upstream/script.ts";

/** A request as it came. */
export interface GeminiRequest {
  readonly model: string;
  readonly action: string;
  readonly json: JsonObject;
  readonly key: string | null;
}

type Script = AnswerScript | ErrorScript;

/** `GenerateContentParameters` as it stands on the wire: ai.google.dev/api/generate-content. */
const FIELDS: ReadonlySet<string> = new Set(
  "contents systemInstruction generationConfig tools toolConfig safetySettings cachedContent labels".split(" "),
);
const PARTS: ReadonlySet<string> = new Set(
  "text thought thoughtSignature inlineData fileData functionCall functionResponse executableCode codeExecutionResult".split(
    " ",
  ),
);

/** Google's Gemini API with an API key, as far as the tests need it; what it would refuse is noted in `refusals`. */
export class FakeGemini {
  readonly requests: GeminiRequest[] = [];
  readonly refusals: string[] = [];
  readonly #server: Bun.Server<undefined>;
  readonly #replies: Script[] = [];
  #standing: ((request: GeminiRequest) => Script) | undefined;

  constructor() {
    this.#server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => this.#answer(request) });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get last(): GeminiRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error("the fake got no request");
    return request;
  }

  /** Answers the next request. */
  reply(script: Script): void {
    this.#replies.push(script);
  }

  /** Answers every request that has no `reply` waiting. */
  serve(script: (request: GeminiRequest) => Script): void {
    this.#standing = script;
  }

  reset(): void {
    this.requests.length = 0;
    this.refusals.length = 0;
    this.#replies.length = 0;
    this.#standing = undefined;
  }

  async close(): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [, model = "", action = ""] = /^\/v1beta\/models\/([^/:]+):(\w+)$/.exec(pathname) ?? [];
    const json = (await request.json()) as JsonObject;
    const key = request.headers.get("x-goog-api-key");
    const got: GeminiRequest = { model: decodeURIComponent(model), action, json, key };
    this.requests.push(got);
    if (action === "batchEmbedContents" || action === "embedContent") return Response.json(geminiEmbeddings(json));
    const wrong = key === null ? "API key not valid." : invalid(json);
    if (wrong !== undefined) {
      this.refusals.push(wrong);
      return refused({ status: 400, message: wrong });
    }
    const script = this.#replies.shift() ?? this.#standing?.(got) ?? text("Hello from the fake Gemini.");
    if ("status" in script) return refused(script);
    if (action === "generateContent") return Response.json(geminiBody(script.answer, got.model));
    if (action !== "streamGenerateContent" || searchParams.get("alt") !== "sse") {
      return refused({ status: 404, message: `There is no ${pathname}.` });
    }
    const headers = { "content-type": "text/event-stream" };
    return new Response(geminiFrames(script.answer, got.model).join(""), { headers });
  }
}

/** Errors in the shape of google.rpc.Status. */
function refused({ status, message = `The fake answers ${status}.`, headers = {} }: ErrorScript): Response {
  const names: Readonly<Record<number, string>> = {
    400: "INVALID_ARGUMENT",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
  };
  return Response.json({ error: { code: status, message, status: names[status] ?? "INTERNAL" } }, { status, headers });
}

/** The first thing Google would refuse. */
function invalid(body: JsonObject): string | undefined {
  const field = Object.keys(body).find((name) => !FIELDS.has(name));
  if (field !== undefined) return `Invalid JSON payload received. Unknown name "${field}": Cannot find field.`;
  const { contents } = body;
  if (!Array.isArray(contents) || contents.length === 0) return "contents are required";
  for (const content of contents) {
    const wrong = wrongContent(content);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wrongContent(content: Json): string | undefined {
  if (!isObject(content)) return "a content must be an object";
  const { role = "user", parts } = content;
  if (role !== "user" && role !== "model") return "Please use a valid role: user, model.";
  if (!Array.isArray(parts) || parts.length === 0) return "contents.parts must not be empty.";
  for (const part of parts) {
    const unknown = isObject(part) ? Object.keys(part).find((name) => !PARTS.has(name)) : "part";
    if (unknown !== undefined) return `Unknown name "${unknown}" at 'contents.parts'.`;
  }
  return undefined;
}
