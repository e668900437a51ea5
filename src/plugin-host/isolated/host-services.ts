import { isObject, type Json } from "../../core/json.ts";
import type { Callout, MetricKind, PluginLogLevel, RedisServer } from "../../core/plugin-host.ts";
import type { LogFields } from "../../core/log.ts";
import type { Question, Service, ServiceWorld } from "./service.ts";
import { storeServices } from "./store-services.ts";
import { readHeaders } from "./verdicts.ts";
import { readParts, type Sent, sendReply } from "./wire-values.ts";

/** In the gateway: answers a process. Rejects, or throws, with what the plugin is told. */
export async function answerQuestion(world: ServiceWorld, { method, args, blobs }: Question): Promise<Sent> {
  const service = Object.hasOwn(SERVICES, method) ? SERVICES[method] : undefined;
  if (service === undefined) throw new Error(`The host has no ${method} for a plugin in a process of its own.`);
  const said = await service(world, args, blobs);
  return isSent(said) ? said : { value: said, blobs: [] };
}

function isSent(said: Json | Sent): said is Sent {
  return typeof said === "object" && said !== null && "blobs" in said;
}

const SERVICES: Readonly<Record<string, Service>> = {
  property: ({ call }, [path]) => call?.property(text(path)) ?? null,
  log({ host }, [level, message, fields]) {
    host.log(oneOf(LEVELS, level), text(message), isObject(fields ?? null) ? (fields as LogFields) : undefined);
    return null;
  },
  secret: ({ host }, [name]) => host.secret(text(name)) ?? null,
  "shared.get"({ host }, [key]) {
    const found = host.shared.get(text(key));
    return found === undefined ? null : { value: { cas: found.cas }, blobs: [found.value] };
  },
  "shared.set": ({ host }, [key, cas], [value]) => host.shared.set(text(key), value, number(cas)),
  "shared.keys": ({ host }) => [...host.shared.keys()],
  "metric.open"({ host }, [kind, name]) {
    host.metric(oneOf(KINDS, kind), text(name));
    return null;
  },
  "metric.add"({ host }, [kind, name, by]) {
    host.metric(oneOf(KINDS, kind), text(name)).add(number(by));
    return null;
  },
  "metric.record"({ host }, [kind, name, value]) {
    host.metric(oneOf(KINDS, kind), text(name)).record(number(value));
    return null;
  },
  "metric.value": ({ host }, [kind, name]) => host.metric(oneOf(KINDS, kind), text(name)).value,
  "redis.open"({ host }, [server]) {
    host.redis(redisServer(server));
    return null;
  },
  "redis.command": async ({ host }, [server, parts], blobs) =>
    sendReply(await host.redis(redisServer(server)).command(readParts(parts, blobs))),
  async callout({ host, signal }, [request], [body]) {
    const { status, headers, body: answered } = await host.callout(callout(request, body), signal);
    return { value: { status, headers: headers.map(([name, value]) => [name, value]) }, blobs: [answered] };
  },
  ...storeServices({ text, number }),
};

const LEVELS: readonly PluginLogLevel[] = ["trace", "debug", "info", "warn", "error", "critical"];
const KINDS: readonly MetricKind[] = ["counter", "gauge", "histogram"];

function text(value: Json | undefined): string {
  if (typeof value !== "string") throw new TypeError("A text is wanted.");
  return value;
}

function number(value: Json | undefined): number {
  if (typeof value !== "number") throw new TypeError("A number is wanted.");
  return value;
}

function oneOf<T extends string>(known: readonly T[], value: Json | undefined): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new TypeError(`One of ${known.join(", ")} is wanted.`);
  return found;
}

function redisServer(value: Json | undefined): RedisServer {
  const { host, port, username, password, database, timeout } = fieldsOf(value);
  return {
    host: text(host),
    ...(port === undefined ? {} : { port: number(port) }),
    ...(username === undefined ? {} : { username: text(username) }),
    ...(password === undefined ? {} : { password: text(password) }),
    ...(database === undefined ? {} : { database: number(database) }),
    ...(timeout === undefined ? {} : { timeout: number(timeout) }),
  };
}

function callout(value: Json | undefined, body: Uint8Array<ArrayBuffer> | undefined): Callout {
  const { upstream, authority, method, path, headers, timeout } = fieldsOf(value);
  return {
    upstream: text(upstream),
    ...(authority === undefined ? {} : { authority: text(authority) }),
    method: text(method),
    path: text(path),
    headers: readHeaders(headers),
    timeout: number(timeout),
    ...(body === undefined ? {} : { body }),
  };
}

function fieldsOf(value: Json | undefined): Readonly<Record<string, Json | undefined>> {
  if (!isObject(value ?? null)) throw new TypeError("An object is wanted.");
  return value as Readonly<Record<string, Json | undefined>>;
}
