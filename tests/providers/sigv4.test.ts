import { expect, test } from "bun:test";
import { awsSigner } from "#providers/auth/sigv4.ts";

/**
 * AWS' Signature Version 4 test suite (awslabs/aws-c-auth, tests/aws-signing-test-suite), those of its cases that a request of the Fetch
 * standard can be: header names in any case, values with line breaks and paths with dots are made even before they get here.
 */
const KEY = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const SCOPE = { region: "us-east-1", service: "service" };
const AT = Date.parse("2015-08-30T12:36:00Z");
const ORIGIN = "https://example.amazonaws.com";
const UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const FORM = "application/x-www-form-urlencoded";

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly sessionToken?: string;
  readonly signature: string;
}

const CASES: readonly Case[] = [
  { name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
  {
    name: "get-unreserved",
    path: `/${UNRESERVED}`,
    signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
  },
  {
    name: "get-vanilla-empty-query-key",
    path: "/?Param1=value1",
    signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
  },
  {
    name: "get-vanilla-query-order-key-case",
    path: "/?Param2=value2&Param1=value1",
    signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  },
  {
    name: "get-vanilla-query-unreserved",
    path: `/?${UNRESERVED}=${UNRESERVED}`,
    signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
  },
  {
    name: "get-vanilla-utf8-query",
    path: "/?ሴ=bar",
    signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
  },
  {
    name: "get-vanilla-with-session-token",
    sessionToken: "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
    signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
  },
  {
    name: "post-vanilla",
    method: "POST",
    signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  },
  {
    name: "post-vanilla-query",
    method: "POST",
    path: "/?Param1=value1",
    signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
  },
  {
    name: "post-x-www-form-urlencoded",
    method: "POST",
    contentType: FORM,
    body: "Param1=value1",
    signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  },
  {
    name: "post-x-www-form-urlencoded-parameters",
    method: "POST",
    contentType: `${FORM}; charset=utf8`,
    body: "Param1=value1",
    signature: "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
  },
];

function headersOf({ contentType, sessionToken }: Case): string {
  return [
    ...(contentType === undefined ? [] : ["content-type"]),
    "host",
    "x-amz-date",
    ...(sessionToken === undefined ? [] : ["x-amz-security-token"]),
  ].join(";");
}

async function signed(one: Case, more: Readonly<Record<string, string>> = {}, now = AT): Promise<Headers> {
  const { method = "GET", path = "/", contentType, body, sessionToken } = one;
  const headers = new Headers({ ...more, ...(contentType === undefined ? {} : { "content-type": contentType }) });
  const sign = awsSigner({ ...KEY, ...(sessionToken === undefined ? {} : { sessionToken }) }, SCOPE, () => now);
  await sign({ method, url: ORIGIN + path, headers, ...(body === undefined ? {} : { body }) });
  return headers;
}

test.each(CASES.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
  const headers = await signed(one);
  expect(headers.get("authorization")).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${headersOf(one)}, Signature=${one.signature}`,
  );
  expect(headers.get("x-amz-date")).toBe("20150830T123600Z");
  expect(headers.get("x-amz-security-token")).toBe(one.sessionToken ?? null);
});

const VANILLA = CASES[0]!;

test("headers that others may change are not signed", async () => {
  const headers = await signed(VANILLA, { "user-agent": "x", accept: "*/*", traceparent: "00-1-2-01" });
  expect(headers.get("authorization")).toContain(`Signature=${VANILLA.signature}`);
  expect(headers.get("accept")).toBe("*/*");
});

test("AWS' own headers are signed, and a body of bytes like its text", async () => {
  const bytes = new TextEncoder().encode("Param1=value1");
  const [text, binary] = [new Headers({ "x-amzn-bedrock-trace": "ENABLED" }), new Headers()];
  binary.set("x-amzn-bedrock-trace", "ENABLED");
  const sign = awsSigner(KEY, SCOPE, () => AT);
  await sign({ method: "POST", url: ORIGIN, headers: text, body: "Param1=value1" });
  await sign({ method: "POST", url: ORIGIN, headers: binary, body: bytes });
  expect(text.get("authorization")).toContain("SignedHeaders=host;x-amz-date;x-amzn-bedrock-trace,");
  expect(binary.get("authorization")).toBe(text.get("authorization"));
});

test("the next day is signed with that day's key", async () => {
  let now = AT;
  const sign = awsSigner(KEY, SCOPE, () => now);
  const headers = new Headers();
  await sign({ method: "GET", url: ORIGIN, headers });
  now += 86_400_000;
  await sign({ method: "GET", url: ORIGIN, headers });
  expect(headers.get("authorization")).toBe((await signed(VANILLA, {}, now)).get("authorization"));
  expect(headers.get("authorization")).toContain("/20150831/");
});
