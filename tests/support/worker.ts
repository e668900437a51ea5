import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Miniflare } from "miniflare";
import { buildWorker } from "#src/command/edge/build-worker.ts";
import type { EdgePlugin } from "#src/command/edge/edge-plugins.ts";

/** A worker that runs. */
export interface RunningWorker {
  readonly origin: string;
  stop(): Promise<void>;
}

/** What a worker is run with. */
export interface WorkerOptions {
  readonly bindings?: Record<string, string>;
  readonly plugins?: readonly EdgePlugin[];
  /** Gets what it writes to its console. */
  readonly listen?: (stdout: Readable) => void;
}

/** Builds the worker to a folder of its own and runs it in workerd. */
export async function startWorker({ bindings = {}, plugins = [], listen }: WorkerOptions = {}): Promise<RunningWorker> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-edge-"));
  await buildWorker(plugins, folder);
  const modules = (await readdir(folder)).filter((name) => name.endsWith(".wasm"));
  const text = await Bun.file(join(folder, "worker.js")).text();
  const compiled = modules.map(async (path) => ({
    type: "CompiledWasm" as const,
    path,
    contents: await Bun.file(join(folder, path)).bytes(),
  }));
  const worker = new Miniflare({
    modules: [{ type: "ESModule", path: "worker.js", contents: text }, ...(await Promise.all(compiled))],
    host: "127.0.0.1",
    port: 0,
    compatibilityDate: "2026-04-01",
    compatibilityFlags: ["enable_request_signal"],
    bindings,
    handleRuntimeStdio(stdout: Readable, stderr: Readable) {
      if (listen === undefined) stdout.resume();
      else listen(stdout);
      stderr.resume();
    },
  });
  const { origin } = await worker.ready;
  return {
    origin,
    async stop() {
      await worker.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
