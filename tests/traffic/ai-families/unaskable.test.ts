/** Providers that cannot be asked at all: they are passed over, and they do not hide why those that were asked failed. */
import { expect, test } from "bun:test";
import type { Provider } from "#src/core/provider.ts";
import { faultOf, json, setUp } from "./set-up.ts";

type Given = Partial<Provider> & { readonly id: string };

const MESSAGES = { messages: [{ role: "user", content: "Hi" }] };
/** Has no chat in any protocol. */
const CHATLESS: Given = { id: "q", protocols: [] };
/** Speaks the protocol, and has no address for it. */
const WITHOUT_ADDRESS: Given = { id: "q", url: () => undefined };
/** Keeps answers that its models cannot go on from. */
const CLAUDE: Given = { id: "q", protocols: ["anthropic-messages"] };

function failing(): Response {
  return Response.json({ error: { message: "out of order" } }, { status: 503 });
}

test.each([
  ["no chat", CHATLESS, "/v1/chat/completions", { model: "m", ...MESSAGES }],
  ["no address", WITHOUT_ADDRESS, "/v1/chat/completions", { model: "m", ...MESSAGES }],
  ["no such API", WITHOUT_ADDRESS, "/v1/embeddings", { model: "m", input: "a" }],
] as const)("a fallback with %s does not hide the failure before it", async (_, fallback, path, body) => {
  const stage = setUp({ providers: [{ id: "p" }, fallback], answer: failing });
  expect(await faultOf(stage.ask(path, json(body)))).toMatchObject({
    code: "upstream_error",
    status: 503,
    message: expect.stringContaining("out of order"),
  });
  expect(stage.seen).toHaveLength(1);
});

test("a fallback that is asked and fails is told of, whoever could not be asked between", async () => {
  const fallbacks = [CHATLESS, { id: "r" }];
  const stage = setUp({
    providers: [{ id: "p" }, ...fallbacks],
    answer: ({ url }) =>
      url.startsWith("https://r.") ? Response.json({ error: { message: "no more" } }, { status: 429 }) : failing(),
  });
  const fault = await faultOf(stage.ask("/v1/chat/completions", json({ model: "m", ...MESSAGES })));
  expect(fault).toMatchObject({ status: 429, message: expect.stringContaining("no more") });
});

test("the next provider is asked when the first cannot be, and the first reason is told when none can", async () => {
  const answer = (): Response => Response.json({ id: "c", model: "m", choices: [{ index: 0, message: {} }] });
  const body = json({ model: "m", ...MESSAGES });
  const one = setUp({ providers: [CHATLESS, { id: "p" }], answer });
  expect((await one.ask("/v1/chat/completions", body)).response.status).toBe(200);
  const none = setUp({ providers: [CHATLESS, { ...WITHOUT_ADDRESS, id: "r" }], answer });
  expect(await faultOf(none.ask("/v1/chat/completions", body))).toMatchObject({
    code: "api_not_supported",
    message: "The provider 'q' (fake) has no chat API.",
  });
});

test("a request that is at fault is not sent to the next provider", async () => {
  const stage = setUp({ providers: [CLAUDE, { id: "p" }] });
  const fault = await faultOf(stage.ask("/v1/chat/completions", json({ model: "m", messages: "Hi" })));
  expect(fault).toMatchObject({ code: "invalid_request" });
  expect(stage.seen).toEqual([]);
});
