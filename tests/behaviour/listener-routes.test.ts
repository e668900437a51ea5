import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { freePort } from "#tests/support/backend.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";

/** A route for some listeners alone, and parts of requests as headers. */
describe.each(["bun", "deno"] as const)("on %s", (runtime) => {
  let gateway: Gateway;
  let inner = "";

  beforeAll(async () => {
    const port = await freePort();
    inner = `http://127.0.0.1:${port}`;
    const config = {
      listeners: [
        { name: "outer", host: "127.0.0.1", port: 0 },
        { name: "inner", host: "127.0.0.1", port },
      ],
      admin: { port: 0 },
      routes: [
        { name: "inner", match: { listeners: ["inner"], methods: ["GET"] }, response: { status: 200, body: "inner" } },
        {
          name: "shop",
          match: { listeners: ["outer"], headers: [{ name: ":path", regex: "/shop\\?.*id=1" }] },
          response: { status: 200, body: "shop" },
        },
        {
          name: "outer",
          match: { listeners: ["outer"], path: { prefix: "/shop" }, headers: [{ name: ":authority", prefix: "h." }] },
          response: { status: 200, body: "outer" },
        },
      ],
    };
    gateway = await startGateway({ config, runtime });
  });
  afterAll(() => gateway.stop());

  test("each listener has its own routes", async () => {
    const asked = ["/shop", "/shop?a=2&id=1"].map((path) => fetch(inner + path).then((answer) => answer.text()));
    expect(await Promise.all(asked)).toEqual(["inner", "inner"]);
    expect(await (await fetch(`${gateway.origin}/shop?a=2&id=1`)).text()).toBe("shop");
    expect((await fetch(`${gateway.origin}/shop`)).status).toBe(404);
    expect(await (await fetch(`${gateway.origin}/shop`, { headers: { host: "h.test:80" } })).text()).toBe("outer");
  });

  test("a method is refused only where another one would do", async () => {
    expect((await fetch(inner, { method: "DELETE" })).status).toBe(405);
    expect((await fetch(gateway.origin, { method: "DELETE" })).status).toBe(404);
  });
});
