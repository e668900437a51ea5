import type { AnswerBody } from "#src/core/answer-body.ts";
import { isObject, type Json } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { UpstreamAnswer } from "#src/core/upstream.ts";
import { bodyKind, readJson } from "./answer-reader.ts";
import { LinkLost } from "./message-link.ts";
import { readMessage } from "./rpc-message.ts";

/** The most that is read of an error's body. */
const MAX_ERROR = 256 * 1024;

/** The codes by which a server shows that it speaks 2026-07-28. */
const MODERN_CODES: ReadonlySet<number> = new Set([
  ERROR_CODES.headerMismatch,
  ERROR_CODES.missingCapability,
  ERROR_CODES.unsupportedVersion,
]);

/** An answer of another status than 200, with the error of JSON-RPC that was in it, if there was one. */
export class HttpRefusal extends McpError {
  readonly status: number;
  /** The server said more than the status. */
  readonly explained: boolean;

  constructor(status: number, error?: McpError) {
    super(error?.code ?? ERROR_CODES.internalError, error?.message ?? told(status), error?.data);
    this.name = "HttpRefusal";
    this.status = status;
    this.explained = error !== undefined;
  }

  /** It is about the request's form, and not about who asks or when. */
  get formal(): boolean {
    return FORMAL.has(this.status);
  }

  /** Such as a server gives that does not speak the revision it was asked in, or has no such endpoint. */
  get doubtful(): boolean {
    const known = MODERN_CODES.has(this.code) || (this.status === 404 && this.code === ERROR_CODES.methodNotFound);
    return this.formal && !known;
  }
}

const FORMAL: ReadonlySet<number> = new Set([200, 400, 404, 405, 406, 415, 422, 500, 501]);

/** What an answer of an error status says: the error of JSON-RPC in it, or else the status. */
export async function failureOf({ status, headers, body }: UpstreamAnswer): Promise<HttpRefusal> {
  // Whatever it says would be about the gateway's own credentials, and is none of the client's business.
  if (status === 401 || status === 403) return refused(status, body);
  if (bodyKind(headers) !== "json") return refused(status, body);
  const json = await readJson(body, MAX_ERROR).catch((error: unknown) => {
    if (error instanceof LinkLost) return null;
    throw error;
  });
  return new HttpRefusal(status, errorIn(json));
}

function errorIn(json: Json): McpError | undefined {
  if (!isObject(json)) return undefined;
  const read = readMessage(json);
  return read?.kind === "answer" && read.outcome instanceof McpError ? read.outcome : undefined;
}

function refused(status: number, body: AnswerBody): HttpRefusal {
  body.cancel();
  return new HttpRefusal(status);
}

function told(status: number): string {
  if (status === 401 || status === 403)
    return `The upstream server does not take the gateway's credentials (${status}).`;
  if (status === 429) return "The upstream server gets too many requests (429). Try again later.";
  return `The upstream server answered with status ${status}.`;
}
