import { type NamedType, record, tuple } from "./record-types.ts";
import { bool, bytes, f64, list, s64, string, u16, u32, u64, type ValueType } from "./value-types.ts";
import { enumeration, option, result, variant } from "./variant-types.ts";

/**
 * The world of a plugin that is a component, in the form that both sides of a call are made from. `plugin.wit` is written from it
 * (`bun run wit`), and a test says when that is stale. A change that a built plugin would notice needs another version.
 */
export const VERSION = "0.1.0";

/** The package. */
export const PACKAGE = "sluice:plugin";

/** A function of the world. */
export interface WorldFunction {
  /** Lines above it in `plugin.wit`. */
  readonly doc: string;
  readonly params: Readonly<Record<string, ValueType>>;
  readonly result?: ValueType;
  /** The guest is held while somebody outside is asked. */
  readonly waits?: true;
}

/** An interface of the world. */
export interface WorldInterface {
  readonly doc: string;
  readonly functions: Readonly<Record<string, WorldFunction>>;
}

const header: ValueType = tuple(string, string);
const headers: ValueType = list(header);

const logLevel: NamedType = enumeration("log-level", ["trace", "debug", "info", "warn", "error", "critical"]);

/** The names of hooks, as WIT has them, and as the contract has them (camel case). */
const HOOK_WORDS = [
  "request-headers",
  "request-body",
  "chat-request",
  "response-headers",
  "response-body",
  "response-chunk",
  "chat-event",
  "done",
] as const;

const hook: NamedType = enumeration("hook", HOOK_WORDS);
const metricKind: NamedType = enumeration("metric-kind", ["counter", "gauge", "histogram"]);

const replyKind: NamedType = enumeration("reply-kind", ["plain", "refusal", "chat"]);
const reply: NamedType = record("reply", {
  status: u16,
  headers,
  body: bytes,
  kind: replyKind,
  reason: option(string),
});
const verdict: NamedType = variant("verdict", { proceed: undefined, "pass-body": undefined, answer: reply });
const edit: NamedType = variant("edit", { keep: undefined, replace: bytes, answer: reply });
const piece: NamedType = variant("piece", { keep: undefined, replace: bytes });
const chatEdit: NamedType = variant("chat-edit", { keep: undefined, replace: string, answer: reply });
const eventEdit: NamedType = variant("event-edit", { keep: undefined, replace: string });
const setup: NamedType = record("setup", { hooks: list(hook), "tick-ms": u32 });
const call: NamedType = record("call", {
  upstream: string,
  method: string,
  path: string,
  headers,
  body: bytes,
  "timeout-ms": u32,
});
const answer: NamedType = record("answer", { status: u16, headers, body: bytes });
const callError: NamedType = enumeration("call-error", ["timeout", "unreachable", "denied", "too-large", "aborted"]);
const storeError: NamedType = enumeration("store-error", ["unavailable", "mismatch", "too-large"]);
const shared: NamedType = record("shared-value", { value: bytes, cas: u32 });
const redisServer: NamedType = record("redis-server", {
  host: string,
  port: u16,
  username: string,
  password: string,
  database: u32,
  "timeout-ms": u32,
});

/** The types with names, each after those it is made of. */
export const TYPES: readonly NamedType[] = [
  logLevel,
  hook,
  metricKind,
  replyKind,
  reply,
  verdict,
  edit,
  piece,
  chatEdit,
  eventEdit,
  setup,
  call,
  answer,
  callError,
  storeError,
  shared,
  redisServer,
];

const ctx = { ctx: u32 };

/** What a guest may ask its host. Names and values of headers are text; names in lower case. */
export const IMPORTS: Readonly<Record<string, WorldInterface>> = {
  request: {
    doc: "The request under way. What is set here is what the upstream gets.",
    functions: {
      "get-method": { doc: "", params: {}, result: string },
      "set-method": { doc: "", params: { method: string } },
      "get-host": { doc: "Without port, in lower case.", params: {}, result: string },
      "set-host": { doc: "", params: { host: string } },
      "get-path": { doc: "With the query.", params: {}, result: string },
      "set-path": { doc: "With the query.", params: { path: string } },
      "get-header": { doc: "Several lines of one name are joined.", params: { name: string }, result: option(string) },
      "get-headers": { doc: "", params: {}, result: headers },
      "set-header": { doc: "", params: { name: string, value: string } },
      "add-header": { doc: "", params: { name: string, value: string } },
      "remove-header": { doc: "", params: { name: string } },
      "get-property": {
        doc: "A fact by Envoy's attribute names, or what a plugin has set: docs/plugins.md.",
        params: { path: string },
        result: option(string),
      },
      "set-property": { doc: "None removes it.", params: { path: string, value: option(string) } },
      "set-consumer": { doc: "Names who asks, for limits, logs and metrics.", params: { name: string } },
      reroute: { doc: "The route is looked up again after this hook.", params: {} },
      "override-upstream": { doc: "Of the service's endpoints, this one (host:port).", params: { address: string } },
    },
  },
  response: {
    doc: "The answer on its way back; empty before there is one.",
    functions: {
      "get-status": { doc: "0 when there is none.", params: {}, result: u16 },
      "set-status": { doc: "", params: { status: u16 } },
      "get-header": { doc: "", params: { name: string }, result: option(string) },
      "get-headers": { doc: "", params: {}, result: headers },
      "set-header": { doc: "", params: { name: string, value: string } },
      "add-header": { doc: "", params: { name: string, value: string } },
      "remove-header": { doc: "", params: { name: string } },
    },
  },
  host: {
    doc: "The gateway around the plugin.",
    functions: {
      log: { doc: "", params: { level: logLevel, message: string } },
      "now-ms": { doc: "Unix time in milliseconds.", params: {}, result: u64 },
      random: { doc: "From 0 to below 1.", params: {}, result: f64 },
      secret: { doc: "A secret of the plugin's entry.", params: { name: string }, result: option(string) },
      "get-shared": { doc: "Shared by this plugin's instances.", params: { key: string }, result: option(shared) },
      "set-shared": {
        doc: "With a cas that is not 0 and not the value's, nothing is set. None removes it.",
        params: { key: string, value: option(bytes), cas: u32 },
        result: result(undefined, storeError),
      },
      "add-metric": {
        doc: "Adds to a counter or a gauge, or notes a sample.",
        params: { kind: metricKind, name: string, by: f64 },
      },
      "set-metric": { doc: "Sets a gauge.", params: { name: string, value: f64 } },
    },
  },
  callout: {
    doc: "Asks others. The guest waits; other requests do not.",
    functions: {
      http: {
        doc: "A configured service by its name, or an origin that the entry allows.",
        params: { request: call },
        result: result(answer, callError),
        waits: true,
      },
      redis: {
        doc: "One command. The answer is JSON: texts, numbers, null and lists.",
        params: { server: redisServer, command: list(bytes) },
        result: result(bytes, string),
        waits: true,
      },
    },
  },
  store: {
    doc: "State that all replicas share.",
    functions: {
      get: { doc: "", params: { key: string }, result: result(option(string), storeError), waits: true },
      set: {
        doc: "A ttl of 0 ms: it stays.",
        params: { key: string, value: string, "ttl-ms": u32 },
        result: result(undefined, storeError),
        waits: true,
      },
      "set-if-absent": {
        doc: "False: there is a value already.",
        params: { key: string, value: string, "ttl-ms": u32 },
        result: result(bool, storeError),
        waits: true,
      },
      delete: { doc: "", params: { key: string }, result: result(undefined, storeError), waits: true },
      increment: {
        doc: "A counter that starts at 0 and lives so long from its first increment on; its new value.",
        params: { key: string, by: s64, "ttl-ms": u32 },
        result: result(s64, storeError),
        waits: true,
      },
    },
  },
};

/** What a guest is asked. `ctx` names the request; all of its hooks are asked of one instance. */
export const EXPORTS: Readonly<Record<string, WorldFunction>> = {
  configure: {
    doc: "Once for each instance, first: the configuration as JSON. Which hooks it has, and every how many milliseconds on-tick is wanted (0: never); or what is wrong.",
    params: { config: string },
    result: result(setup, string),
  },
  "on-request-headers": { doc: "", params: ctx, result: verdict },
  "on-request-body": { doc: "The whole body.", params: { ...ctx, body: bytes }, result: edit },
  "on-chat-request": {
    doc: "The chat in the gateway's own form, as JSON (docs/plugin-components.md).",
    params: { ...ctx, chat: string },
    result: chatEdit,
  },
  "on-response-headers": { doc: "", params: ctx, result: verdict },
  "on-response-body": { doc: "The whole body.", params: { ...ctx, body: bytes }, result: edit },
  "on-response-chunk": {
    doc: "A piece of the body as it comes, cut anywhere; the last one may be empty.",
    params: { ...ctx, chunk: bytes, last: bool },
    result: piece,
  },
  "on-chat-event": {
    doc: "A step of a chat's answer, as JSON; a replacement is a JSON list of steps.",
    params: { ...ctx, event: string },
    result: eventEdit,
  },
  "on-done": { doc: "The request is over.", params: ctx },
  "on-tick": { doc: "", params: {} },
};

/** The name under which a guest imports or exports an interface. */
export function interfaceName(name: string): string {
  return `${PACKAGE}/${name}@${VERSION}`;
}

/** The exported interface. */
export const GUEST = "guest";

/** Interfaces whose functions a guest has to wait for. */
export const WAITING: ReadonlySet<string> = new Set(
  Object.entries(IMPORTS)
    .filter(([, { functions }]) => Object.values(functions).some(({ waits }) => waits === true))
    .map(([name]) => name),
);
