import { readdirSync, readFileSync } from "node:fs";
import type { Subprocess } from "bun";

/** A process under measurement. */
export interface Running {
  readonly url: string;
  /** Milliseconds from the command to its line that says where it listens. */
  readonly startup: number;
  /** CPU time of all threads of the process and its children so far, in microseconds. */
  cpu(): number;
  /** Resident memory of the process and its children, in bytes. */
  memory(): number;
  stop(): Promise<void>;
}

const WAIT = 30_000;

/** Starts a command and waits for `listening on URL` on its output; `url` replaces that where a program does not say it. */
export async function run(
  command: readonly string[],
  env: Record<string, string> = {},
  url?: string,
): Promise<Running> {
  const begin = performance.now();
  const child = Bun.spawn([...command], {
    stdin: "ignore",
    stdout: url === undefined ? "pipe" : "ignore",
    stderr: url === undefined ? "pipe" : "ignore",
    env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: "60000", ...env },
  });
  const giveUp = setTimeout(() => child.kill(), WAIT);
  const found = url === undefined ? await announced(child) : await answering(url);
  clearTimeout(giveUp);
  return {
    url: found,
    startup: performance.now() - begin,
    cpu: () => family(child.pid).reduce((sum, pid) => sum + cpuOf(pid), 0),
    memory: () => family(child.pid).reduce((sum, pid) => sum + memoryOf(pid), 0),
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** The address in the first `listening on`, from either output; both are read on to the end so that the process never blocks. */
function announced(child: Subprocess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let said = "";
  let found = false;
  const follow = async (stream: unknown): Promise<void> => {
    if (!(stream instanceof ReadableStream)) return;
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of stream as ReadableStream<Uint8Array>) {
      // What comes behind is read and thrown away: an access log of a whole run is large.
      if (found) continue;
      const part = decoder.decode(bytes, { stream: true });
      text += part;
      said += part;
      const match = /listening on (http:\/\/\S+)/.exec(text);
      if (match === null) continue;
      found = true;
      resolve((match[1] ?? "").replace(/[,;]$/, ""));
    }
  };
  void Promise.all([follow(child.stdout), follow(child.stderr)]).then(() => {
    reject(new Error(`It ended before it listened: ${said.slice(-500)}`));
  });
  return promise;
}

async function answering(url: string): Promise<string> {
  const end = performance.now() + WAIT;
  while (performance.now() < end) {
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) return url;
    await Bun.sleep(20);
  }
  throw new Error(`Nothing answers at ${url}.`);
}

function family(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
    return [pid, ...(children === "" ? [] : children.split(" ").flatMap((child) => family(Number(child))))];
  } catch {
    return [];
  }
}

function cpuOf(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]);
    } catch {
      // The thread ended between the listing and the reading.
    }
  }
  return nanoseconds / 1000;
}

function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) * 1024;
}
