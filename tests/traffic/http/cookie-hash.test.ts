import { expect, test } from "bun:test";
import type { HashSource } from "#src/traffic/http/http-options.ts";
import { exchangeOf, handlerOf, upstream } from "./proxied.ts";

type CookieSource = Extract<HashSource, { cookie: string }>;

/** A client in front of five endpoints, each of which tells its number. */
function spread(hashOn: CookieSource) {
  const addresses = Array.from({ length: 5 }, (_, number) => upstream(() => new Response(String(number))));
  const endpoints = addresses.map((address) => ({ address }));
  const { handle } = handlerOf([], { services: [{ name: "s", endpoints, balance: "hash", hashOn }] });
  return async (cookie?: string): Promise<{ at: string; given: string | null }> => {
    const headers = cookie === undefined ? {} : { cookie };
    const answer = await handle(exchangeOf(new Request("http://x/", { headers })).exchange);
    return { at: await answer.text(), given: answer.headers.get("set-cookie") };
  };
}

test("a client without the cookie gets one, and stays where its first request went", async () => {
  const ask = spread({ cookie: "stay", ttl: 3_600_000, path: "/shop" });
  const seen = new Set<string>();
  for (let client = 0; client < 30; client++) {
    const { at, given } = await ask("other=1");
    const [, value = ""] = /^stay=([0-9a-f]{16}); Max-Age=3600; Path=\/shop; HttpOnly$/.exec(given ?? "") ?? [];
    expect(value).not.toBe("");
    expect(await ask(`other=1; stay=${value}`)).toEqual({ at, given: null });
    seen.add(at);
  }
  expect(seen.size).toBe(5);
});

test("ttl 0 lasts as long as the browser, and an empty cookie is none", async () => {
  const ask = spread({ cookie: "stay", ttl: 0 });
  expect((await ask("stay=")).given).toMatch(/^stay=[0-9a-f]{16}; Path=\/; HttpOnly$/);
});

test("without ttl none is given", async () => {
  expect((await spread({ cookie: "stay" })()).given).toBeNull();
});

test.each([
  { cookie: "a b", ttl: 1 },
  { cookie: "a", ttl: 1, path: "/; Secure" },
])("%j cannot be written", (hashOn) => {
  expect(() => spread(hashOn)).toThrow('Service "s": a cookie');
});
