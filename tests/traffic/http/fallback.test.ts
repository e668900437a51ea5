import { describe, expect, test } from "bun:test";
import { Fault } from "#src/core/fault.ts";
import type { HttpRouteOptions } from "#src/traffic/http/http-options.ts";
import { deadAddress, exchangeOf, faultOf, handlerOf, upstream } from "./proxied.ts";

/** Tells what it was asked. */
function pages(): string {
  return upstream(async (request) => {
    const { pathname } = new URL(request.url);
    const header = (name: string) => request.headers.get(name);
    const told = ["x-envoy-route-name", "x-envoy-fallback-service", "x-code", "x-original-uri"].map(header);
    return Response.json([request.method, pathname, await request.text(), ...told, header("x-own")], { status: 418 });
  });
}

function fallbackTo(address: string | undefined, on: readonly string[] = []): Partial<HttpRouteOptions> {
  const endpoints = address === undefined ? [] : [{ address }];
  return { fallback: { service: { name: "pages", endpoints }, on, route: "shop" } };
}

const request = (method = "GET", body?: string): Request =>
  new Request("http://x/a/b?c=1", {
    method,
    ...(body === undefined ? {} : { body, headers: { "content-length": String(body.length) } }),
  });

describe("a service without endpoints", () => {
  test("the other one gets the request as it is", async () => {
    const { handle } = handlerOf([], fallbackTo(pages()));
    const answer = await handle(exchangeOf(request("POST", "hi")).exchange);
    expect(await answer.json()).toEqual(["POST", "/a/b", "hi", null, null, null, null, null]);
  });

  test("without another one, or with one that has none either, it is 503", async () => {
    for (const options of [{}, fallbackTo(undefined)]) {
      const fault = await faultOf(handlerOf([], options).handle(exchangeOf(request()).exchange));
      expect([fault.code, fault.status]).toEqual(["no_upstream", 503]);
    }
  });

  test("endpoints of weight 0 are none", async () => {
    const main = upstream(() => new Response("main"));
    const services = [{ name: "main", endpoints: [{ address: main, weight: 0 }] }];
    const { handle } = handlerOf([], { services, ...fallbackTo(pages()) });
    expect((await handle(exchangeOf(request()).exchange)).status).toBe(418);
  });
});

describe("an answer with a status in the list", () => {
  test("the other one is asked for its page, and told why", async () => {
    const main = upstream(() => new Response("secret", { status: 503 }));
    const services = [{ name: "main", endpoints: [{ address: main }], requestHeaders: { set: { "x-own": "main" } } }];
    const { handle } = handlerOf([], { services, ...fallbackTo(pages(), ["404", "5xx"]) });
    const { exchange } = exchangeOf(request("POST", "hi"));
    const answer = await handle(exchange);
    expect(answer.status).toBe(418);
    expect(await answer.json()).toEqual(["POST", "/", "hi", "shop-fallback", "pages", "503", "/a/b?c=1", null]);
    expect(exchange.record.attempts.map(({ upstream: name, status }) => [name, status])).toEqual([
      ["main", 503],
      ["pages", 418],
    ]);
  });

  test("others are passed on", async () => {
    const main = upstream(() => new Response("main", { status: 500 }));
    const { handle } = handlerOf([main], fallbackTo(pages(), ["503"]));
    const answer = await handle(exchangeOf(request()).exchange);
    expect([answer.status, await answer.text()]).toEqual([500, "main"]);
  });

  test("a body too long to be sent again keeps the answer as it is", async () => {
    const main = upstream(async (asked) => {
      await asked.arrayBuffer();
      return new Response("main", { status: 503 });
    });
    const { handle } = handlerOf([main], fallbackTo(pages(), ["503"]));
    const answer = await handle(exchangeOf(request("PUT", "x".repeat(200_000))).exchange);
    expect([answer.status, await answer.text()]).toEqual([503, "main"]);
  });
});

test("a service that cannot be reached is 502, and 503 to whoever knows Envoy", async () => {
  const dead = await deadAddress();
  for (const [on, status] of [
    [["502"], 418],
    [["503"], 418],
    [["404"], 502],
  ] as const) {
    const { handle } = handlerOf([dead], fallbackTo(pages(), on));
    const answer = await handle(exchangeOf(request()).exchange).catch((fault: unknown) => Fault.from(fault));
    expect(answer.status).toBe(status);
  }
});
