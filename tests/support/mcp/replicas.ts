import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { type RedisServer, startRedis } from "#tests/support/redis.ts";
import { type Everything, startEverything } from "./everything/start.ts";

/** Two gateways that are one: the same configuration and the same Redis. */
export class Replicas implements AsyncDisposable {
  readonly a: Gateway;
  readonly b: Gateway;
  readonly #fixture: Everything;
  readonly #folder: string;
  #redis: RedisServer;

  private constructor(a: Gateway, b: Gateway, fixture: Everything, folder: string, redis: RedisServer) {
    this.a = a;
    this.b = b;
    this.#fixture = fixture;
    this.#folder = folder;
    this.#redis = redis;
  }

  static async start(): Promise<Replicas> {
    const folder = mkdtempSync(join(tmpdir(), "sluice-redis-"));
    const redis = await startRedis({ keepIn: folder });
    const fixture = await startEverything("modern");
    const config = {
      admin: { port: 0 },
      store: `redis://127.0.0.1:${redis.port}/0`,
      mcpServers: [{ name: "all", path: "/mcp", url: fixture.url }],
    };
    const [a, b] = await Promise.all([startGateway({ config }), startGateway({ config })]);
    return new Replicas(a, b, fixture, folder, redis);
  }

  /** Where a replica serves the fixture server. */
  url(replica: "a" | "b"): string {
    return `${this[replica].origin}/mcp`;
  }

  /** Kills Redis and starts it again on what it had written. */
  async restartRedis(): Promise<void> {
    const { port } = this.#redis;
    await this.#redis.stop();
    this.#redis = await startRedis({ port, keepIn: this.#folder });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.a.stop(), this.b.stop(), this.#fixture.stop()]);
    await this.#redis.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
