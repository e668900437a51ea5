import { readdirSync } from "node:fs";
import { join } from "node:path";
import { freePort, openFolder, run, unprivileged } from "./unprivileged.ts";
import { until } from "./until.ts";

/** A database server of the test's own, with a user `sluice` and a database `shop`. */
export interface DatabaseServer {
  readonly port: number;
  /** Its socket, or the folder of it. */
  readonly socket: string;
  stop(): Promise<void>;
}

/** A password that would be noticed wherever it shows. */
export const PASSWORD = "s3cret/w0rd@x";

const PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/** The folder of PostgreSQL's programs; undefined when it is not installed. */
export const postgresFolder: string | undefined = foldersOf("/usr/lib/postgresql")
  .map((version) => join("/usr/lib/postgresql", version, "bin"))
  .find((folder) => Bun.file(join(folder, "initdb")).size > 0);

/** The MariaDB server's program; undefined when it is not installed. */
export const mariadbProgram: string | undefined = Bun.which("mariadbd", { PATH }) ?? undefined;

function foldersOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Starts PostgreSQL on a free port. */
export async function startPostgres(): Promise<DatabaseServer> {
  const bin = postgresFolder ?? "";
  const folder = openFolder("postgres");
  const [data, passwords] = [join(folder.path, "data"), join(folder.path, "password")];
  await Bun.write(passwords, PASSWORD);
  const env = { PATH, LC_ALL: "C.UTF-8" };
  await run(
    unprivileged([
      join(bin, "initdb"),
      `--pgdata=${data}`,
      "--username=sluice",
      `--pwfile=${passwords}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--no-sync",
    ]),
    env,
  );
  const port = await freePort();
  const settings = [
    `unix_socket_directories=${folder.path}`,
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "shared_buffers=16MB",
  ];
  const command = [join(bin, "postgres"), "-D", data, "-p", String(port), ...settings.flatMap((one) => ["-c", one])];
  // With SIGINT it lets its clients go; killed, it would leave shared memory behind.
  const server = spawn(unprivileged(command), env, "SIGINT");
  const psql = ["psql", "-h", "127.0.0.1", "-p", String(port), "-U", "sluice", "-v", "ON_ERROR_STOP=1"];
  const withPassword = { ...env, PGPASSWORD: PASSWORD };
  await until("PostgreSQL answers", () => succeeds(() => run([...psql, "postgres", "-c", "SELECT 1"], withPassword)));
  await run([...psql, "postgres", "-c", "CREATE DATABASE shop"], withPassword);
  return { port, socket: folder.path, stop: () => server.stop(() => folder.remove()) };
}

/** Starts MariaDB on a free port. */
export async function startMariadb(): Promise<DatabaseServer> {
  const folder = openFolder("mariadb");
  const [data, socket] = [join(folder.path, "data"), join(folder.path, "socket")];
  const env = { PATH, HOME: folder.path };
  const shared = ["--no-defaults", `--datadir=${data}`];
  await run(
    unprivileged(["mariadb-install-db", ...shared, "--skip-test-db", "--auth-root-authentication-method=normal"]),
    env,
  );
  const port = await freePort();
  const network = [`--port=${port}`, "--bind-address=127.0.0.1", `--socket=${socket}`];
  const quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M", "--skip-name-resolve"];
  const place = [`--pid-file=${join(folder.path, "pid")}`, `--tmpdir=${folder.path}`];
  const server = spawn(unprivileged([mariadbProgram ?? "", ...shared, ...network, ...quick, ...place]), env, "SIGKILL");
  const client = ["mariadb", "--no-defaults", `--socket=${socket}`, "-u", "root"];
  await until("MariaDB answers", () => succeeds(() => run(client, env, "SELECT 1")));
  await run(
    client,
    env,
    `CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE USER sluice@'%' IDENTIFIED BY '${PASSWORD}'; GRANT ALL ON shop.* TO sluice@'%';`,
  );
  return { port, socket, stop: () => server.stop(() => folder.remove()) };
}

/** A server that is killed when the tests end, however they do. */
function spawn(command: readonly string[], env: Readonly<Record<string, string>>, signal: NodeJS.Signals) {
  const child = Bun.spawn([...command], {
    cwd: "/",
    env: { ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const kill = (): void => child.kill("SIGKILL");
  process.once("exit", kill);
  return {
    async stop(then: () => void): Promise<void> {
      process.removeListener("exit", kill);
      child.kill(signal);
      await child.exited;
      then();
    },
  };
}

async function succeeds(work: () => Promise<void>): Promise<boolean> {
  return work().then(
    () => true,
    () => false,
  );
}
