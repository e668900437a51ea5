import { expect, test } from "bun:test";
import { gate } from "#tests/support/gate.ts";
import type { HttpRouteOptions } from "#src/traffic/http/http-options.ts";
import type { MirroredCopy } from "#src/traffic/http/upstream-fetch.ts";
import { deadAddress, dependencies, exchangeOf, handlerOf, upstream } from "./proxied.ts";

const mirrorsAt = (...addresses: string[]): Partial<HttpRouteOptions> => ({
  mirrors: addresses.map((address) => ({ service: { name: "copy", endpoints: [{ address }] }, percent: 100 })),
});

/** A mirror that tells what it got. */
function copying(answer: () => Response | Promise<Response> = () => new Response()) {
  const waiting: ((got: { request: Request; body: string }) => void)[] = [];
  const address = upstream(async (request) => {
    const body = await request.text();
    waiting.shift()?.({ request, body });
    return answer();
  });
  const next = (): Promise<{ request: Request; body: string }> => new Promise((resolve) => waiting.push(resolve));
  return { address, next };
}

test("a copy has the request's method, path, headers and body, and says so in its host", async () => {
  const mirror = copying();
  const main = upstream(async (request) => new Response(`main ${await request.text()}`));
  const { handle } = handlerOf([main], { ...mirrorsAt(mirror.address), requestHeaders: { set: { "x-route": "r" } } });
  const got = mirror.next();
  const request = new Request("http://shop.test:8080/a?b=1", {
    method: "POST",
    headers: { host: "shop.test:8080", "content-length": "4" },
    body: "text",
  });
  expect(await (await handle(exchangeOf(request).exchange)).text()).toBe("main text");
  const { request: copy, body } = await got;
  const { pathname, search } = new URL(copy.url);
  expect([copy.method, pathname + search, body]).toEqual(["POST", "/a?b=1", "text"]);
  expect([copy.headers.get("host"), copy.headers.get("x-route")]).toEqual(["shop.test-shadow:8080", "r"]);
});

test("a streamed body is copied once it has passed, unless it is long", async () => {
  const mirror = copying();
  const main = upstream(async (request) => new Response(String((await request.arrayBuffer()).byteLength)));
  const { handle } = handlerOf([main], mirrorsAt(mirror.address));
  const sent = async (chunks: number): Promise<string> => {
    let left = chunks;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(1000)) : controller.close()),
    });
    return (await handle(exchangeOf(new Request("http://x/", { method: "PUT", body })).exchange)).text();
  };
  const got = mirror.next();
  expect(await sent(500)).toBe("500000");
  expect(await sent(3)).toBe("3000");
  // The long one would have come first.
  expect((await got).body.length).toBe(3000);
});

test("a mirror that is slow, dead or broken is not noticed", async () => {
  const hanging = gate();
  const mirror = copying(async () => {
    await hanging.opened;
    return new Response(null, { status: 500 });
  });
  const main = upstream(() => new Response("main"));
  const { handle } = handlerOf([main], mirrorsAt(mirror.address, await deadAddress()));
  const got = mirror.next();
  const answer = await handle(exchangeOf(new Request("http://x/")).exchange);
  expect([answer.status, await answer.text()]).toEqual([200, "main"]);
  await got;
  hanging.open();
});

test("a share of the requests is copied", async () => {
  const draws = [0.1, 0.6, 0.3, 0.9];
  const copies: string[] = [];
  const main = upstream(() => new Response());
  const service = { name: "copy", endpoints: [{ address: "copy.test:1" }] };
  const deps = dependencies({
    random: () => draws.shift() ?? 0,
    async fetch(url, init) {
      if (!url.startsWith("http://copy.test")) return fetch(url, init);
      copies.push(url);
      return new Response();
    },
  });
  const { handle } = handlerOf([main], { mirrors: [{ service, percent: 50 }] }, deps);
  for (const path of ["/1", "/2", "/3", "/4"]) await handle(exchangeOf(new Request(`http://x${path}`)).exchange);
  expect(copies).toEqual(["http://copy.test:1/1", "http://copy.test:1/3"]);
});

test("what became of a copy is told", async () => {
  const told: string[] = [];
  const over = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const onMirrored = ({ service, outcome }: MirroredCopy): void => {
    over[told.length]?.resolve();
    told.push(`${service} ${outcome}`);
  };
  const main = upstream(async (request) => new Response(await request.text()));
  const mirror = upstream(() => new Response(null, { status: 418 }));
  const ask = async (address: string, body: string | ReadableStream<Uint8Array>): Promise<void> => {
    const { handle } = handlerOf([main], mirrorsAt(address), dependencies({ onMirrored }));
    const request = new Request("http://x/", { method: "POST", body });
    await (await handle(exchangeOf(request).exchange)).text();
  };
  await ask(mirror, "short");
  await over[0]?.promise;
  await ask(await deadAddress(), "short");
  await over[1]?.promise;
  await ask(mirror, new Response("long".repeat(100_000)).body ?? "");
  await over[2]?.promise;
  expect(told).toEqual(["copy 418", "copy failed", "copy dropped"]);
});
