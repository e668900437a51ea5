import type { Redis } from "ioredis";
import type { Log } from "../core/log.ts";
import type { LogAppend, LogEntry, Store } from "../core/store.ts";
import { connectionOptions, RedisConnection } from "./redis-connection.ts";
import { RedisSubscriptions } from "./redis-subscriptions.ts";

/** What a Redis store may be given beside its URL. */
export interface RedisStoreOptions {
  /** Stands before every key and channel; `sluice:` when left out. */
  readonly prefix?: string;
  /** Milliseconds until a connection or a command counts as failed. */
  readonly timeout?: number;
  /** Told once when the server is lost, and once when it is back. */
  readonly log?: Log;
}

/** Adds to a counter and gives it its life with the first increment, in one step. */
const INCREMENT = `
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return value`;

/** Adds to a list and gives it its life anew, in one step. */
const APPEND = `
redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])`;

/**
 * Adds to a log, gives it its life anew and wakes those who wait, in one step. The ids are the server's, but for a new log's first one,
 * from which they count on.
 */
const LOG_APPEND = `
local ids = {}
if ARGV[7] == 'again' then
  for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1000)) do
    if entry[2][4] == ARGV[6] then table.insert(ids, 1, entry[1]) end
  end
  if #ids > 0 then return ids end
end
local id = redis.call('EXISTS', KEYS[1]) == 0 and ARGV[5] or '*'
for index = 8, #ARGV do
  local entry = {'v', ARGV[index]}
  if ARGV[6] ~= '' then entry = {'v', ARGV[index], 'b', ARGV[6]} end
  ids[#ids + 1] = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], id, unpack(entry))
  id = '*'
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if ARGV[3] ~= '' then redis.call('PUBLISH', ARGV[3], ARGV[4]) end
return ids`;

/** An entry's id; what is none makes the server complain. */
const LOG_ID = /^\d{1,19}-\d{1,19}$/;

/** How many values one step adds: Lua unpacks only so many. */
const BATCH = 1000;

/**
 * State shared by replicas in one Redis. Connects with the first use and comes back by itself after a loss; until then everything rejects
 * at once rather than queue. Throws an Error for a URL that is none; no error repeats the URL, which may hold a password.
 */
export function createRedisStore(
  url: string,
  { prefix = "sluice:", timeout = 2000, log }: RedisStoreOptions = {},
): Store {
  const options = connectionOptions(url, timeout);
  const commands = new RedisConnection(options, log);
  const messages = new RedisSubscriptions(new RedisConnection(options), prefix);
  return {
    get: (key) => commands.run(async (redis) => (await redis.get(prefix + key)) ?? undefined),
    set: (key, value, ttl) =>
      commands.run(async (redis) => {
        await (ttl === undefined ? redis.set(prefix + key, value) : redis.set(prefix + key, value, "PX", life(ttl)));
      }),
    setIfAbsent: (key, value, ttl) =>
      commands.run(async (redis) => {
        const name = prefix + key;
        const done = await (ttl === undefined
          ? redis.set(name, value, "NX")
          : redis.set(name, value, "PX", life(ttl), "NX"));
        return done === "OK";
      }),
    delete: (key) => commands.run(async (redis) => void (await redis.del(prefix + key))),
    touch: (key, ttl) => commands.run(async (redis) => (await redis.pexpire(prefix + key, life(ttl))) === 1),
    increment: (key, by, ttl) =>
      commands.run(async (redis) => Number(await redis.eval(INCREMENT, 1, prefix + key, by, life(ttl)))),
    append: (key, values, ttl) =>
      commands.run(async (redis) => {
        for (let at = 0; at < values.length; at += BATCH)
          await redis.eval(APPEND, 1, prefix + key, life(ttl), ...values.slice(at, at + BATCH));
      }),
    list: (key) => commands.run((redis) => redis.lrange(prefix + key, 0, -1)),
    remove: (key, value) => commands.run(async (redis) => void (await redis.lrem(prefix + key, 0, value))),
    logAppend: (key, values, options) => commands.run((redis) => logAppend(redis, prefix, key, values, options)),
    logRead: (key, after, limit) => commands.run((redis) => logRead(redis, prefix + key, after, limit)),
    publish: (channel, message) => commands.run(async (redis) => void (await redis.publish(prefix + channel, message))),
    subscribe: (channel, receive, regained) => messages.add(channel, receive, regained),
    async close() {
      commands.close();
      messages.close();
    },
  };
}

/** A ttl as the server takes it: whole milliseconds, not 0. */
function life(ttl: number): number {
  return Math.max(1, Math.ceil(ttl));
}

async function logAppend(
  redis: Redis,
  prefix: string,
  key: string,
  values: readonly string[],
  { maxLength, ttl, wake, batch }: LogAppend,
): Promise<readonly string[]> {
  if (values.length === 0) return [];
  const channel = wake === undefined ? "" : prefix + wake.channel;
  const named = [batch?.id ?? "", batch?.again === true ? "again" : ""];
  const options = [maxLength, life(ttl), channel, wake?.message ?? "", firstId(), ...named];
  const ids: unknown = await redis.eval(LOG_APPEND, 1, prefix + key, ...options, ...values);
  return Array.isArray(ids) ? ids.map(String) : [];
}

/** Time and chance: no log that was here before, and perhaps a moment ago, has had it. */
function firstId(): string {
  return `${Date.now()}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
}

/** Read from the cursor itself on: that it is there tells that nothing after it has gone. */
async function logRead(
  redis: Redis,
  name: string,
  after: string | undefined,
  limit: number,
): Promise<readonly LogEntry[] | undefined> {
  if (after !== undefined && !LOG_ID.test(after)) return undefined;
  const count = after === undefined ? limit : limit + 1;
  const read = await redis.xrange(name, after ?? "-", "+", "COUNT", count);
  const entries = read.map(([id, fields]): LogEntry => ({ id, value: fields[1] ?? "" }));
  if (after === undefined) return entries;
  return entries.shift()?.id === after ? entries : undefined;
}
