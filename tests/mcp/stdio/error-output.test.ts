import { expect, test } from "bun:test";
import { ErrorOutput, secretsOf } from "#mcp/stdio/error-output.ts";
import type { LogFields } from "#src/core/log.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

test("logs no more lines than a log can bear, tells how many it left out, and hides what the process was given", () => {
  const clock = new FakeClock();
  const lines: (readonly [string, LogFields | undefined])[] = [];
  const keep = (message: string, fields?: LogFields): void => void lines.push([message, fields]);
  const secrets = secretsOf({ TOKEN: "abcdef", LONGER: "abcdef-123", FLAG: "1" });
  const output = new ErrorOutput("mine", secrets, { info: keep, warn: keep, error: keep }, clock);
  output.line("1 abcdef-123 abcdef 1");
  for (let count = 0; count < 149; count++) output.line("again");
  expect(lines).toHaveLength(100);
  expect(lines[0]?.[1]).toEqual({ server: "mine", line: "1 *** *** 1" });
  clock.advance(10_000);
  output.garbage("later");
  expect(lines.slice(100)).toEqual([
    ["Lines of a stdio server were left out.", { server: "mine", lines: 50 }],
    [expect.stringContaining("no message of MCP"), { server: "mine", line: "later" }],
  ]);
});
