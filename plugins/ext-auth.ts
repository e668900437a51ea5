import { z } from "zod";
import { type Bytes, type Call, definePlugin, LocalReply, type Plugin } from "#src/core/plugin.ts";
import { type Callout, type CalloutAnswer, CalloutError, type PluginHost } from "#src/core/plugin-host.ts";
import type { Header } from "#src/core/header-list.ts";
import { anyText, duration, flag, integer, size, text } from "#src/core/settings/scalars.ts";
import { list, makes, table, word } from "#src/core/settings/shapes.ts";
import { compileMatchList, matchRule, type MatchRule } from "./auth/match-list.ts";
import { serviceAddress } from "./auth/service-address.ts";
import { compileMatchers, stringMatcher, type StringMatcher } from "./auth/string-matcher.ts";
import { statusCode } from "./refusal.ts";

interface Endpoint {
  readonly service_name: string;
  readonly service_port: number;
  readonly service_host?: string;
  readonly path_prefix?: string;
  readonly request_method: string;
  readonly path?: string;
}

interface AuthorizationRequest {
  readonly allowed_headers: readonly StringMatcher[];
  readonly headers_to_add: Readonly<Record<string, string>>;
  readonly with_request_body: boolean;
  readonly max_request_body_bytes: number;
}

interface AuthorizationResponse {
  readonly allowed_upstream_headers: readonly StringMatcher[];
  readonly allowed_client_headers: readonly StringMatcher[];
}

interface HttpService {
  readonly endpoint_mode: "envoy" | "forward_auth";
  readonly endpoint: Endpoint;
  readonly timeout: number;
  readonly authorization_request: AuthorizationRequest;
  readonly authorization_response: AuthorizationResponse;
}

interface Options {
  readonly http_service: HttpService;
  readonly match_type?: "whitelist" | "blacklist";
  readonly match_list: readonly MatchRule[];
  readonly failure_mode_allow: boolean;
  readonly failure_mode_allow_header_add: boolean;
  readonly status_on_error: number;
}

const matchers = list(stringMatcher, "Which, by name.").prefault([]);

const httpService = makes<HttpService>()(
  z.strictObject({
    endpoint_mode: word(
      ["envoy", "forward_auth"],
      "envoy: the request's own method and path; forward_auth: one path, with x-forwarded-* headers.",
    ).prefault("envoy"),
    endpoint: makes<Endpoint>()(
      z.strictObject({
        service_name: text("A configured service, or a host."),
        service_port: integer("Its port.", 1, 65_535).prefault(80),
        service_host: text("The Host it is asked by.").exactOptional(),
        path_prefix: anyText("What stands before the request's path, with envoy.").exactOptional(),
        request_method: text("The method, with forward_auth.").prefault("GET"),
        path: text("The path, with forward_auth.").exactOptional(),
      }),
    ),
    timeout: duration("How long is waited for the answer.", 1).prefault(1000),
    authorization_request: makes<AuthorizationRequest>()(
      z.strictObject({
        allowed_headers: matchers.describe("Headers of the request that are sent, beside Authorization."),
        headers_to_add: table(anyText("A value."), "Further headers that are sent.").prefault({}),
        with_request_body: flag("Whether the body is sent, but for GET, HEAD and OPTIONS.").prefault(false),
        max_request_body_bytes: size("The largest body that is sent; a larger one is refused with 413.").prefault(
          "10MiB",
        ),
      }),
    ).prefault({}),
    authorization_response: makes<AuthorizationResponse>()(
      z.strictObject({
        allowed_upstream_headers: matchers.describe("Headers of a good answer that the request goes on with."),
        allowed_client_headers: matchers.describe("Headers of a refusal that the client gets; none named: all."),
      }),
    ).prefault({}),
  }),
);

/** Never the client's, nor anybody's but the connection's. */
const NOT_TOLD = new Set(["connection", "content-length", "transfer-encoding", "keep-alive", "content-encoding"]);
/** Says that nobody has decided. */
const MARK = "x-envoy-auth-failure-mode-allowed";
const BODILESS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Asks an HTTP service whether a request may pass, as Envoy's ext_authz does or as a forward-auth proxy. */
export const extAuth: Plugin<Options> = definePlugin({
  name: "ext-auth",
  summary: "Asks an HTTP service of your own whether a request may pass.",
  phase: "AUTHN",
  priority: 360,
  failStrategy: "FAIL_CLOSE",
  options: makes<Options>()(
    z.strictObject({
      http_service: httpService.describe("Who is asked, and how."),
      match_type: word(
        ["whitelist", "blacklist"],
        "Whether those on match_list pass unasked, or only those are asked.",
      ).exactOptional(),
      match_list: list(matchRule, "Which requests.").prefault([]),
      failure_mode_allow: flag("Whether requests pass when nobody answers, or with 5xx.").prefault(false),
      failure_mode_allow_header_add: flag("Whether these are marked: x-envoy-auth-failure-mode-allowed.").prefault(
        false,
      ),
      status_on_error: statusCode("The status when nobody answers, or with 5xx.").prefault(403),
    }),
  ),
  async configure(given, host) {
    const { authorization_request: sent, authorization_response: back } = given.http_service;
    const onList = await compileMatchList(given.match_list);
    const asking = new Asking(given, host, {
      sent: await compileMatchers(sent.allowed_headers),
      upstream: await compileMatchers(back.allowed_upstream_headers),
      client:
        back.allowed_client_headers.length === 0 ? () => true : await compileMatchers(back.allowed_client_headers),
    });
    const isAsked = (call: Call): boolean => onList(call.request) === (given.match_type === "blacklist");
    const withBody = ({ request }: Call): boolean =>
      sent.with_request_body && !BODILESS.has(request.method) && request.hasBody === true;
    const limit = sent.max_request_body_bytes;
    return {
      requestHeaders(call) {
        if (!isAsked(call)) return "pass-body";
        if (!withBody(call)) return asking.ask(call, undefined).then((reply) => reply ?? "pass-body");
        const length = Number(call.request.headers.get("content-length") ?? 0);
        return length > limit ? tooLarge() : undefined;
      },
      ...(sent.with_request_body
        ? { requestBody: (call: Call, body: Bytes) => (body.length > limit ? tooLarge() : asking.ask(call, body)) }
        : {}),
    };
  },
});

function tooLarge(): LocalReply {
  return LocalReply.refuse(413, "The request body is too large.", { reason: "ext-auth.body_too_large" });
}

/** Throws an Error for what would mean something else than its author thinks. */
function checkWays({ http_service: service, match_type: type, match_list: rules }: Options): void {
  const { endpoint_mode: mode, endpoint, authorization_request: sent } = service;
  if (rules.length > 0 && type === undefined)
    throw new Error("match_type is missing: is match_list a whitelist or a blacklist?");
  const method = endpoint.request_method.toUpperCase();
  if (mode === "forward_auth" && sent.with_request_body && BODILESS.has(method)) {
    throw new Error(`with_request_body needs another request_method than ${method}, which has no body`);
  }
}

/** Which headers go where. */
interface Passing {
  readonly sent: (name: string) => boolean;
  readonly upstream: (name: string) => boolean;
  readonly client: (name: string) => boolean;
}

class Asking {
  readonly #options: Options;
  readonly #host: PluginHost;
  readonly #passing: Passing;

  constructor(options: Options, host: PluginHost, passing: Passing) {
    const { endpoint_mode: mode, endpoint } = options.http_service;
    const missing =
      mode === "envoy" ? endpoint.path_prefix === undefined && "path_prefix" : endpoint.path === undefined && "path";
    checkWays(options);
    if (missing !== false) throw new Error(`endpoint.${missing} is missing, which endpoint_mode ${mode} needs`);
    this.#options = options;
    this.#host = host;
    this.#passing = passing;
  }

  async ask(call: Call, body: Bytes | undefined): Promise<LocalReply | undefined> {
    const callout = this.#callout(call, body);
    call.request.headers.delete(MARK);
    let answer: CalloutAnswer | undefined;
    try {
      answer = await this.#host.callout(callout, call.signal);
    } catch (error) {
      if (!(error instanceof CalloutError)) throw error;
      this.#host.log("warn", "The authorization service does not answer.", { reason: error.message });
    }
    if (answer === undefined || answer.status >= 500) return this.#failed(call, answer);
    if (answer.status !== 200) return this.#refused(answer, answer.status);
    this.#passOn(call, answer);
    return undefined;
  }

  #callout(call: Call, body: Bytes | undefined): Callout {
    const { endpoint_mode: mode, endpoint, timeout, authorization_request: sent } = this.#options.http_service;
    const { request } = call;
    const target = request.path + request.search;
    const forwarded = mode === "forward_auth" ? forwardedHeaders(call, target) : [];
    const own = Object.entries(sent.headers_to_add).map(([name, value]): Header => [name.toLowerCase(), value]);
    const replaced = new Set([...forwarded, ...own].map(([name]) => name));
    const kept: Header[] = [];
    request.headers.forEach((value, name) => {
      const told = name === "authorization" || this.#passing.sent(name);
      if (told && !NOT_TOLD.has(name) && name !== "host" && !replaced.has(name)) kept.push([name, value]);
    });
    return {
      upstream: serviceAddress(endpoint.service_name, endpoint.service_port),
      authority: endpoint.service_host ?? endpoint.service_name,
      method: mode === "envoy" ? request.method : endpoint.request_method.toUpperCase(),
      path: mode === "envoy" ? (endpoint.path_prefix ?? "") + target : (endpoint.path ?? "/"),
      headers: [...kept, ...forwarded, ...own],
      ...(body === undefined ? {} : { body }),
      timeout,
    };
  }

  /** The service's headers, and never the client's own of these names: the upstream takes them for the service's word. */
  #passOn({ request: { headers } }: Call, answer: CalloutAnswer): void {
    const own: string[] = [];
    headers.forEach((_, name) => this.#passing.upstream(name) && own.push(name));
    for (const name of own) headers.delete(name);
    for (const [name, value] of answer.headers) if (this.#passing.upstream(name)) headers.set(name, value);
  }

  /** Nobody has decided. */
  #failed(call: Call, answer: CalloutAnswer | undefined): LocalReply | undefined {
    const { failure_mode_allow: allow, failure_mode_allow_header_add: mark, status_on_error: status } = this.#options;
    if (!allow) return this.#refused({ body: new Uint8Array(), headers: answer?.headers ?? [] }, status);
    if (mark) call.request.headers.set(MARK, "true");
    return undefined;
  }

  #refused({ headers, body }: Pick<CalloutAnswer, "headers" | "body">, status: number): LocalReply {
    const told = headers.filter(([name]) => !NOT_TOLD.has(name) && this.#passing.client(name));
    return LocalReply.refuse(status, new TextDecoder().decode(body), {
      headers: told,
      reason: "ext-auth.unauthorized",
    });
  }
}

function forwardedHeaders({ request, connection }: Call, target: string): Header[] {
  return [
    // For services that were written for the names Higress had first.
    ["x-original-method", request.method],
    ["x-original-uri", target],
    ["x-forwarded-proto", connection.secure ? "https" : "http"],
    ["x-forwarded-method", request.method],
    ["x-forwarded-host", request.headers.get("host") ?? request.host],
    ["x-forwarded-uri", target],
  ];
}
