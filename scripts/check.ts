/** Everything that must hold before a change lands, in one run: `bun run check`. Ends with `N passed, N failed, N skipped`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

const root = new URL("..", import.meta.url).pathname;
const tool = (name: string): string => join(root, "node_modules", ".bin", name);

const STEPS: readonly Step[] = [
  { name: "format", command: [tool("oxfmt"), "--check"] },
  { name: "lint", command: [tool("oxlint"), "--type-aware", "--deny-warnings"] },
  { name: "types (tsc)", command: [tool("tsc"), "--noEmit", "--project", root] },
  { name: "types (deno)", command: [tool("deno"), "check", "src/deno.ts"] },
  { name: "dead code", command: [tool("knip")] },
];

/** Counts of a test run, as its JUnit report tells them. */
interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

async function run(command: readonly string[]): Promise<number> {
  const child = Bun.spawn([...command], { cwd: root, stdin: "ignore", stdout: "inherit", stderr: "inherit" });
  return child.exited;
}

async function check({ name, command }: Step): Promise<boolean> {
  const code = await run(command);
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name}`);
  return code === 0;
}

async function test(): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-check-"));
  try {
    const report = join(folder, "junit.xml");
    const code = await run([
      process.execPath,
      "test",
      // For machines that are busy: what takes long is told, not failed.
      "--timeout=30000",
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      ...process.argv.slice(2),
    ]);
    const counts = countsOf(
      await Bun.file(report)
        .text()
        .catch(() => ""),
    );
    // A runner that died has failed, whatever it had counted.
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    return counts;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function countsOf(report: string): Counts {
  const head = /<testsuites\b[^>]*>/.exec(report)?.[0] ?? "";
  const figure = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const [tests, failed, skipped] = [figure("tests"), figure("failures") + figure("errors"), figure("skipped")];
  return { passed: tests - failed - skipped, failed, skipped };
}

const checks: boolean[] = [];
for (const step of STEPS) checks.push(await check(step));
const counts = await test();
const broken = checks.filter((ok) => !ok).length;
console.log(
  `${counts.passed + checks.length - broken} passed, ${counts.failed + broken} failed, ${counts.skipped} skipped`,
);
if (counts.failed + broken > 0 || counts.passed === 0) process.exit(1);
