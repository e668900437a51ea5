import type { CallBudget } from "../proxy-wasm/call-budget.ts";
import type { Call } from "../../core/plugin.ts";
import {
  CalloutError,
  type MetricKind,
  type PluginHost,
  type PluginLogLevel,
  RedisError,
  type RedisReply,
} from "../../core/plugin-host.ts";
import type { Header } from "../../core/header-list.ts";
import type { Tagged } from "./variant-types.ts";

/** What a guest's imports do, by interface and function; values as {@link ValueType} has them. */
export type HostCalls = Readonly<Record<string, Readonly<Record<string, (...args: never[]) => unknown>>>>;

/** The request that a guest is asked about right now. */
export interface Current {
  readonly call: Call | undefined;
}

/** What is wrong with a guest that asks for a request where there is none. */
function requestOf({ call }: Current): Call {
  if (call === undefined) throw new Error("The guest asked for a request outside of one.");
  return call;
}

/** Makes the imports of one instance. */
export function hostCalls(current: Current, host: PluginHost, budget: CallBudget): HostCalls {
  const calls: HostCalls = {
    request: requestCalls(current),
    response: responseCalls(current),
    host: ownCalls(host, budget),
    callout: calloutCalls(current, host),
    store: storeCalls(host),
  };
  return Object.fromEntries(
    Object.entries(calls).map(([name, functions]) => [
      name,
      Object.fromEntries(Object.entries(functions).map(([own, call]) => [own, counted(call, budget)])),
    ]),
  );
}

function counted<A extends readonly unknown[], R>(call: (...args: A) => R, budget: CallBudget): (...args: A) => R {
  return (...args) => {
    budget.hostCall();
    return call(...args);
  };
}

function requestCalls(current: Current): HostCalls[string] {
  const request = (): Call["request"] => requestOf(current).request;
  return {
    "get-method": () => request().method,
    "set-method": (method: string) => void (request().method = method),
    "get-host": () => request().host,
    "set-host": (host: string) => void (request().host = host),
    "get-path": () => request().path + request().search,
    "set-path": (path: string) => {
      const query = path.indexOf("?");
      request().path = query < 0 ? path : path.slice(0, query);
      request().search = query < 0 ? "" : path.slice(query);
    },
    "get-header": (name: string) => request().headers.get(name) ?? undefined,
    "get-headers": () => linesOf(request().headers),
    "set-header": (name: string, value: string) => request().headers.set(name, value),
    "add-header": (name: string, value: string) => request().headers.append(name, value),
    "remove-header": (name: string) => request().headers.delete(name),
    "get-property": (path: string) => requestOf(current).property(path),
    "set-property": (path: string, value: string | undefined) => requestOf(current).setProperty(path, value),
    "set-consumer": (name: string) => void (requestOf(current).consumer = name),
    reroute: () => requestOf(current).reroute(),
    "override-upstream": (address: string) => requestOf(current).overrideUpstream(address),
  };
}

function responseCalls(current: Current): HostCalls[string] {
  const headers = (): Call["request"]["headers"] | undefined => requestOf(current).response?.headers;
  return {
    "get-status": () => requestOf(current).response?.status ?? 0,
    "set-status": (status: number) => {
      const { response } = requestOf(current);
      if (response !== undefined) response.status = status;
    },
    "get-header": (name: string) => headers()?.get(name) ?? undefined,
    "get-headers": () => linesOf(headers()),
    "set-header": (name: string, value: string) => headers()?.set(name, value),
    "add-header": (name: string, value: string) => headers()?.append(name, value),
    "remove-header": (name: string) => headers()?.delete(name),
  };
}

function linesOf(headers: Call["request"]["headers"] | undefined): Header[] {
  const lines: Header[] = [];
  headers?.forEach((value, name) => lines.push([name, value]));
  return lines;
}

function ownCalls(host: PluginHost, budget: CallBudget): HostCalls[string] {
  return {
    log: (level: PluginLogLevel, message: string) => {
      if (budget.logLine()) host.log(level, message);
    },
    "now-ms": () => BigInt(host.clock.now()),
    random: () => host.random(),
    secret: (name: string) => host.secret(name),
    "get-shared": (key: string) => host.shared.get(key),
    "set-shared": (key: string, value: Uint8Array | undefined, cas: number): Tagged => {
      try {
        return host.shared.set(key, value, cas) ? { tag: "ok" } : { tag: "err", val: "mismatch" };
      } catch {
        return { tag: "err", val: "too-large" };
      }
    },
    "add-metric": (kind: MetricKind, name: string, by: number) => {
      const metric = host.metric(kind, name);
      if (kind === "histogram") metric.record(by);
      else metric.add(by);
    },
    "set-metric": (name: string, value: number) => host.metric("gauge", name).record(value),
  };
}

interface CallRecord {
  readonly upstream: string;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
  readonly timeoutMs: number;
}

interface RedisRecord {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: number;
  readonly timeoutMs: number;
}

function calloutCalls(current: Current, host: PluginHost): HostCalls[string] {
  return {
    async http({ timeoutMs, ...request }: CallRecord): Promise<Tagged> {
      try {
        return { tag: "ok", val: await host.callout({ ...request, timeout: timeoutMs }, current.call?.signal) };
      } catch (error) {
        if (error instanceof CalloutError) return { tag: "err", val: error.failure.replace("_", "-") };
        throw error;
      }
    },
    async redis({ timeoutMs, ...server }: RedisRecord, command: readonly Uint8Array[]): Promise<Tagged> {
      try {
        const reply = await host.redis({ ...server, timeout: timeoutMs }).command(command);
        return { tag: "ok", val: new TextEncoder().encode(JSON.stringify(plain(reply))) };
      } catch (error) {
        return { tag: "err", val: error instanceof Error ? error.message : "no answer" };
      }
    },
  };
}

function plain(reply: RedisReply): unknown {
  if (reply instanceof Uint8Array) return new TextDecoder().decode(reply);
  if (reply instanceof RedisError) return { error: reply.message };
  return Array.isArray(reply) ? reply.map(plain) : reply;
}

function storeCalls({ store }: PluginHost): HostCalls[string] {
  return {
    get: (key: string) => stored(store.get(key)),
    set: (key: string, value: string, ttl: number) => stored(store.set(key, value, ttl === 0 ? undefined : ttl)),
    "set-if-absent": (key: string, value: string, ttl: number) =>
      stored(store.setIfAbsent(key, value, ttl === 0 ? undefined : ttl)),
    delete: (key: string) => stored(store.delete(key)),
    increment: (key: string, by: bigint, ttl: number) => stored(store.increment(key, Number(by), ttl).then(BigInt)),
  };
}

function stored(answer: Promise<unknown>): Promise<Tagged> {
  return answer.then(
    (val) => ({ tag: "ok", val }),
    () => ({ tag: "err", val: "unavailable" }),
  );
}
