import { describe, expect, test } from "bun:test";
import { loadConfig } from "#config/parse.ts";
import { formatError } from "#config/report.ts";
import { registry } from "#src/registry.ts";
import { errorsOf, loaded } from "./load.ts";

/** A provider of type echo with these settings. */
function echo(settings: string): string {
  return `providers: [{ type: echo, ${settings} }]`;
}

test("a provider block as Higress users write it", () => {
  const [provider] = loaded(`
providers:
  - id: q
    type: openai
    apiTokens: [a, b]
    timeout: 5000
    reasoningContentMode: concat
    context: { fileUrl: "https://files.test/dir/?v=1", serviceName: files, servicePort: 8080 }
    customSettings:
      - { name: max_tokens, value: 100 }
      - { name: extra.search, value: { enable: [true, null] }, mode: raw, overwrite: false }
    capabilities: { openai/v1/embeddings: /my/embeddings }
    basePath: /api/
    providerBasePath: /team/
    providerDomain: llm.test:8443
    firstByteTimeout: 3000
    contextCleanupCommands: [/clear]
    hiclawMode: true
    promoteThinkingOnEmpty: false
    failover:
      enabled: true
      failureThreshold: 3
      successThreshold: 2
      healthCheckInterval: 5000
      healthCheckTimeout: 10000
      healthCheckModel: small
services: [{ name: files, endpoints: ["10.0.0.1:80", "10.0.0.2:8080"] }]
`).providers;
  expect(provider).toMatchObject({
    timeout: 5000,
    reasoningContentMode: "concat",
    context: { fileUrl: "https://files.test/dir?v=1", serviceName: "files", servicePort: 8080 },
    customSettings: [
      { name: "max_tokens", value: 100, mode: "auto", overwrite: true },
      { name: "extra.search", value: { enable: [true, null] }, mode: "raw", overwrite: false },
    ],
    capabilities: { "openai/v1/embeddings": "/my/embeddings" },
    basePath: "/api",
    basePathHandling: "removePrefix",
    providerBasePath: "/team",
    providerDomain: "llm.test:8443",
    timeouts: { firstByte: 3000 },
    hiclawMode: true,
    promoteThinkingOnEmpty: false,
    failover: { failureThreshold: 3, successThreshold: 2, healthCheckTimeout: 10_000, healthCheckModel: "small" },
  });
  expect(Object.keys(provider ?? {})).not.toContain("firstByteTimeout");
  expect(provider?.options).toEqual({});
});

describe("what is wrong is told", () => {
  test.each<readonly [string, string]>([
    [
      "customSettings: [{ name: max_token, value: 1 }]",
      "customSettings[0].name  is not known to mode: auto; auto knows max_tokens, temperature, top_p, top_k, seed; for other fields write mode: raw",
    ],
    ["customSettings: [{ name: seed }]", "customSettings[0].value  is required"],
    [
      "customSettings: [{ name: a.__proto__.b, value: 1, mode: raw }]",
      "customSettings[0].name  is no path of a field; as in top_logprobs, or extra_body.search",
    ],
    [
      "customSettings: [{ name: a..b, value: 1, mode: raw }]",
      "customSettings[0].name  is no path of a field; as in top_logprobs, or extra_body.search",
    ],
    ["context: {}", "context.fileUrl  is required"],
    [
      "context: { fileUrl: 'https://f.test/a', serviceName: nobody }",
      'context.serviceName  there is no service "nobody"; name one of services, or leave it out to ask the URL\'s own server',
    ],
    ["contextCleanupCommands: ['']", "contextCleanupCommands[0]  must not be empty"],
    ["reasoningContentMode: concatenate", "reasoningContentMode  must be one of passthrough, ignore, concat"],
    [
      "capabilities: { openai/v1/embedding: /e }",
      'capabilities["openai/v1/embedding"]  unknown capability; did you mean openai/v1/embeddings?',
    ],
    [
      "capabilities: { openai/v1/embeddings: e }",
      'capabilities["openai/v1/embeddings"]  must be a path that begins with /',
    ],
    [
      "capabilities: { openai/v1/embeddings: /e?x=1 }",
      'capabilities["openai/v1/embeddings"]  must be a path that begins with /',
    ],
    ["basePath: /", "basePath  must name more than the root"],
    ["basePathHandling: prepend", "basePathHandling  is of no use without basePath"],
    ["providerDomain: 'https://x'", "providerDomain  must be a host, or host:port; for a whole URL use baseUrl"],
    [
      "providerDomain: x, baseUrl: 'https://y'",
      "providerDomain  says what baseUrl says already; keep one of them; baseUrl has the scheme, too",
    ],
    [
      "firstByteTimeout: 1s, timeouts: { firstByte: 2s }",
      "firstByteTimeout  is the same as timeouts.firstByte; keep one of them",
    ],
    ["failover: { failureThreshold: 0 }", "failover.failureThreshold  must be between 1 and 1000"],
    ["failover: { healthCheckInterval: 1ms }", "failover.healthCheckInterval  must be at least 100ms"],
  ])("%s", (settings, expected) => {
    const [error = "", ...others] = errorsOf(echo(settings));
    expect(error.replace(/^\S+ {2}providers\[0\]\./, "")).toBe(expected);
    expect(others).toEqual([]);
  });

  test("a port that the service does not have", () => {
    const services = "services: [{ name: s, protocol: https, endpoints: [a, 'b:81'] }]";
    const context = (port: number) =>
      echo(`context: { fileUrl: 'https://f.test/a', serviceName: s, servicePort: ${port} }`);
    expect(errorsOf(`${context(82)}\n${services}`)).toEqual([
      "1:96  providers[0].context.servicePort  is no port of the service's endpoints; known: 443, 81",
    ]);
    expect(errorsOf(`${context(443)}\n${services}`)).toEqual([]);
  });
});

test("a server of one's own needs no token", () => {
  expect(errorsOf("providers: [{ type: openai, providerDomain: mine.test }]")).toEqual([]);
});

describe("upstreamProtocol", () => {
  /** With the real types: what they speak depends on their settings. */
  function problems(provider: string): string[] {
    const readFile = (): string => "";
    const options = { file: "f", env: {}, readFile, definitions: registry.providers };
    const result = loadConfig(`providers: [{ apiTokens: [k], ${provider} }]`, options);
    return result.ok ? [] : result.errors.map((error) => formatError(error).replace("f:", ""));
  }

  test.each<readonly [string, readonly string[]]>([
    ["type: openai, upstreamProtocol: openai-responses", []],
    [
      "type: openai, upstreamProtocol: anthropic-messages",
      [
        "1:63  providers[0].upstreamProtocol  the provider does not speak anthropic-messages; it speaks openai-chat, openai-responses",
      ],
    ],
    ["type: openai, upstreamProtocol: anthropic-messages, capabilities: { anthropic/v1/messages: /v1/messages }", []],
    ["type: vllm, nativeMessages: true, upstreamProtocol: anthropic-messages", []],
    [
      "type: vllm, upstreamProtocol: anthropic-messages",
      ["1:61  providers[0].upstreamProtocol  the provider does not speak anthropic-messages; it speaks openai-chat"],
    ],
    [
      "type: claude, upstreamProtocol: bedrock-converse",
      ["1:63  providers[0].upstreamProtocol  must be one of openai-chat, openai-responses, anthropic-messages, gemini"],
    ],
  ])("%s", (provider, expected) => {
    expect(problems(provider)).toEqual([...expected]);
  });
});

describe("prices", () => {
  test("are read by model pattern, numbers as text too", () => {
    const written = "prices: { 'local/*': { input: 0, output: '0.5' }, gpt-4o: { contextWindow: 1000 } }";
    expect(loaded(written).prices).toEqual({
      "local/*": { input: 0, output: 0.5 },
      "gpt-4o": { contextWindow: 1000 },
    });
  });

  test.each<readonly [string, string]>([
    ["{ m: { input: 1 } }", "1:14  prices.m  a price needs both input and output"],
    ["{ m: { cachedInput: 1 } }", "1:14  prices.m  a price needs both input and output"],
    ["{ m: { input: -1, output: 1 } }", "1:23  prices.m.input  must be at least 0"],
    ["{ m: { input: free, output: 1 } }", "1:23  prices.m.input  must be a number of dollars, not text"],
    ["{ '~(': { input: 1, output: 1 } }", '1:11  prices["~("]  the pattern is not a regular expression; missing )'],
  ])("%s", (written, expected) => expect(errorsOf(`prices: ${written}`)).toEqual([expected]));
});
