import { expect, test } from "bun:test";
import { createDirectResponseHandler } from "#src/traffic/http/direct-response.ts";
import { createRedirectHandler, type RedirectOptions } from "#src/traffic/http/redirect.ts";
import { exchangeOf } from "./proxied.ts";

const request = (secure: boolean) =>
  exchangeOf(new Request("http://shop.example:8080/a/b?q=1", { headers: { host: "shop.example:8080" } }), { secure })
    .exchange;

test.each([
  [{}, "http://shop.example:8080/a/b?q=1"],
  [{ scheme: "https" }, "https://shop.example/a/b?q=1"],
  [{ scheme: "https", port: 8443 }, "https://shop.example:8443/a/b?q=1"],
  [{ scheme: "https", port: 443 }, "https://shop.example/a/b?q=1"],
  [{ port: 9000 }, "http://shop.example:9000/a/b?q=1"],
  [{ host: "new.example" }, "http://new.example/a/b?q=1"],
  [{ url: "https://new.example/page?a=2" }, "https://new.example/page?a=2"],
  [{ path: { full: "/new" } }, "http://shop.example:8080/new?q=1"],
  [{ path: { prefix: "/a", replacement: "/z" } }, "http://shop.example:8080/z/b?q=1"],
] as [RedirectOptions, string][])("%j leads to %p", async (options, location) => {
  const response = await createRedirectHandler(options)(request(false));
  expect(response.status).toBe(302);
  expect(response.headers.get("location")).toBe(location);
});

test("the scheme is the connection's, the status as configured", async () => {
  const response = await createRedirectHandler({ status: 308, scheme: "https" })(request(true));
  expect(response.status).toBe(308);
  expect(response.headers.get("location")).toBe("https://shop.example:8080/a/b?q=1");
});

test("a direct response is fresh each time, and has no body for HEAD", async () => {
  const handle = createDirectResponseHandler({ status: 503, body: "späť", headers: { "retry-after": "9" } });
  for (let time = 0; time < 2; time++) {
    const { exchange } = exchangeOf(new Request("http://x/"));
    const response = await handle(exchange);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("9");
    expect(response.headers.get("content-type")).toBe("text/plain;charset=utf-8");
    expect(await response.text()).toBe("späť");
    expect(exchange.record.responseBytes).toBe(6);
  }
  const head = await handle(exchangeOf(new Request("http://x/", { method: "HEAD" })).exchange);
  expect([head.body, head.headers.get("content-length")]).toEqual([null, "6"]);
});

test("statuses without a body keep none, and mistakes show when it is built", async () => {
  const response = await createDirectResponseHandler({ status: 204, body: "x" })(
    exchangeOf(new Request("http://x/")).exchange,
  );
  expect(response.body).toBeNull();
  expect(() => createDirectResponseHandler({ status: 99 })).toThrow();
  expect(() => createDirectResponseHandler({ status: 200, headers: { "a b": "c" } })).toThrow();
});
