import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { Exchange } from "#src/core/exchange.ts";
import type { LiveExchange } from "#src/traffic/live-exchange.ts";
import { createConsumers, unauthenticated } from "#src/traffic/consumers.ts";

function exchange(headers: Record<string, string>, search = ""): Exchange {
  return { request: new Request("http://x/", { headers }), search } as unknown as Exchange;
}

const hashed = createHash("sha256").update("bob-key").digest("hex");
const consumers = await createConsumers([
  { name: "alice", credentials: ["alice-1", "alice-2"] },
  { name: "bob", credentials: [`sha256:${hashed.toUpperCase()}`] },
]);

describe("consumers", () => {
  test.each([
    [{ authorization: "Bearer alice-1" }, "", "alice"],
    [{ authorization: "bearer   alice-2" }, "", "alice"],
    [{ "x-api-key": "bob-key" }, "", "bob"],
    [{ "x-goog-api-key": "alice-1" }, "", "alice"],
    [{}, "?a=b&key=bob-key", "bob"],
    [{ "sec-websocket-protocol": "realtime, openai-insecure-api-key.bob-key" }, "", "bob"],
    [{ "sec-websocket-protocol": "realtime,openai-insecure-api-key.nobody" }, "", undefined],
    [{ "sec-websocket-protocol": "realtime" }, "", undefined],
    [{}, "?monkey=bob-key", undefined],
    [{ authorization: "Basic alice-1" }, "", undefined],
    [{ authorization: "Bearer nobody" }, "", undefined],
    [{ "x-api-key": `sha256:${hashed}` }, "", undefined],
    [{ authorization: "Bearer a-token", "x-api-key": "alice-1" }, "", "alice"],
    [{ "x-api-key": "nobody", "api-key": "alice-1" }, "?key=bob-key", "alice"],
    [{}, "", undefined],
  ] as [Record<string, string>, string, string | undefined][])("%p %p is %p", async (headers, search, name) => {
    expect((await consumers.identify(exchange(headers, search)))?.name).toBe(name);
  });

  test("tell a missing key from a wrong one", () => {
    expect(unauthenticated(exchange({})).message).toContain("is needed");
    expect(unauthenticated(exchange({ "x-api-key": "nobody" })).message).toContain("not known");
  });

  test("a key among the subprotocols is taken out, the others stay", async () => {
    const offered = async (list: string): Promise<string | null> => {
      const shown = exchange({ "sec-websocket-protocol": list });
      (await consumers.identify(shown))?.hide(shown as LiveExchange);
      return shown.request.headers.get("sec-websocket-protocol");
    };
    expect(await offered("realtime, openai-insecure-api-key.bob-key, v2")).toBe("realtime, v2");
    expect(await offered("openai-insecure-api-key.bob-key")).toBeNull();
  });

  test("the key that was known is taken out, a token beside it stays", async () => {
    const shown = exchange({ authorization: "Bearer a-token", "x-api-key": "alice-1" });
    (await consumers.identify(shown))?.hide(shown as LiveExchange);
    expect(Object.fromEntries(shown.request.headers)).toEqual({ authorization: "Bearer a-token" });
  });

  test("know when there are none", async () => {
    expect(consumers.empty).toBe(false);
    expect((await createConsumers([])).empty).toBe(true);
  });
});
