import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { type AwsEvent, awsMessage } from "./aws-stream.ts";

/** The key the fake knows: AWS' example key. */
export const AWS_KEY = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const REGION = "us-east-1";

/** A request as it came. */
export interface BedrockRequest {
  readonly path: string;
  readonly model: string;
  readonly action: string;
  readonly headers: Headers;
  readonly body: JsonObject;
}

/** What the fake answers: a whole answer, a stream, or an exception. */
export type BedrockReply =
  | { readonly json: JsonObject; readonly headers?: Readonly<Record<string, string>> }
  /** `cut`: it ends within a message. */
  | { readonly events: readonly AwsEvent[]; readonly cut?: boolean }
  | { readonly status: number; readonly exception: string; readonly message: string };

/**
 * Amazon Bedrock's runtime API as far as the tests need it: paths, signatures (made anew by AWS' own signer and compared), the rules
 * Converse refuses requests by, and event streams framed by AWS' own library. Format: AWS API Reference, Amazon Bedrock Runtime.
 */
export class FakeBedrock {
  readonly requests: BedrockRequest[] = [];
  readonly #server: Bun.Server<undefined>;
  readonly #replies: BedrockReply[] = [];

  constructor() {
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => this.#answer(request),
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get last(): BedrockRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error("the fake got no request");
    return request;
  }

  /** Answers the next request. */
  reply(reply: BedrockReply): void {
    this.#replies.push(reply);
  }

  async close(): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const text = await request.text();
    const [, model = "", action = ""] = /^\/model\/([^/]+)\/([\w-]+)$/.exec(pathname) ?? [];
    if (action === "") return refusal(404, "UnknownOperationException", `There is no ${pathname}.`);
    const denied = await denial(request, pathname, text);
    if (denied !== undefined) return refusal(403, "InvalidSignatureException", denied);
    const body = JSON.parse(text) as JsonObject;
    this.requests.push({ path: pathname, model: decodeURIComponent(model), action, headers: request.headers, body });
    const asked = action === "count-tokens" ? converseIn(body) : body;
    const wrong = action.startsWith("converse") || asked !== body ? invalid(asked) : undefined;
    if (wrong !== undefined) return refusal(400, "ValidationException", wrong);
    return written(this.#replies.shift());
  }
}

function written(reply: BedrockReply | undefined): Response {
  if (reply === undefined) return refusal(500, "InternalServerException", "The test told no answer.");
  if ("exception" in reply) return refusal(reply.status, reply.exception, reply.message);
  if ("json" in reply) return Response.json(reply.json, { headers: { "x-amzn-requestid": "aws-1", ...reply.headers } });
  const { events, cut = false } = reply;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const event of events) {
        const bytes = awsMessage(event);
        // In two pieces, so that no message comes in one.
        controller.enqueue(bytes.subarray(0, 7));
        controller.enqueue(bytes.subarray(7));
      }
      if (cut) controller.enqueue(awsMessage(["contentBlockDelta", {}]).subarray(0, 20));
      controller.close();
    },
  });
  return new Response(body, {
    headers: { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "aws-1" },
  });
}

function refusal(status: number, exception: string, message: string): Response {
  return Response.json(
    { message },
    { status, headers: { "x-amzn-errortype": `${exception}:http://internal.amazon.com/` } },
  );
}

/** AWS' own hash, as its signer wants to be given one. */
class Sha256 {
  readonly #hash: { update(data: string | Uint8Array): unknown; digest(): Uint8Array };

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    const secret = typeof key === "string" ? key : key === undefined ? "" : bytesOf(key);
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", secret);
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === "string" ? data : bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {}
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Why a request is not let in: a bearer key is taken as it is, a signature must be the one AWS' own signer makes. */
async function denial({ method, headers }: Request, path: string, body: string): Promise<string | undefined> {
  const authorization = headers.get("authorization") ?? "";
  if (authorization.startsWith("Bearer ABSK")) return undefined;
  const signed = /SignedHeaders=([^,]+),/.exec(authorization)?.[1]?.split(";");
  const date = headers.get("x-amz-date")?.replace(/(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\d)Z/, "$1-$2-$3:$4:$5Z");
  if (signed === undefined || date === undefined) return "The request is not signed.";
  const signer = new SignatureV4({
    credentials: AWS_KEY,
    region: REGION,
    service: "bedrock",
    sha256: Sha256,
    applyChecksum: false,
  });
  const { headers: made } = await signer.sign(
    {
      method,
      protocol: "http:",
      hostname: "127.0.0.1",
      path,
      headers: Object.fromEntries(signed.map((name) => [name, headers.get(name) ?? ""])),
      body,
    },
    { signingDate: new Date(date) },
  );
  return made["authorization"] === authorization ? undefined : "The signature does not match.";
}

/** The request whose tokens are counted. */
function converseIn({ input }: JsonObject): JsonObject {
  const converse = isObject(input) ? input["converse"] : undefined;
  return isObject(converse) ? converse : {};
}

/** What Converse refuses. */
function invalid({ messages, toolConfig }: JsonObject): string | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return "A conversation must have messages.";
  const turns = messages.filter(isObject);
  if (turns[0]?.["role"] !== "user") return "A conversation must start with a user message.";
  if (turns.some(({ role }, index) => role === turns[index - 1]?.["role"])) return "Roles must alternate.";
  const blocks = turns.flatMap(({ content }) => (Array.isArray(content) ? content.filter(isObject) : []));
  if (blocks.some(({ text }) => typeof text === "string" && text.trim() === "")) return "The text field is blank.";
  const tools = blocks.some(({ toolUse, toolResult }) => toolUse !== undefined || toolResult !== undefined);
  if (tools && toolConfig === undefined) return "The toolConfig field must be defined.";
  return undefined;
}
