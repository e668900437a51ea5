/** What the types of providers refuse is told when the configuration is read, with everything else. */
import { describe, expect, test } from "bun:test";
import { configFromEnvironment } from "#config/environment.ts";
import { loadConfig } from "#config/parse.ts";
import { formatError } from "#config/report.ts";
import { registry } from "#src/registry.ts";

function problems(text: string): string[] {
  const options = { file: "f", env: {}, readFile: () => "", definitions: registry.providers };
  const result = loadConfig(text, options);
  return result.ok ? [] : result.errors.map((error) => formatError(error).replace("f:", ""));
}

const REFUSED: readonly (readonly [provider: string, problem: string])[] = [
  [
    "type: bedrock, awsRegion: eu-west-1, awsSecretKey: a-secret-key",
    "1:13  providers[0]  awsAccessKey is missing; awsSecretKey is of no use without it",
  ],
  [
    "type: bedrock, awsRegion: eu-west-1",
    "1:13  providers[0]  apiTokens are missing, or awsAccessKey and awsSecretKey",
  ],
  ["type: bedrock, apiTokens: [k]", "1:13  providers[0]  awsRegion is missing"],
  [
    "type: azure, apiTokens: [k]",
    "1:13  providers[0]  azureServiceUrl is missing; every Azure resource has its own address",
  ],
  [
    "type: openai, apiTokens: [good, 'a bad-one']",
    "1:47  providers[0].apiTokens[1]  is empty or holds a space, a line break or another character no header may hold",
  ],
  [
    'type: vertex, vertexProjectId: p, vertexRegion: r, vertexAuthKey: "key.json"',
    "1:81  providers[0].vertexAuthKey  is not JSON; it takes the content of a key file, not its path",
  ],
  ["type: generic", "1:13  providers[0]  baseUrl is missing; the type generic has no server of its own"],
];

describe("providers their types refuse", () => {
  test.each(REFUSED)("%s", (provider, problem) => {
    expect(problems(`providers: [{ ${provider} }]`)).toEqual([problem]);
  });

  test("are told of all at once, and beside what is wrong elsewhere", () => {
    const text = `providers:
  - { type: bedrock, awsRegion: eu-west-1, awsSecretKey: a-secret-key }
  - { type: openai, apiToken: [k] }
  - { type: azure, apiTokens: [k] }
unheardOf: 1
routes: [{ name: r, ai: { upstreams: [{ provider: opnai }] } }]
`;
    const told = problems(text);
    expect(told.map((line) => line.split("  ").slice(0, 2).join(" "))).toEqual([
      "2:5 providers[0]",
      "3:21 providers[1].apiToken",
      "4:5 providers[2]",
      "5:1 unheardOf",
      "6:51 routes[0].ai.upstreams[0].provider",
    ]);
    expect(told.join()).not.toContain("a-secret-key");
  });

  test("are told of by their variable where there is no file", () => {
    const result = configFromEnvironment({ OPENAI_API_KEY: "a bad-one" }, registry.providers);
    expect(result.ok ? [] : result.errors.map(formatError)).toEqual([
      "environment  OPENAI_API_KEY  is empty or holds a space, a line break or another character no header may hold",
    ]);
  });
});

test("a file of Moonshot's does not go together with context", () => {
  const moonshot = (more: string): string => `providers: [{ type: moonshot, apiTokens: [k], ${more} }]`;
  expect(problems(moonshot("moonshotFileId: f1, context: { fileUrl: 'https://h/t.txt' }"))).toEqual([
    "1:63  providers[0].moonshotFileId  does not go together with context; keep one of them",
  ]);
  expect(problems(moonshot("moonshotFileId: f1"))).toEqual([]);
  expect(problems(moonshot("moonshotFileId: ../users"))).not.toEqual([]);
});

test("files of Qwen's do not go together with context", () => {
  const qwen = (more: string): string => `providers: [{ type: qwen, apiTokens: [k], ${more} }]`;
  const context = "context: { fileUrl: 'https://h/t.txt' }";
  expect(problems(qwen(`qwenFileIds: [file-1], ${context}`))).toEqual([
    "1:56  providers[0].qwenFileIds  does not go together with context; keep one of them",
  ]);
  expect(problems(qwen(context))).toEqual([]);
  expect(problems(qwen("qwenFileIds: [file-1]"))).toEqual([]);
});
