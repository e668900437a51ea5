import { describe, expect, test } from "bun:test";
import { bedrock } from "#providers/bedrock.ts";
import type { ProviderSettings } from "#src/core/provider.ts";
import { call, configure, describeProvider } from "#tests/contracts/provider.ts";

const AT = "https://bedrock-runtime.us-east-1.amazonaws.com/model/some-model";
const options = { awsRegion: "us-east-1" };
const keys = { ...options, awsAccessKey: "AKIDEXAMPLE", awsSecretKey: "c2VjcmV0" };

// Paths: AWS API Reference, Amazon Bedrock Runtime, "Converse", "ConverseStream" and "InvokeModel"
describeProvider({
  definition: bedrock,
  settings: { apiTokens: ["ABSK-x"], options },
  urls: { embeddings: `${AT}/invoke`, "image-generation": `${AT}/invoke` },
  headers: { "bedrock-converse": { authorization: "Bearer $SECRET" } },
  keyless: true,
  // Format: AWS API Reference, Common Error Types
  errors: [
    {
      status: 400,
      headers: { "x-amzn-errortype": "ServiceQuotaExceededException:http://internal.amazon.com/" },
      body: { message: "Your account's quota is used up." },
      verdict: "credential",
    },
    {
      status: 400,
      headers: { "x-amzn-errortype": "ValidationException" },
      body: { message: "The provided model identifier is invalid." },
      verdict: "request",
    },
    {
      status: 429,
      headers: { "x-amzn-errortype": "ThrottlingException" },
      body: { message: "Too many requests." },
      verdict: "credential",
    },
  ],
  addresses: [
    [{ options: keys }, `${AT}/converse`],
    [
      { apiTokens: ["a"], options: { awsRegion: "cn-north-1" } },
      "https://bedrock-runtime.cn-north-1.amazonaws.com.cn/model/some-model/converse",
    ],
    [{ apiTokens: ["a"], baseUrl: "http://127.0.0.1:9/x" }, "http://127.0.0.1:9/x/model/some-model/converse"],
  ],
});

describe("bedrock", () => {
  const provider = configure(bedrock, { options: keys });

  test("a model's id is encoded whole, and a stream has a path of its own", () => {
    const base = call("bedrock-converse");
    expect(provider.url({ ...base, stream: true })).toBe(`${AT}/converse-stream`);
    expect(provider.url({ ...base, model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0" })).toBe(
      "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
    );
    expect(provider.url({ ...base, model: "arn:aws:bedrock:us-east-1:1:inference-profile/x" })).toEndWith(
      "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx/converse",
    );
    expect(provider.url({ ...base, api: "bedrock-runtime", action: "invoke-with-response-stream" })).toBe(
      `${AT}/invoke-with-response-stream`,
    );
  });

  test("streams are asked for in their own framing", async () => {
    const headers = new Headers({ accept: "text/event-stream" });
    await provider.authorize(headers, undefined, { ...call("bedrock-converse"), stream: true });
    expect(headers.get("accept")).toBe("application/vnd.amazon.eventstream");
  });

  test("a bearer key is used rather than a signature", () => {
    expect("sign" in configure(bedrock, { options: keys })).toBeTrue();
    expect("sign" in configure(bedrock, { apiTokens: ["ABSK-x"], options: keys })).toBeFalse();
  });

  test.each([
    [{}, "awsRegion is missing."],
    [{ options }, "apiTokens are missing, or awsAccessKey and awsSecretKey."],
    [{ options: { ...options, awsAccessKey: "a" } }, "awsSecretKey is missing"],
    [{ options: { ...options, awsSecretKey: "a" } }, "awsAccessKey is missing"],
    [
      { baseUrl: "http://127.0.0.1", options: { awsAccessKey: "a", awsSecretKey: "b" } },
      "awsRegion is missing: requests are signed for one.",
    ],
  ] as const)("settings %p are refused", (settings: Partial<ProviderSettings>, message) => {
    expect(() => configure(bedrock, settings)).toThrow(message);
  });

  test("a key that is lent for a while is sent with its token", async () => {
    const lent = configure(bedrock, { options: { ...keys, awsSessionToken: "lent" } });
    const headers = new Headers();
    await lent.sign?.({ method: "POST", url: `${AT}/converse`, headers, body: "{}" }, undefined);
    expect(headers.get("x-amz-security-token")).toBe("lent");
    expect(headers.get("authorization")).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/19700101\/us-east-1\/bedrock\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, /,
    );
  });

  test("additional fields stand where the request says nothing", () => {
    const adjusting = configure(bedrock, {
      options: { ...keys, bedrockAdditionalFields: { top_k: 5, extra: { a: 1 } } },
    });
    const body = { messages: [], additionalModelRequestFields: { top_k: 9 } };
    expect(adjusting.adjust?.(body, call("bedrock-converse"))).toEqual({
      messages: [],
      additionalModelRequestFields: { top_k: 9, extra: { a: 1 } },
    });
    expect(adjusting.adjust?.(body, call("openai-chat", "embeddings"))).toBe(body);
    expect("adjust" in provider).toBeFalse();
  });

  test("the limits of Claude's models are known by their names here", () => {
    expect(provider.limits("us.anthropic.claude-sonnet-4-5-20250929-v1:0").maxOutputTokens).toBe(64_000);
    expect(provider.limits("amazon.nova-pro-v1:0").maxOutputTokens).toBeUndefined();
  });

  test.each([
    [400, "ServiceQuotaExceededException", "credential"],
    [400, "ExpiredTokenException", "credential"],
    [424, "ModelErrorException", "upstream"],
    [429, "ModelNotReadyException", "upstream"],
    [429, "ThrottlingException", "credential"],
    [400, "ValidationException", "request"],
  ] as const)("status %d with %s is the fault of the %s", (status, code, verdict) => {
    expect(provider.classify(status, code)).toBe(verdict);
  });
});
