import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { Exchange } from "#src/core/exchange.ts";
import type { LiveExchange } from "#src/traffic/live-exchange.ts";
import { createConsumers, hideKey, unauthenticated } from "#src/traffic/consumers.ts";

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
    [{}, "", undefined],
  ] as [Record<string, string>, string, string | undefined][])("%p %p is %p", async (headers, search, name) => {
    expect(await consumers.identify(exchange(headers, search))).toBe(name);
  });

  test("tell a missing key from a wrong one", () => {
    expect(unauthenticated(exchange({})).message).toContain("is needed");
    expect(unauthenticated(exchange({ "x-api-key": "nobody" })).message).toContain("not known");
  });

  test("a key among the subprotocols is taken out, the others stay", () => {
    const offered = (list: string): string | null => {
      const shown = exchange({ "sec-websocket-protocol": list });
      hideKey(shown as LiveExchange);
      return shown.request.headers.get("sec-websocket-protocol");
    };
    expect(offered("realtime, openai-insecure-api-key.bob-key, v2")).toBe("realtime, v2");
    expect(offered("openai-insecure-api-key.bob-key")).toBeNull();
  });

  test("know when there are none", async () => {
    expect(consumers.empty).toBe(false);
    expect((await createConsumers([])).empty).toBe(true);
  });
});
