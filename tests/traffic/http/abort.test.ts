import { describe, expect, test } from "bun:test";
import { compileAbort } from "#src/traffic/http/abort.ts";
import { dependencies, exchangeOf, handlerOf, upstream } from "./proxied.ts";

const services = [
  { name: "a", weight: 2, endpoints: [] },
  { name: "b", endpoints: [] },
];

describe("the share of requests that gets an error", () => {
  test("is counted against the services' weights", () => {
    let at = 0;
    const aborts = compileAbort({ services, abort: { status: 500, weight: 1 } }, () => at);
    const shares = [0, 0.24, 0.25, 0.99].map((value) => {
      at = value;
      return aborts();
    });
    expect(shares).toEqual([true, true, false, false]);
  });

  test("is none without a weight", () => {
    expect(compileAbort({ services, abort: { status: 500, weight: 0 } }, () => 0)()).toBe(false);
    expect(compileAbort({ services }, () => 0)()).toBe(false);
  });

  test("never reaches a service", async () => {
    let asked = 0;
    const address = upstream(() => {
      asked += 1;
      return new Response("served");
    });
    let at = 0;
    const abort = { status: 503, weight: 1 };
    const handler = handlerOf([address], { abort }, dependencies({ random: () => at }));
    const request = (): Request => new Request("http://shop.example/", { headers: { host: "shop.example" } });
    expect((await handler.handle(exchangeOf(request()).exchange)).status).toBe(503);
    expect(asked).toBe(0);
    at = 0.9;
    expect(await (await handler.handle(exchangeOf(request()).exchange)).text()).toBe("served");
  });
});
