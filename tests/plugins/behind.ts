import type { Header, HeaderView } from "#src/core/header-list.ts";
import { type Bytes, type Call, type Filter, type Hooks, LocalReply, type Plugin } from "#src/core/plugin.ts";
import type { PluginHost } from "#src/core/plugin-host.ts";
import { type FakeCall, fakeCall, type FakeCallOptions } from "#tests/support/fake-call.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";

/** A request with a body. */
export interface Asked extends FakeCallOptions {
  readonly body?: string | Uint8Array;
}

/** What an upstream answers; what is left out: 200 and `ok`. */
export interface Upstream {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>> | readonly Header[];
  readonly body?: string;
}

/** What became of a request. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The plugin's own answer, if it has answered itself. */
  readonly reply: LocalReply | undefined;
  /** What the upstream got; undefined when it was not asked. */
  readonly sent: { readonly url: string; readonly headers: readonly Header[]; readonly body: string } | undefined;
  /** Its body. */
  readonly sentBytes: Bytes;
  readonly call: FakeCall;
}

/** A plugin with one configuration in front of an upstream. Rejects when the configuration cannot be used. */
export async function behind<Options>(
  plugin: Plugin<Options>,
  config: unknown,
  host: PluginHost = fakePluginHost(),
): Promise<(asked?: Asked, upstream?: Upstream) => Promise<Answered>> {
  const parsed = plugin.options.safeParse(config);
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
  }
  const filter = await plugin.configure(parsed.data, host);
  return (asked = {}, upstream = {}) => exchange(filter, asked, upstream);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NOTHING: Bytes = new Uint8Array();

/** The hooks in the order in which the gateway calls them, for one plugin alone. */
async function exchange(filter: Filter, asked: Asked, upstream: Upstream): Promise<Answered> {
  const call = fakeCall({ hasBody: (asked.body ?? "").length > 0, ...asked });
  const hooks: Hooks = "open" in filter ? filter.open(call) : filter;
  const first = await hooks.requestHeaders?.(call);
  if (first instanceof LocalReply) return own(call, first, undefined);
  let body = bytesOf(asked.body ?? "");
  if (first !== "pass-body" && body.byteLength > 0) {
    const second = await hooks.requestBody?.(call, body);
    if (second instanceof LocalReply) return own(call, second, undefined);
    body = second ?? body;
  }
  const { host, path, search } = call.request;
  const sent = { url: `http://${host}${path}${search}`, headers: lines(call), body: decoder.decode(body) };
  return { ...(await back(hooks, call, upstream, sent)), sentBytes: body };
}

async function back(hooks: Hooks, call: FakeCall, upstream: Upstream, sent: Answered["sent"]): Promise<Answered> {
  call.answer(upstream.status ?? 200, upstream.headers);
  const third = await hooks.responseHeaders?.(call);
  if (third instanceof LocalReply) return own(call, third, sent);
  let body = bytesOf(upstream.body ?? "ok");
  if (third !== "pass-body") {
    const fourth = await hooks.responseBody?.(call, body);
    if (fourth instanceof LocalReply) return own(call, fourth, sent);
    body = fourth ?? body;
  }
  hooks.done?.(call);
  const { status = 0, headers } = call.response ?? {};
  const told = { status, headers: record(headers), body: decoder.decode(body) };
  return { ...told, reply: undefined, sent, sentBytes: NOTHING, call };
}

function own(call: FakeCall, reply: LocalReply, sent: Answered["sent"]): Answered {
  const body = typeof reply.body === "string" ? reply.body : decoder.decode(reply.body);
  const { status, headers } = reply;
  return { status, headers: Object.fromEntries(headers), body, reply, sent, sentBytes: NOTHING, call };
}

function lines({ request }: Call): Header[] {
  const list: Header[] = [];
  request.headers.forEach((value, name) => list.push([name, value]));
  return list;
}

function record(headers: HeaderView | undefined): Record<string, string> {
  const all: Record<string, string> = {};
  headers?.forEach((_, name) => (all[name] = headers.get(name) ?? ""));
  return all;
}

function bytesOf(body: string | Uint8Array): Bytes {
  return typeof body === "string" ? encoder.encode(body) : new Uint8Array(body);
}
