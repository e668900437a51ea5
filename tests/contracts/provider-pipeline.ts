/** What a provider does behind the gateway: every capability asked, streamed and not, and every way to refuse. */
import { describe, expect, test } from "bun:test";
import { fold } from "#src/core/chat-fold.ts";
import type { ApiName } from "#src/core/api.ts";
import type { ChatResponse } from "#src/core/chat.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import { type ClientProtocol, PROTOCOLS, type ProtocolName } from "#src/core/protocol.ts";
import type { Provider } from "#src/core/provider.ts";
import { createSseDecoder } from "#src/core/sse.ts";
import { codecFor } from "#src/protocols/index.ts";
import { FAMILY_ANSWERS, FAMILY_REQUESTS } from "./provider-families.ts";
import { ANSWERS, type ProviderAnswer, type Refusal, REFUSALS, TEXT, USAGE } from "./provider-answers.ts";
import { type Asked, openProviderStage, type ProviderStage, SECRETS } from "./provider-stage.ts";
import type { ProviderExpectations, VendorError } from "./provider-expectations.ts";

const HI = "Hi.";
const MODEL = "some-model";

/** A request in each protocol clients speak. */
const REQUESTS: Readonly<Record<ClientProtocol, (stream: boolean) => readonly [path: string, body: JsonObject]>> = {
  "openai-chat": (stream) => [
    "/v1/chat/completions",
    { model: MODEL, messages: [{ role: "user", content: HI }], ...(stream ? { stream } : {}) },
  ],
  "openai-responses": (stream) => ["/v1/responses", { model: MODEL, input: HI, ...(stream ? { stream } : {}) }],
  "anthropic-messages": (stream) => [
    "/v1/messages",
    { model: MODEL, max_tokens: 100, messages: [{ role: "user", content: HI }], ...(stream ? { stream } : {}) },
  ],
  gemini: (stream) => [
    `/v1beta/models/${MODEL}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    { contents: [{ role: "user", parts: [{ text: HI }] }] },
  ],
};

/** Registers the cases of a provider that is configured as `expected` says. */
export function pipeline(expected: ProviderExpectations, provider: Provider): void {
  describe("behind the gateway", () => {
    chats(expected, provider);
    families(expected, provider);
    refusals(expected, provider);
  });
}

/** What the gateway asks the provider in, for a client of a protocol. */
function spokenTo(provider: Provider, client: ClientProtocol): ProtocolName {
  const spoken = provider.protocolsFor?.(MODEL) ?? provider.protocols;
  return spoken.find((protocol) => protocol === client) ?? spoken[0]!;
}

function answerOf({ answers }: ProviderExpectations, protocol: ProtocolName): ProviderAnswer {
  const answer = answers?.[protocol] ?? ANSWERS[protocol];
  if (answer === undefined) throw new Error(`The test does not say how a provider answers in ${protocol}.`);
  return answer;
}

function post(body: JsonObject, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

async function staged<T>(
  { definition, settings = {} }: ProviderExpectations,
  answer: (asked: Asked) => Response,
  run: (stage: ProviderStage) => Promise<T>,
): Promise<T> {
  const stage = await openProviderStage(definition, settings, answer);
  try {
    return await run(stage);
  } finally {
    await stage.close();
  }
}

/** The credential is where the provider wants it in a protocol (in any, when none is named), and the client's is not there. */
function expectCredential({ headers: known }: ProviderExpectations, { headers }: Asked, protocol?: ProtocolName): void {
  const sets = protocol === undefined ? Object.values(known) : [known[protocol] ?? {}];
  const sent = Object.fromEntries(
    [...headers].map(([name, value]) => [
      name,
      SECRETS.reduce((text, secret) => text.replace(secret, "$SECRET"), value),
    ]),
  );
  expect(sets.some((set) => Object.entries(set).every(([name, value]) => sent[name] === value))).toBe(true);
  expect(JSON.stringify(sent)).not.toContain("the-client");
}

function chats(expected: ProviderExpectations, provider: Provider): void {
  const cases = PROTOCOLS.flatMap((client) => [false, true].map((stream) => [client, stream] as const));
  test.each(cases)("chat for a client of %s, streamed: %p", async (client, stream) => {
    const spoken = spokenTo(provider, client);
    const { whole, stream: streamed, streamType = "text/event-stream" } = answerOf(expected, spoken);
    const play = (): Response =>
      stream
        ? new Response(streamed, { headers: { "content-type": streamType } })
        : Response.json(whole, { headers: { "x-request-id": "vendor-1" } });
    await staged(expected, play, async ({ ask, asked }) => {
      const [path, body] = REQUESTS[client](stream);
      const answer = await ask(path, post(body, { authorization: "Bearer the-client" }));
      const text = await answer.text();
      expect([answer.status, text]).toEqual([200, expect.any(String)]);
      expect(asked).toHaveLength(1);
      expect(asked[0]!.url).toBe(provider.url({ api: "chat", protocol: spoken, model: MODEL, stream })!);
      expectCredential(expected, asked[0]!, spoken);
      expect(asked[0]!.body).toContain(HI);
      expect(summary(stream ? streamedAnswer(client, text) : wholeAnswer(client, text))).toEqual({
        text: TEXT,
        finish: "stop",
        ...USAGE,
      });
    });
  });
}

function wholeAnswer(client: ClientProtocol, text: string): ChatResponse {
  return fold(codecFor(client).response.decode(JSON.parse(text) as JsonObject));
}

function streamedAnswer(client: ClientProtocol, text: string): ChatResponse {
  const sse = createSseDecoder({ maxEventBytes: 1 << 20 });
  const decoder = codecFor(client).stream.decoder();
  const events = [...sse.push(new TextEncoder().encode(text)), ...sse.end()].flatMap((event) => decoder.step(event));
  return fold([...events, ...decoder.end()]);
}

/** OpenAI's streams do not tell usage unless asked to, so what is not told is as it should be. */
function summary({ choices, usage }: ChatResponse): JsonObject {
  const [choice] = choices;
  return {
    text: (choice?.content ?? []).map((part) => (part.type === "text" ? part.text : "")).join(""),
    finish: choice?.finish.unified ?? "",
    inputTokens: usage?.inputTokens ?? USAGE.inputTokens,
    outputTokens: usage?.outputTokens ?? USAGE.outputTokens,
  };
}

function families(expected: ProviderExpectations, provider: Provider): void {
  const { urls, inconvertible = [] } = expected;
  const listed = Object.keys(urls).filter((key) => FAMILY_REQUESTS[key] !== undefined);
  if (listed.length > 0) {
    test.each(listed)("%s", async (key) => {
      const { path, init, seen, heard } = FAMILY_REQUESTS[key]!;
      const api = key.split(" ")[0] as ApiName;
      const shape = provider.shape?.(api, MODEL) ?? "openai";
      const { body, type = "application/json" } = FAMILY_ANSWERS[`${api} ${shape}`] ??
        FAMILY_ANSWERS[api] ?? { body: '{"ok":true}' };
      const play = (): Response => new Response(body, { headers: { "content-type": type } });
      await staged(expected, play, async ({ ask, asked }) => {
        const answer = await ask(path, init());
        const text = await answer.text();
        if (inconvertible.includes(api)) {
          expect([answer.status, asked.length, text]).toEqual([404, 0, expect.stringContaining(provider.type)]);
          return;
        }
        expect([answer.status, text]).toEqual([200, expect.any(String)]);
        expect(asked).toHaveLength(1);
        // Models are asked for in the provider's own protocol, if it has a list there.
        const places = Object.keys(urls).filter(
          (one) => one === key || (api === "models" && one.startsWith("models ")),
        );
        expect(places.some((one) => asked[0]!.url.startsWith(urls[one]!.split("?")[0]!))).toBe(true);
        expectCredential(expected, asked[0]!);
        if (heard !== undefined) expect(heard(text)).toBe(true);
        else if (seen === undefined) expect(text).toBe(body);
        else expect(seen(JSON.parse(text))).toBe(true);
      });
    });
  }

  const lacks = ["moderations", "batches", "completions", "rerank"].find((api) => urls[api] === undefined);
  const { path, init } = FAMILY_REQUESTS[lacks ?? ""] ?? {};
  if (path === undefined || init === undefined || provider.passThrough?.(path) !== undefined) return;
  test(`an API it does not have (${lacks})`, async () => {
    await staged(
      expected,
      () => Response.json({}),
      async ({ ask, asked }) => {
        const answer = await ask(path, init());
        expect(await answer.json()).toMatchObject({
          error: { code: "api_not_supported", message: `The provider 'mine' (${provider.type}) has no ${lacks} API.` },
        });
        expect([answer.status, asked.length]).toEqual([404, 0]);
      },
    );
  });
}

/** Every vendor's statuses; each quotes the credential in its message. */
const COMMON: readonly (Omit<VendorError, "body"> & { readonly message: string })[] = [
  { status: 401, verdict: "credential", message: "Incorrect API key provided: $SECRET." },
  { status: 403, verdict: "credential", message: "The key $SECRET may not do that." },
  { status: 404, verdict: "request", message: "The model some-model does not exist for $SECRET." },
  {
    status: 429,
    verdict: "credential",
    message: "Rate limit of $SECRET reached.",
    headers: { "retry-after": "7" },
    retryAfter: 7,
  },
  { status: 500, verdict: "upstream", message: "Internal error for $SECRET." },
  { status: 503, verdict: "upstream", message: "Overloaded, $SECRET." },
];

function said({ message, ...row }: (typeof COMMON)[number], refuse: Refusal): VendorError {
  return { ...row, body: refuse(row.status, message) };
}

function refusals(expected: ProviderExpectations, provider: Provider): void {
  const clients = ["openai-chat", "anthropic-messages", "gemini"] as const;
  const cases = clients.flatMap((client) => {
    const refuse = expected.refusal ?? REFUSALS[spokenTo(provider, client)];
    const common = refuse === undefined ? [] : COMMON.map((row) => said(row, refuse));
    const all = [...common, ...(expected.errors ?? [])];
    return all.map((row) => [row.status, JSON.stringify(row.body), client, row] as const);
  });
  test.each(cases)("status %d with %s, told to a client of %s", async (_status, _body, client, row) => {
    const { status, headers = {}, verdict, retryAfter } = row;
    const play = (asked: Asked): Response => new Response(quoting(row.body, asked), { status, headers });
    await staged(expected, play, async ({ ask, asked }) => {
      const [path, request] = REQUESTS[client](false);
      const answer = await ask(path, post(request));
      const text = await answer.text();
      expect(asked).toHaveLength(verdict === "request" ? 1 : 2);
      expect(answer.status).toBe(status < 400 ? 502 : status);
      expect(answer.headers.get("retry-after")).toBe(retryAfter === undefined ? null : String(retryAfter));
      for (const secret of SECRETS) expect(text + JSON.stringify([...answer.headers])).not.toContain(secret);
      expect(codecFor(client).error.decode(answer.status, answer.headers, JSON.parse(text)).message).not.toBe("");
    });
  });
}

/** The body as the vendor sends it to whoever asked with this credential. */
function quoting(body: JsonObject | string | Json[], { headers }: Asked): string {
  const secret = SECRETS.find((one) => JSON.stringify([...headers]).includes(one)) ?? "";
  return (typeof body === "string" ? body : JSON.stringify(body)).replaceAll("$SECRET", secret);
}
