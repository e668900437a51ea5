import { describe, expect, test } from "bun:test";
import { z } from "zod";
import type { ProtocolName } from "#src/core/protocol.ts";
import type { ApiName } from "#src/core/api.ts";
import type {
  Provider,
  ProviderDefinition,
  ProviderSettings,
  ProviderWorld,
  UpstreamCall,
} from "#src/core/provider.ts";
import type { ProviderExpectations } from "./provider-expectations.ts";
import { pipeline } from "./provider-pipeline.ts";

const SECRET = "sk-test-0123456789";

const ALL: Readonly<Record<ApiName, true>> = {
  chat: true,
  "count-tokens": true,
  models: true,
  completions: true,
  embeddings: true,
  "image-generation": true,
  "image-edit": true,
  "image-variation": true,
  speech: true,
  transcription: true,
  translation: true,
  moderations: true,
  rerank: true,
  files: true,
  uploads: true,
  batches: true,
  "fine-tuning": true,
  videos: true,
  realtime: true,
  responses: true,
  conversations: true,
  "vector-stores": true,
  complete: true,
  "message-batches": true,
  "cached-contents": true,
  operations: true,
  aigc: true,
  tasks: true,
  "bedrock-runtime": true,
  "cohere-chat": true,
};
const APIS = Object.keys(ALL) as ApiName[];
const PROTOCOLS: readonly ProtocolName[] = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"];

/** Of OpenAI's APIs these are asked for in any protocol, the others only in OpenAI's own. */
const CONVERTED = /^(?:embeddings|image-.*|speech|transcription|translation|rerank)$/;

function reaches(api: ApiName, protocol: ProtocolName): boolean {
  return CONVERTED.test(api) || protocol.startsWith("openai-");
}

/** A world without a network. */
const NOWHERE: ProviderWorld = {
  fetch: () => Promise.reject(new Error("There is no network here.")),
  now: () => 0,
};

/** A provider of the type, its fields checked as a configuration's would be. */
export function configure(definition: ProviderDefinition, settings: Partial<ProviderSettings> = {}): Provider {
  const options = z.strictObject(definition.fields).parse(settings.options ?? {});
  return definition.configure({ id: "mine", type: definition.type, apiTokens: [], ...settings, options }, NOWHERE);
}

/** A chat call in a protocol. */
export function call(protocol: ProtocolName, api: ApiName = "chat"): UpstreamCall {
  return { api, protocol, model: "some-model", stream: false };
}

/** What every provider keeps to, and what this one in particular says. */
export function describeProvider(expected: ProviderExpectations): void {
  const { definition, settings = {} } = expected;
  const provider = configure(definition, settings);
  describe(`provider contract: ${definition.type}`, () => {
    urls(expected, provider);
    credentials(expected, provider);
    secrecy(definition, settings);
    verdicts(provider);
    if (definition.type !== "echo") pipeline(expected, provider);

    test("it is what its definition says", () => {
      expect(provider).toMatchObject({ id: "mine", type: definition.type, keyless: expected.keyless });
      expect(provider.protocols.length).toBeGreaterThan(0);
      expect(provider.limits("a-model-nobody-made").maxOutputTokens).toBeUndefined();
      if (!definition.needsToken) expect(provider.keyless).toBe(true);
    });

    test("a shape is said of every API", () => {
      for (const api of APIS) expect(provider.shape?.(api, "some-model") ?? "openai").toBeString();
    });

    test("headers to forward are in lower case and hold no credential", () => {
      for (const name of PROTOCOLS.flatMap((protocol) => [...provider.forwardHeaders(protocol)])) {
        expect(name).toMatch(/^[a-z-]+$/);
        expect(name).not.toMatch(/authorization|api-key|cookie/);
      }
    });
  });
}

function urls({ definition, urls: expected, addresses = [] }: ProviderExpectations, provider: Provider): void {
  test.each(PROTOCOLS.flatMap((protocol) => APIS.map((api) => [api, protocol] as const)))(
    "url of %s in %s",
    (api, protocol) => {
      expect(provider.url(call(protocol, api))).toBe(
        (expected[`${api} ${protocol}`] ?? (reaches(api, protocol) ? expected[api] : undefined)) as string,
      );
    },
  );

  test("every protocol it speaks has a chat URL", () => {
    for (const protocol of provider.protocols) expect(provider.url(call(protocol))).toBeString();
  });

  if (addresses.length > 0) {
    test.each(
      addresses.map(([settings, url, protocol]) => [JSON.stringify(settings), url, settings, protocol] as const),
    )("%s leads to %s", (_name, url, settings, protocol) => {
      const other = configure(definition, settings);
      expect(other.url(call(protocol ?? other.protocols[0]!))).toBe(url);
    });
  }
}

function credentials(expected: ProviderExpectations, provider: Provider): void {
  test("the credential is in its header", async () => {
    for (const [protocol, headers] of Object.entries(expected.headers)) {
      const sent = new Headers();
      await provider.authorize(sent, { id: "mine#1", secret: SECRET }, call(protocol as ProtocolName));
      const wanted = Object.entries(headers).map(([name, value]) => [name, value.replace("$SECRET", SECRET)] as const);
      expect(sent.toJSON()).toEqual(Object.fromEntries(wanted));
    }
    expect(Object.keys(expected.headers).sort()).toEqual([...provider.protocols].sort());
  });

  test("without a credential nothing secret is sent, and nothing fails", async () => {
    for (const protocol of provider.protocols) {
      const sent = new Headers();
      await provider.authorize(sent, undefined, call(protocol));
      expect(sent.has("authorization")).toBe(false);
      expect(sent.has("x-api-key")).toBe(false);
    }
  });

  test("what the client forwarded stays", async () => {
    for (const protocol of provider.protocols) {
      for (const name of provider.forwardHeaders(protocol)) {
        const sent = new Headers({ [name]: "the client's own" });
        await provider.authorize(sent, undefined, call(protocol));
        expect(sent.get(name)).toBe("the client's own");
      }
    }
  });
}

function secrecy(definition: ProviderDefinition, settings: Partial<ProviderSettings>): void {
  test("no URL holds the secret", () => {
    const provider = configure(definition, { ...settings, apiTokens: [SECRET] });
    for (const api of APIS) {
      for (const protocol of PROTOCOLS) expect(provider.url(call(protocol, api)) ?? "").not.toContain(SECRET);
    }
  });

  test("no error holds a secret", async () => {
    if (definition.type === "echo") return;
    const broken = `${SECRET}\nbroken`;
    expect(said(() => configure(definition, { ...settings, apiTokens: ["fine", broken] }))).toMatch(/apiTokens\[1\]/);
    expect(said(() => configure(definition, { ...settings, baseUrl: `https://user:${SECRET}@host` }))).toMatch(
      /baseUrl/,
    );
    expect(said(() => configure(definition, { ...settings, baseUrl: `ftp://${SECRET}` }))).toMatch(/baseUrl/);
    expect(said(() => configure(definition, { ...settings, baseUrl: `http://${SECRET} broken` }))).toMatch(/baseUrl/);
    const provider = configure(definition, settings);
    const secret = `${SECRET}\u2603`;
    expect(said(() => provider.authorize(new Headers(), { id: "mine#1", secret }, call(provider.protocols[0]!)))).toBe(
      "A credential of this provider cannot be sent.",
    );
  });
}

/** The message of what `run` throws, once it is clear that nothing of it holds the secret. */
function said(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(Bun.inspect(error)).not.toContain(SECRET);
    return (error as Error).message;
  }
  throw new Error("Nothing was thrown.");
}

function verdicts(provider: Provider): void {
  test.each([
    [400, "request"],
    [401, "credential"],
    [402, "credential"],
    [403, "credential"],
    [404, "request"],
    [405, "request"],
    [408, "upstream"],
    [409, "upstream"],
    [413, "request"],
    [415, "request"],
    [422, "request"],
    [425, "upstream"],
    [429, "credential"],
    [500, "upstream"],
    [502, "upstream"],
    [503, "upstream"],
    [529, "upstream"],
    [302, "upstream"],
  ] as const)("status %d is the fault of the %s", (status, verdict) => {
    expect(provider.classify(status, undefined)).toBe(verdict);
    expect(provider.classify(status, "a_code_nobody_knows")).toBe(verdict);
    expect(provider.classify(status, "constructor")).toBe(verdict);
  });

  test.each([
    [400, "insufficient_quota", "credential"],
    [400, "invalid_api_key", "credential"],
    [200, "overloaded_error", "upstream"],
    [200, "rate_limit_error", "credential"],
    [400, "invalid_request_error", "request"],
  ] as const)("status %d with the code %s is the fault of the %s", (status, code, verdict) => {
    expect(provider.classify(status, code)).toBe(verdict);
  });
}
