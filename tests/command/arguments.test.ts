import { expect, test } from "bun:test";
import { type Command, parseCommand, usageOf } from "#src/command/arguments.ts";

const NOTHING = {
  name: "gateway",
  file: undefined,
  resources: [],
  kube: false,
  kubeconfig: undefined,
  host: undefined,
  port: undefined,
  adminPort: undefined,
} as const;

const GOOD: readonly (readonly [line: string, command: Command])[] = [
  ["", NOTHING],
  ["gateway", NOTHING],
  ["--config a.yaml", { ...NOTHING, file: "a.yaml" }],
  ["-c a.yaml gateway", { ...NOTHING, file: "a.yaml" }],
  ["--port 0", { ...NOTHING, port: 0 }],
  ["-p 65535 --host ::1 --admin-port 9", { ...NOTHING, port: 65_535, host: "::1", adminPort: 9 }],
  ["check a.yaml", { name: "check", file: "a.yaml" }],
  ["check --config a.yaml", { name: "check", file: "a.yaml" }],
  ["--help", { name: "help" }],
  ["check a.yaml -h", { name: "help" }],
  ["-v", { name: "version" }],
  ["--version", { name: "version" }],
];
test.each(GOOD)("'%s' is understood", (line, command) => {
  expect(parseCommand(line.split(" ").filter((word) => word !== ""))).toEqual(command);
});

const WRONG: readonly (readonly [line: string, problem: RegExp])[] = [
  ["--prot 1", /--prot/],
  ["--port", /--port|port/],
  ["--port 65536", /--port takes a number from 0 to 65535, not '65536'/],
  ["--port -1", /port/],
  ["--port 80a", /--port.*'80a'/],
  ["--port 1e3", /--port.*'1e3'/],
  ["--admin-port x", /--admin-port.*'x'/],
  ["serve", /'serve' is no command/],
  ["gateway a.yaml", /'a\.yaml' is too much.*--config/],
  ["a.yaml", /'a\.yaml' is no command/],
  ["check", /check takes one file/],
  ["check a.yaml b.yaml", /check takes one file/],
];
test.each(WRONG)("'%s' is told what is wrong with it", (line, problem) => {
  const command = parseCommand(line.split(" "));
  expect(command.name).toBe("wrong");
  expect(command.name === "wrong" && command.problem).toMatch(problem);
});

test("the usage names every option", () => {
  for (const option of ["--config", "--host", "--port", "--admin-port", "--help", "--version", "check"]) {
    expect(usageOf([])).toContain(option);
  }
});

test("a subcommand reads what stands behind its name", () => {
  const subcommand = { name: "turn", usage: "  sluice turn\n", run: async () => 0 };
  expect(parseCommand(["turn", "--any", "-h"], [subcommand])).toEqual({
    name: "subcommand",
    subcommand,
    args: ["--any", "-h"],
  });
  expect(parseCommand(["check", "turn"], [subcommand])).toEqual({ name: "check", file: "turn" });
  expect(usageOf([subcommand])).toContain("  sluice turn\n");
});
