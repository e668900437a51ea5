import type { IncomingMessage } from "node:http";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { Courier, Outcome } from "./deliver.ts";

/** One request as the fake provider got it, and what became of its answer. */
export interface ReceivedRequest {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly path: string;
  /** The first segment of a base URL such as `/deepseek`; `openai` when there is none. */
  readonly flavour: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The parsed body; empty when it is no JSON object. */
  readonly json: JsonObject;
  readonly model: string;
  readonly streamed: boolean;
  /** The credential, from whichever header the vendor reads it. */
  readonly key: string | undefined;
  /** Resolves when the client left before the whole answer was sent. */
  readonly aborted: Promise<void>;
  readonly outcome: Promise<Outcome>;
  /** The bytes of the answer's body sent so far. */
  sent(): Uint8Array;
}

/** Reads a request whole. */
export async function receive(message: IncomingMessage, courier: Courier): Promise<ReceivedRequest> {
  const body = await bodyOf(message);
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
  const url = message.url ?? "/";
  const [flavour, path] = split(url.split("?")[0] ?? "/");
  const json = parsed(body);
  return {
    method: message.method ?? "GET",
    url,
    path,
    flavour,
    headers,
    body,
    json,
    model: typeof json.model === "string" ? json.model : "",
    streamed: json.stream === true,
    key: headers["x-api-key"] ?? headers.authorization?.replace(/^Bearer /, ""),
    aborted: abortOf(courier),
    outcome: courier.outcome,
    sent: () => Buffer.concat(courier.sent),
  };
}

async function bodyOf(message: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of message) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

async function abortOf(courier: Courier): Promise<void> {
  if ((await courier.outcome) !== "aborted") await new Promise<never>(() => {});
}

/** `/deepseek/v1/models` is the flavour `deepseek` and the path `/v1/models`. */
function split(path: string): [flavour: string, path: string] {
  const match = /^\/([a-z]+)((?:\/(?:api|anthropic))?\/v1\/.*)$/.exec(path);
  return match?.[1] === undefined || match[2] === undefined
    ? ["openai", path]
    : [match[1], match[2].replace(/^\/(?:api|anthropic)/, "")];
}

function parsed(body: Uint8Array): JsonObject {
  try {
    const value = JSON.parse(new TextDecoder().decode(body)) as Json;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
