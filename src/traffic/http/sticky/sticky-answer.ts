import { Fault } from "#src/core/fault.ts";
import type { Endpoint } from "../endpoint.ts";
import { AnswerField } from "./answer-field.ts";
import type { BodyRewrite } from "./body-rewrite.ts";
import { EndpointEvent } from "./endpoint-event.ts";
import { cookieSpan, respelled } from "./key-span.ts";
import type { Sticky, StickySession } from "./sticky.ts";

/** What is to be done to an answer, so that the client gets sealed keys. */
export interface StickyAnswer {
  changeHeaders(headers: Headers): void;
  readonly body: BodyRewrite | undefined;
}

/** An endpoint's answer to a request. */
export interface EndpointAnswer {
  readonly endpoint: Endpoint;
  readonly response: Response;
  readonly session: StickySession | undefined;
  /** Its body comes encoded: nothing can be found in it. */
  readonly encoded: boolean;
  /** The path that clients know for one of the endpoint's. */
  readonly wayBack: (path: string) => string;
}

/** Finds the session keys in an answer's headers, and where they would be in its body. */
export async function stickyAnswer(sticky: Sticky, answer: EndpointAnswer): Promise<StickyAnswer> {
  const { endpoint, response, session } = answer;
  const seal = (key: string): Promise<string> => sticky.seal(key, endpoint, session);
  const body = bodyRewrite(sticky, answer, seal);
  if (body !== undefined && answer.encoded) {
    const message = "The service compressed an answer that tells a session key, although it was asked not to.";
    throw new Fault("upstream_garbage", message);
  }
  const { header, cookie } = sticky.options;
  const own = header === undefined ? null : response.headers.get(header);
  const sealed = own === null ? undefined : await seal(own);
  const cookies = cookie === undefined ? undefined : await sealedCookies(response.headers, cookie, seal);
  return {
    body,
    changeHeaders(headers) {
      if (header !== undefined && sealed !== undefined) headers.set(header, sealed);
      if (cookies !== undefined) {
        headers.delete("set-cookie");
        for (const one of cookies) headers.append("set-cookie", one);
      }
      if (body !== undefined) headers.delete("content-length");
    },
  };
}

/** Undefined when none of them is the key's. */
async function sealedCookies(
  headers: Headers,
  name: string,
  seal: (key: string) => Promise<string>,
): Promise<readonly string[] | undefined> {
  const cookies = headers.getSetCookie();
  let found = false;
  for (const [index, cookie] of cookies.entries()) {
    const [pair = ""] = cookie.split(";", 1);
    const span = cookieSpan(pair, name);
    // An empty one takes the cookie away.
    if (span === undefined || span.from === span.to) continue;
    found = true;
    cookies[index] = respelled(cookie, span, await seal(cookie.slice(span.from, span.to)));
  }
  return found ? cookies : undefined;
}

function bodyRewrite(
  { options }: Sticky,
  { response, session, wayBack }: EndpointAnswer,
  seal: (key: string) => Promise<string>,
): BodyRewrite | undefined {
  const { query, body } = options;
  if (!response.ok || response.body === null) return undefined;
  const [type = ""] = (response.headers.get("content-type") ?? "").toLowerCase().split(";", 1);
  if (type.trim() === "text/event-stream")
    return query === undefined ? undefined : new EndpointEvent({ name: query, key: seal, path: wayBack });
  // Only the first answer of a session tells its key.
  if (body === undefined || session !== undefined || !/^application\/(?:[\w.+-]+\+)?json$/.test(type.trim()))
    return undefined;
  return new AnswerField(body, seal);
}
