import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Lines } from "./lines.ts";
import { until } from "./until.ts";
import { freePort } from "./unprivileged.ts";

/** Where `.ci/run` builds tests/fixtures/dubbo. */
const BUILT = join(import.meta.dir, "../../node_modules/.cache/dubbo-provider");

/** Why there is no provider here; undefined when there is one. */
export const noDubboProvider: string | undefined =
  existsSync(join(BUILT, "classes")) && Bun.which("java") !== null
    ? undefined
    : "the Dubbo provider is not built: .ci/run builds it with Java and Maven";

/** Packages whose classes Hessian looks into: those of exceptions and numbers. */
const OPEN = ["java.lang", "java.math"].flatMap((name) => ["--add-opens", `java.base/${name}=ALL-UNNAMED`]);

/** A provider of `sluice.test.OrderService`, version 1.2.0, group dev. */
export interface DubboProvider extends AsyncDisposable {
  /** `host:port` of the protocol dubbo. */
  readonly dubbo: string;
  /** `host:port` of Triple. */
  readonly triple: string;
  /** Resolves once its method `slow` has been called so often. */
  busy(times: number): Promise<void>;
  /** Ends it at once. */
  stop(): Promise<void>;
}

/** Starts the provider; resolves once it takes calls. */
export async function startDubboProvider(): Promise<DubboProvider> {
  const [dubbo, triple] = [await freePort(), await freePort()];
  const path = `${join(BUILT, "classes")}:${join(BUILT, "dependency", "*")}`;
  const command = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", ...OPEN, "-cp", path];
  const [program, ...args] = [...command, "sluice.test.Provider", String(dubbo), String(triple)];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  const said = new Lines(child.stdout);
  const calls = (): number => said.all.filter((line) => line === "slow").length;
  try {
    await until(
      "the provider is ready",
      () => {
        if (child.exitCode !== null) throw new Error(`the provider ended:\n${said.text}`);
        return said.all.includes("ready");
      },
      // It shares the machine with other tests.
      60_000,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    dubbo: `127.0.0.1:${dubbo}`,
    triple: `127.0.0.1:${triple}`,
    busy: (times) => until("the provider is busy", () => calls() >= times),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
