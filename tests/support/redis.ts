import { connect, createServer } from "node:net";

/** A redis-server of the test's own; with `await using` it ends with the test, failed or not. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  stop(): Promise<void>;
}

/** Why no redis-server can be started here; undefined when one can. */
export const redisMissing: string | undefined =
  Bun.which("redis-server") === null
    ? "redis-server is not installed, so the tests that need one are skipped"
    : undefined;

/** How a redis-server is started. */
export interface RedisServerOptions {
  readonly password?: string;
  /** Left out: a free one. */
  readonly port?: number;
  /** A folder for its append-only file; left out: nothing is kept. */
  readonly keepIn?: string;
}

/** Starts a redis-server; resolves when it answers. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  const kept = options.keepIn === undefined ? ["--appendonly", "no"] : ["--appendonly", "yes", "--dir", options.keepIn];
  const command = ["redis-server", "--port", String(port), "--bind", "127.0.0.1", "--save", "", ...kept];
  if (options.password !== undefined) command.push("--requirepass", options.password);
  const child = Bun.spawn(command, { stdout: "ignore", stderr: "ignore", cwd: "/" });
  await answering(port, child);
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child.exited;
  };
  return { port, stop, [Symbol.asyncDispose]: stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Resolves when the port takes a connection; rejects when the server has ended before. */
async function answering(port: number, child: { readonly exitCode: number | null }): Promise<void> {
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
