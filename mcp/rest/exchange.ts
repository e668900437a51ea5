import { collectFrom } from "#src/core/collect-bytes.ts";
import type { HeaderView } from "#src/core/header-list.ts";
import { HeaderList } from "#src/core/header-list.ts";
import { followed, isRedirect } from "#src/core/network/redirect.ts";
import type { AnswerBody } from "#src/core/answer-body.ts";
import type { Transport, UpstreamAnswer } from "#src/core/upstream.ts";
import type { CallCancellation } from "./cancellation.ts";
import type { PlannedRequest } from "./request.ts";

/** What an API answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: HeaderView;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** More than a model can read, or a client would take. */
const MOST_BYTES: number = 16 * 1024 * 1024;

/** The API answered more than is kept. */
export class AnswerTooLarge extends Error {
  constructor() {
    super(`The API answered more than ${MOST_BYTES / 1024 / 1024} MiB. Ask for less at a time.`);
    this.name = "AnswerTooLarge";
  }
}

/** Milliseconds until a connection must stand. */
const CONNECT_LIMIT = 10_000;
const MOST_REDIRECTS = 5;

/** Sends a request, follows redirects where that is safe, and reads the answer whole. */
export async function exchange(
  transport: Transport,
  first: PlannedRequest,
  cancellation: CallCancellation,
): Promise<ApiAnswer> {
  let request = first;
  for (let redirects = 0; ; redirects++) {
    const answer = await transport.send({ ...request, connectLimit: CONNECT_LIMIT }, cancellation);
    const next = redirects < MOST_REDIRECTS ? redirected(request, answer) : undefined;
    if (next === undefined)
      return { status: answer.status, headers: answer.headers, body: await whole(answer.body, cancellation) };
    answer.body.cancel();
    request = next;
  }
}

/**
 * The request that a redirect asks for: reading ones only, since the gateway does not send twice what changes something. To another origin go
 * no credentials. Undefined where it is not followed.
 */
function redirected(request: PlannedRequest, { status, headers }: UpstreamAnswer): PlannedRequest | undefined {
  const location = headers.get("location");
  if (location === null || !isRedirect(status) || !/^(?:GET|HEAD)$/.test(request.method) || request.body !== undefined)
    return undefined;
  try {
    const [url, init] = followed(
      request.url,
      { method: request.method, headers: request.headers.toHeaders() },
      status,
      location,
    );
    const kept = new HeaderList();
    new Headers(init.headers).forEach((value, name) => kept.append(name, value));
    return { method: request.method, url, headers: kept, body: undefined };
  } catch {
    return undefined;
  }
}

async function whole(body: AnswerBody, cancellation: CallCancellation): Promise<Uint8Array<ArrayBuffer>> {
  const all = await collectFrom(body, { limit: MOST_BYTES, over: () => new AnswerTooLarge() });
  if (cancellation.fault !== undefined) throw cancellation.fault;
  return all;
}
