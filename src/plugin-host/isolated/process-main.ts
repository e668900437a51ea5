/**
 * Runs a plugin in a process of its own: `process-main.ts`, started by {@link PluginProcess}. Reads frames from its input and from the descriptor for
 * answers, writes frames to its output's descriptor, and ends with its input.
 */
import type { Buffer } from "node:buffer";
import process from "node:process";
import { FrameDecoder } from "./frames.ts";
import type { ToProcess } from "./messages.ts";
import { PluginRunner } from "./plugin-runner.ts";
import { writeFrame } from "./standing-still.ts";

const runner = new PluginRunner(async (url) => {
  const module: unknown = await import(url);
  return typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
});
const decoder = new FrameDecoder();

process.stdin.on("data", (bytes: Buffer) => {
  for (const { json, blobs } of decoder.push(new Uint8Array(bytes)))
    runner.receive(json as unknown as ToProcess, blobs);
});
process.stdin.on("end", () => process.exit(0));
// A rejection that nobody waits for is the plugin's fault, and no reason to end what else it does.
process.on("unhandledRejection", (error) => {
  writeFrame({
    json: {
      kind: "ask",
      sync: false,
      config: runner.anyConfig,
      edits: [],
      method: "log",
      args: ["error", `A promise failed that nobody waits for: ${String(error)}`, null],
    },
    blobs: [],
  });
});
