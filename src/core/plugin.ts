import type { ZodType } from "zod";
import type { ChatEvent, ChatRequest, FinishReason } from "./chat.ts";
import type { AccessRecord, Connection } from "./exchange.ts";
import type { Header, HeaderSink } from "./header-list.ts";
import type { PluginHost } from "./plugin-host.ts";
import type { HostLease, UpstreamHost } from "./route.ts";

/**
 * What a plugin is, whatever it is written in. The order, the names and the defaults are those of Higress' WasmPlugin
 * (https://higress.io/en/docs/latest/user/wasm-go): phases in the order of {@link PHASES}, within one the higher priority first; answers
 * go through the same plugins the other way round.
 */

/** In the order in which they run. */
export const PHASES = ["AUTHN", "AUTHZ", "STATS", "UNSPECIFIED_PHASE"] as const;

/** When a plugin runs; `UNSPECIFIED_PHASE` is last, right before the upstream is asked. */
export type PluginPhase = (typeof PHASES)[number];

/** Every {@link FailStrategy}. */
export const FAIL_STRATEGIES = ["FAIL_OPEN", "FAIL_CLOSE"] as const;

/** What holds for a request whose plugin failed: it goes on without the plugin, or it is refused with 503. */
export type FailStrategy = (typeof FAIL_STRATEGIES)[number];

/** A kind of plugin: its place, its options, and how they become hooks. */
export interface Plugin<Options = unknown, Rule = Options> {
  readonly name: string;
  /** What it is for, in a sentence; heads its page in docs/plugins. */
  readonly summary: string;
  readonly phase: PluginPhase;
  readonly priority: number;
  readonly failStrategy: FailStrategy;
  /** Its configuration, with descriptions for its page. */
  readonly options: ZodType<Options>;
  /** How a rule's configuration stands over the global one; left out: it stands alone, in the shape of `options`. */
  readonly rules?: RuleOptions<Options, Rule>;
  /** Called once for each configuration. Throws an Error that says which option cannot be used. */
  configure(options: Options, host: PluginHost): Filter | Promise<Filter>;
}

/** What the plugin understands where a rule matches. */
export interface RuleOptions<Options, Rule> {
  readonly schema: ZodType<Rule>;
  /** `global` is undefined when there are only rules. Throws an Error that says what does not go together. */
  merge(global: Options | undefined, rule: Rule): Options;
}

/** Declares a plugin: its options' type is found from its schema. */
export function definePlugin<Options, Rule = Options>(plugin: Plugin<Options, Rule>): Plugin<Options, Rule> {
  return plugin;
}

/** One configuration of a plugin at work: hooks that are the same for all requests, or hooks made for each. */
export type Filter = (Hooks | PerRequest) & {
  /** Called when no request can reach it any more. */
  close?(): void;
};

/** Hooks that share a state for the time of one request. */
export interface PerRequest {
  /** Those that `open` may return; others are not called. */
  readonly hooks: readonly HookName[];
  open(call: Call): Hooks;
}

/**
 * What a plugin does on a request's way. A body is read, and an answer decoded, only for plugins that have a hook for it; all others leave
 * a stream untouched. A hook that throws, or rejects, has failed: `failStrategy` decides, and no further hook of it is called for this
 * request. A promise is waited for, at most as long as the plugin's `timeout`.
 */
export interface Hooks {
  requestHeaders?(call: Call): Verdict | Promise<Verdict>;
  /** The whole body, in the client's protocol; not called for a request without one. Returned bytes take its place. */
  requestBody?(call: Call, body: Bytes): BodyVerdict | Promise<BodyVerdict>;
  /**
   * On AI routes, requests to chat APIs: the request as every client protocol says it, after all plugins' `requestBody`. A returned one
   * takes its place.
   */
  chatRequest?(call: Call, chat: ChatRequest): ChatVerdict | Promise<ChatVerdict>;
  responseHeaders?(call: Call): AnswerVerdict | Promise<AnswerVerdict>;
  /**
   * The whole body, in the client's protocol; the answer, its headers too, waits for it. With both this and `responseChunk` only this one is
   * called, unless `responseHeaders` has said `stream-body`.
   */
  responseBody?(call: Call, body: Bytes): BodyVerdict | Promise<BodyVerdict>;
  /** A piece of the body as it comes, cut anywhere; nothing returned: unchanged; no bytes: held back. `last` comes once, perhaps empty. */
  responseChunk?(call: Call, chunk: Uint8Array, last: boolean): ChunkVerdict | Promise<ChunkVerdict>;
  /**
   * On AI routes, answers of chat APIs, whole ones too: each step before it is put into the client's protocol. Nothing returned: unchanged;
   * an empty list: held back. What is held back has to be given before the block's, or the choice's, end. A filter with both this and
   * `responseChunk` gets `responseChunk` only for other answers.
   */
  chatEvent?(call: Call, event: ChatEvent): EventVerdict | Promise<EventVerdict>;
  /** The request is over, whatever became of it. */
  done?(call: Call): void;
}

/** The names of the hooks. */
export type HookName = keyof Hooks;

/** Bytes of a body. */
export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * How it goes on after headers. Nothing: as it would; `pass-body`: this plugin wants none of this message's body (nor its chunks and
 * events); a reply: nobody else is asked. After the answer's headers a reply takes the answer's place.
 */
export type Verdict = void | "pass-body" | LocalReply;
/** The same after the answer's headers. `stream-body`: this time the body is wanted piece by piece, not whole. */
export type AnswerVerdict = Verdict | "stream-body";
/** How it goes on after a body. */
export type BodyVerdict = void | Bytes | LocalReply;
/** How it goes on after a decoded request. */
export type ChatVerdict = void | ChatRequest | LocalReply;
/** How it goes on after a piece of an answer. */
export type ChunkVerdict = void | Uint8Array;
/** How it goes on after a step of an answer. */
export type EventVerdict = void | readonly ChatEvent[];

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const HEADER_BREAK = /[\0\r\n]/;

/** A plugin's own answer. Making one throws an Error if no answer can be so. */
export class LocalReply {
  /** A plugin that was bundled has a copy of this class, whose replies are as good. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && "brand" in value && value.brand === "sluice.LocalReply";
  }

  readonly brand = "sluice.LocalReply" as const;
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Uint8Array | string;
  /** Told in the client's protocol on AI and MCP routes, as plain text elsewhere. */
  readonly refusal: boolean;
  /** A word for the access log: `key-auth.no_key`. */
  readonly reason: string | undefined;
  /** Told as a model's words, which ended so. */
  readonly finish: FinishReason["unified"] | undefined;

  private constructor(
    status: number,
    body: Uint8Array | string,
    { headers = [], refusal, reason, finish }: ReplyDetails & ReplyKind,
  ) {
    // Here it is the plugin that fails; later it would be the gateway.
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`A reply cannot have the status ${status}: it has to be from 200 to 599.`);
    }
    for (const [name, value] of headers) {
      if (!HEADER_NAME.test(name) || HEADER_BREAK.test(value))
        throw new TypeError("A reply has a header that cannot be one.");
    }
    this.status = status;
    this.body = body;
    this.headers = headers;
    this.refusal = refusal;
    this.reason = reason;
    this.finish = finish;
  }

  /** An answer as it is. */
  static respond(status: number, body: Uint8Array | string, details: ReplyDetails = {}): LocalReply {
    return new LocalReply(status, body, { ...details, refusal: false });
  }

  /** Why the request may not go on, as an error of the protocol that the client speaks. `message` is shown to it. */
  static refuse(status: number, message: string, details: ReplyDetails = {}): LocalReply {
    return new LocalReply(status, message, { ...details, refusal: true });
  }

  /**
   * An answer in a model's place: `text` as what it says, in the client's protocol, streamed where the client wants a stream. It ends for
   * the reason `finish`. Where no chat was asked for it is an error on AI routes, and plain text elsewhere.
   */
  static chat(text: string, finish: FinishReason["unified"] = "stop", details: ReplyDetails = {}): LocalReply {
    return new LocalReply(200, text, { ...details, refusal: false, finish });
  }
}

interface ReplyKind {
  readonly refusal: boolean;
  readonly finish?: FinishReason["unified"];
}

/** What a reply has beside status and body. */
export interface ReplyDetails {
  readonly headers?: readonly Header[];
  readonly reason?: string;
}

/** One request, as its plugins see it. */
export interface Call {
  /** The request's id, as in logs and in `x-request-id`. */
  readonly id: string;
  readonly request: CallRequest;
  /** There from `responseHeaders` on. */
  readonly response: CallResponse | undefined;
  /** Changes with {@link Call.reroute}. */
  readonly route: CallRoute;
  readonly connection: Pick<Connection, "remoteAddress" | "secure">;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** Who asks: found by the configuration's consumers or by a plugin. Setting it names the consumer for limits, logs and metrics. */
  consumer: string | undefined;
  /** What is known of the request so far: model, provider, usage, attempts. */
  readonly record: Readonly<AccessRecord>;
  /**
   * A fact about the request by Envoy's attribute names, with dots: `request.path`, `source.address`, `route_name`, `consumer`, `model`,
   * `usage.input_tokens`, `trace_id`; or what a plugin set. Docs: docs/plugins.md.
   */
  property(path: string): string | undefined;
  /** Kept for this request's other plugins. What begins with `log.` is in the access log. */
  setProperty(path: string, value: string | undefined): void;
  /** Before the upstream is asked: method, host, path or headers have changed, and the route is to be looked up again; later plugins are those of the new route. */
  reroute(): void;
  /** Of the service's endpoints, this one (`host:port`) is to be asked. */
  overrideUpstream(address: string): void;
  /** The endpoints of the route's services; none on AI routes. Left out where nobody knows them. */
  upstreamHosts?(): readonly UpstreamHost[];
  /**
   * For plugins that ask in the upstream's place: the endpoint that the route would ask now, by weights, load balancing and health; none of
   * those in `tried` (`host:port`). Undefined when there is no other. Left out where nobody knows them.
   */
  leaseUpstream?(tried: ReadonlySet<string>): HostLease | undefined;
}

/** Where the request goes. */
export interface CallRoute {
  /** Empty while no route has been found: then only plugins that may lead to one are asked. */
  readonly name: string;
  /** It speaks the AI protocols. */
  readonly ai: boolean;
  readonly mcp: boolean;
  /** Its services, or the providers of an AI route. */
  readonly services: readonly string[];
}

/** Headers that can be changed. Names are in lower case. */
export interface CallHeaders extends HeaderSink {
  append(name: string, value: string): void;
}

/** The request; what is set here is what the upstream gets. */
export interface CallRequest {
  method: string;
  /** Without port, in lower case. */
  host: string;
  /** Percent-encoding untouched, without the query. */
  path: string;
  /** The query with its `?`, or empty. */
  search: string;
  readonly headers: CallHeaders;
  /** False: it has no body, and `requestBody` will not be called. Absent where that is not known. */
  readonly hasBody?: boolean;
}

/** The answer on its way back. */
export interface CallResponse {
  status: number;
  /** Whether a body comes with it; left out: nobody knows. */
  readonly hasBody?: boolean;
  readonly headers: CallHeaders;
}
