import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient, CreateMode, type Exception } from "node-zookeeper-client";
import { freePort } from "../unprivileged.ts";
import { until } from "../until.ts";

const JAR = "/usr/share/java/zookeeper.jar";

/** Why no ZooKeeper can be started here; undefined when one can. */
export const zookeeperMissing: string | undefined =
  Bun.which("java") === null || !(await Bun.file(JAR).exists())
    ? "zookeeper is not installed, so the tests that need one are skipped"
    : undefined;

/** A ZooKeeper of the test's own, and one who writes to it. */
export interface ZooKeeperServer extends AsyncDisposable {
  readonly port: number;
  /** Makes a node, and those above it. */
  create(path: string, data?: string): Promise<void>;
  /** Removes a node and those below it; fine where there is none. */
  remove(path: string): Promise<void>;
  children(path: string): Promise<readonly string[]>;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Starts it again at the same port with what it knew. */
  start(): Promise<void>;
}

/** Starts Debian's ZooKeeper on a free port; resolves when it answers. */
export async function startZooKeeper(): Promise<ZooKeeperServer> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-zookeeper-"));
  const port = await freePort();
  const settings = join(folder, "zoo.cfg");
  const lines = ["tickTime=1000", `dataDir=${join(folder, "data")}`, `clientPort=${port}`, "admin.enableServer=false"];
  await Bun.write(settings, [...lines, "clientPortAddress=127.0.0.1", "maxClientCnxns=0", ""].join("\n"));
  let child = launch(settings);
  const answers = (): Promise<void> => until("ZooKeeper answers", () => accepts(port), 60_000);
  await answers();
  const ask = <T>(run: (client: Client, done: Done<T>) => void): Promise<T | undefined> => asked(port, run);
  return {
    port,
    async create(path, data = "") {
      await ask<string>((client, done) => client.mkdirp(path, Buffer.from(data), CreateMode.PERSISTENT, done));
    },
    remove: (path) => remove(ask, path),
    children: (path) => children(ask, path),
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
    async start() {
      child = launch(settings);
      await answers();
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      await rm(folder, { recursive: true });
    },
  };
}

type Done<T> = (error: Error | Exception | null, value?: T) => void;
type Ask = <T>(run: (client: Client, done: Done<T>) => void) => Promise<T | undefined>;

async function children(ask: Ask, path: string): Promise<readonly string[]> {
  return (await ask<string[]>((client, done) => client.getChildren(path, done))) ?? [];
}

async function remove(ask: Ask, path: string): Promise<void> {
  for (const child of await children(ask, path)) await remove(ask, `${path}/${child}`);
  await ask<void>((client, done) => client.remove(path, done));
}

/** Runs one operation with a client of its own; undefined when there is no such node. */
async function asked<T>(port: number, run: (client: Client, done: Done<T>) => void): Promise<T | undefined> {
  const client = createClient(`127.0.0.1:${port}`, { sessionTimeout: 10_000, spinDelay: 50 });
  try {
    await new Promise<void>((resolve) => {
      client.once("connected", resolve);
      client.connect();
    });
    return await new Promise<T | undefined>((resolve, reject) => {
      run(client, (error, value) => {
        if (!(error instanceof Error)) resolve(value);
        else if ("name" in error && error.name === "NO_NODE") resolve(undefined);
        else reject(error);
      });
    });
  } finally {
    client.close();
  }
}

/** With what makes a Java program start fast. */
function launch(settings: string): Bun.Subprocess<"ignore", "ignore", "ignore"> {
  const command = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", "-cp", JAR];
  return Bun.spawn([...command, "org.apache.zookeeper.server.ZooKeeperServerMain", settings], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    // Four letters that it answers from the moment on it serves.
    socket.once("connect", () => socket.write("srvr"));
    socket.once("data", (answer) => {
      socket.destroy();
      resolve(String(answer).startsWith("Zookeeper version"));
    });
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  });
}
