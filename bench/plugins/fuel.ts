/**
 * What fuel costs a guest that computes and asks its host for nothing, on Bun and on Deno: `bun bench/plugins/fuel.ts`. Both guests are in one process, their
 * rounds in turn and in random order, after a warm-up; the table has the medians, their ratio, and the ratio of the least. Needs clang with lld.
 */
import { join } from "node:path";
import { tmpdir } from "node:os";
import { rmSync, writeFileSync } from "node:fs";
import { denoBinary } from "#tests/runtime/deno-binary.ts";
import { buildC } from "#tests/support/wasm/clang.ts";

interface Seen {
  readonly work: string;
  readonly plain: readonly number[];
  readonly metered: readonly number[];
}

const ROOT = join(import.meta.dir, "../..");
const file = join(tmpdir(), `sluice-fuel-${process.pid}.wasm`);
const script = join(import.meta.dir, "fuel-rounds.ts");
const commands = {
  Bun: [process.execPath, script, file],
  Deno: [denoBinary(), "run", "--quiet", "--allow-read", `--config=${ROOT}/deno.json`, script, file],
};

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const least = (values: readonly number[]): number => Math.min(...values);

writeFileSync(file, await buildC(await Bun.file(join(import.meta.dir, "compute.c")).text()));
try {
  console.log("runtime  work      plain us  fuel us   ratio  least");
  for (const [runtime, command] of Object.entries(commands)) {
    const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
    const seen = (await new Response(child.stdout).json()) as readonly Seen[];
    const ratios: number[] = [];
    for (const { work, plain, metered } of seen) {
      const ratio = median(metered) / median(plain);
      ratios.push(ratio);
      const columns = [
        runtime.padEnd(7),
        work.padEnd(8),
        ...[median(plain), median(metered)].map((value) => value.toFixed(1).padStart(8)),
      ];
      console.log(
        `${columns.join("  ")}  ${ratio.toFixed(2).padStart(5)}  ${(least(metered) / least(plain)).toFixed(2).padStart(5)}`,
      );
    }
    const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
    console.log(`${runtime.padEnd(7)}  all, geometric mean of the ratios: ${mean.toFixed(2)}`);
  }
} finally {
  rmSync(file);
}
