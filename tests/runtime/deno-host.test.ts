import { join } from "node:path";
import { hostContract } from "#tests/contracts/host.ts";
import type { HostUnderTest } from "#tests/contracts/host.ts";
import { http2Contract } from "#tests/contracts/http2-host.ts";
import { tlsContract } from "#tests/contracts/tls-host.ts";
import { denoBinary } from "./deno-binary.ts";

interface Answer {
  readonly serial: number;
  readonly port?: number;
  readonly error?: string;
}

const ROOT = join(import.meta.dir, "../..");

/** Starts tests/runtime/deno/host.ts and gives it orders; `http2` for listeners without TLS as well. */
function startDeno(http2 = false): HostUnderTest {
  const child = Bun.spawn(
    [denoBinary(), "run", "--allow-net", "--allow-read=.", "--allow-env", "--no-prompt", "tests/runtime/deno/host.ts"],
    {
      cwd: ROOT,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  const waiting = new Map<number, (answer: Answer) => void>();
  void (async () => {
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (text + chunk).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const answer = JSON.parse(line) as Answer;
        waiting.get(answer.serial)?.(answer);
      }
    }
  })();
  let serial = 0;
  const order = (what: object): Promise<Answer> => {
    const promise = new Promise<Answer>((resolve) => waiting.set(++serial, resolve));
    void child.stdin.write(`${JSON.stringify({ serial, ...what })}\n`);
    void child.stdin.flush();
    return promise;
  };
  return {
    async listen(port, tls) {
      const answer = await order({ listen: { port, tls, http2 } });
      if (answer.port === undefined) throw new Error(answer.error);
      const opened = answer.port;
      return {
        port: opened,
        async show(shown) {
          const { error } = await order({ show: { port: opened, tls: shown } });
          if (error !== undefined) throw new Error(error);
        },
        stop: async (force) => void (await order({ stop: { port: opened, force } })),
      };
    },
    async close() {
      child.kill();
      await child.exited;
    },
  };
}

const start = (): Promise<HostUnderTest> => Promise.resolve(startDeno());
const startInClear = (): Promise<HostUnderTest> => Promise.resolve(startDeno(true));

hostContract("Deno", start);
hostContract("Deno with HTTP/2 in clear", startInClear);
hostContract("Deno with TLS", start, true);
tlsContract("Deno", start, { keyTypes: false, oldVersions: false, alpnChallenges: false });
http2Contract("Deno", start);
http2Contract("Deno in clear", startInClear, false);
