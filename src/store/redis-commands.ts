import type { RedisOptions } from "ioredis";
import { RedisError, type RedisReply, type RedisServer } from "../core/plugin-host.ts";
import { connectionOptions, RedisConnection } from "./redis-connection.ts";

/** Milliseconds for one command, where a plugin says nothing. */
const TIMEOUT = 1000;

/** A Redis of a plugin's own: any command, with its bytes as they are. Connects with the first command and comes back by itself. */
export class RedisCommands {
  readonly #connection: RedisConnection;

  constructor({ host, port = 6379, username, password, database = 0, timeout = TIMEOUT }: RedisServer) {
    const options: RedisOptions = {
      ...connectionOptions("redis://localhost", timeout),
      host,
      port,
      db: database,
      ...(username === undefined || username === "" ? {} : { username }),
      ...(password === undefined || password === "" ? {} : { password }),
    };
    this.#connection = new RedisConnection(options);
  }

  command(args: readonly (string | Uint8Array)[]): Promise<RedisReply> {
    const [name = "", ...rest] = args;
    const command = typeof name === "string" ? name : new TextDecoder().decode(name);
    return this.#connection.run(async (redis) => {
      const given = rest.map((arg) => (typeof arg === "string" ? arg : Buffer.from(arg)));
      return replyOf(await redis.callBuffer(command, given));
    });
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}

/** What the client gives, in the contract's form; text that is UTF-8 stays bytes, since only the plugin knows. */
function replyOf(given: unknown): RedisReply {
  if (given === null || given === undefined) return null;
  if (typeof given === "number" || typeof given === "string" || given instanceof Uint8Array) return given;
  if (typeof given === "bigint") return String(given);
  if (Array.isArray(given)) return given.map(replyOf);
  return new RedisError(given instanceof Error ? given.message : "an answer of an unknown kind");
}
