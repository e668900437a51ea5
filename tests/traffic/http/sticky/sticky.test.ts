import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import type { Fault } from "#src/core/fault.ts";
import type { HttpRouteOptions, ServiceOptions, StickyOptions } from "#src/traffic/http/http-options.ts";
import { createKeyRing } from "#src/sessions/key-ring.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { deadAddress, dependencies, exchangeOf, faultOf, handlerOf, upstream } from "../proxied.ts";

const clock = new FakeClock();
const keyRing = createKeyRing({ store: createMemoryStore({ clock }), clock });
const deps = dependencies({ clock, keyRing });
const DAY = 86_400_000;

function options(sticky: Partial<StickyOptions>): Partial<HttpRouteOptions> {
  return { sticky: { whenGone: "fail", ttl: DAY, scope: "route", ...sticky } };
}

/** Upstreams that each answer with what `answer` makes of their name and the request. */
function upstreams(answer: (name: string, request: Request) => Response): string[] {
  return ["a", "b", "c"].map((name) => upstream((request) => answer(name, request)));
}

type Handler = ReturnType<typeof handlerOf>;

function ask(handler: Handler, path = "/", init: RequestInit = {}): Promise<Response> {
  return handler.handle(exchangeOf(new Request(`http://shop.example${path}`, init)).exchange);
}

/** An upstream that keeps its session in a header. */
function sessionInHeader(name: string, request: Request): Response {
  const own = request.headers.get("mcp-session-id");
  return Response.json({ name, own }, { headers: { "mcp-session-id": own ?? `session-of-${name}` } });
}

interface Told {
  readonly name: string;
  readonly own: string | null;
}

async function told(response: Promise<Response>): Promise<Told> {
  return (await (await response).json()) as Told;
}

describe("a key in a header", () => {
  test("names the endpoint to the gateway, and the session to the endpoint", async () => {
    const handler = handlerOf(upstreams(sessionInHeader), options({ header: "mcp-session-id" }), deps);
    for (const name of ["a", "b", "c", "a"]) {
      const first = await ask(handler);
      const key = first.headers.get("mcp-session-id") ?? "";
      expect(key).not.toContain("session-of");
      expect(((await first.json()) as Told).name).toBe(name);
      for (let time = 0; time < 3; time++) {
        const next = await ask(handler, "/", { headers: { "mcp-session-id": key } });
        // What the client has stays what it is.
        expect(next.headers.get("mcp-session-id")).toBe(key);
        expect(await next.json()).toEqual({ name, own: `session-of-${name}` });
      }
    }
  });

  test("made up, of another route or too old, is told to be over", async () => {
    const addresses = upstreams(sessionInHeader);
    const handler = handlerOf(addresses, options({ header: "mcp-session-id" }), deps);
    const other = handlerOf(addresses, options({ header: "mcp-session-id", scope: "other" }), deps);
    const with_ = (key: string): Promise<Response> => ask(handler, "/", { headers: { "mcp-session-id": key } });
    const foreign = (await ask(other)).headers.get("mcp-session-id") ?? "";
    for (const key of ["session-of-a", "x", foreign]) await expectOver(with_(key));
    const key = (await ask(handler)).headers.get("mcp-session-id") ?? "";
    clock.advance(DAY / 2);
    const renewed = (await with_(key)).headers.get("mcp-session-id") ?? "";
    expect(renewed).not.toBe(key);
    clock.advance(DAY / 2);
    await expectOver(with_(key));
    expect((await told(with_(renewed))).own).toStartWith("session-of-");
  });

  test("of an endpoint that is gone is over, or moves where it may", async () => {
    const addresses = upstreams(sessionInHeader);
    const before = handlerOf(addresses.slice(0, 1), options({ header: "mcp-session-id" }), deps);
    const headers = { "mcp-session-id": (await ask(before)).headers.get("mcp-session-id") ?? "" };
    const strict = handlerOf(addresses.slice(1), options({ header: "mcp-session-id" }), deps);
    await expectOver(ask(strict, "/", { headers }));
    const moving = handlerOf(addresses.slice(1), options({ header: "mcp-session-id", whenGone: "rebalance" }), deps);
    const moved = await ask(moving, "/", { headers });
    expect(await moved.json()).toEqual({ name: "b", own: "session-of-a" });
    const again = { "mcp-session-id": moved.headers.get("mcp-session-id") ?? "" };
    for (let time = 0; time < 3; time++) expect((await told(ask(moving, "/", { headers: again }))).name).toBe("b");
  });

  test("of an endpoint that nobody can reach is over, or moves where it may", async () => {
    const dead = await deadAddress();
    const key = await keyRing.seal(
      { h: `http://${dead}`, s: "own", t: clock.now() },
      { purpose: "sticky session", subject: "route" },
      clock.now() + DAY,
    );
    const [live = ""] = upstreams(sessionInHeader);
    const headers = { "mcp-session-id": key };
    const retry = { attempts: 1, on: ["connect-failure"] } as const;
    const of = (whenGone: "fail" | "rebalance"): Handler =>
      handlerOf([dead, live], { ...options({ header: "mcp-session-id", whenGone }), retry }, dependencies({ keyRing }));
    await expectOver(ask(of("fail"), "/", { headers }));
    expect(await told(ask(of("rebalance"), "/", { headers }))).toEqual({ name: "a", own: "own" });
  });

  test("an endpoint in either of two services is found", async () => {
    const [a = "", b = ""] = upstreams(sessionInHeader);
    const services = (weights: readonly number[]): ServiceOptions[] =>
      [a, b].map((address, n) => ({ name: `s${n}`, weight: weights[n] ?? 1, endpoints: [{ address }] }));
    const sticky = options({ header: "mcp-session-id" });
    const handler = handlerOf([], { ...sticky, services: services([0, 1]) }, deps);
    const both = handlerOf([], { ...sticky, services: services([1, 1]) }, deps);
    for (let time = 0; time < 4; time++) {
      const first = await ask(both);
      const headers = { "mcp-session-id": first.headers.get("mcp-session-id") ?? "" };
      const { name } = (await first.json()) as Told;
      // A service of weight 0 gets no new sessions, and keeps those it has.
      for (const one of [both, handler, both]) expect((await told(ask(one, "/", { headers }))).name).toBe(name);
    }
  });
});

test("a key in a cookie is sealed among other cookies, and taken away as it is", async () => {
  const handler = handlerOf(
    upstreams((name, request) => {
      const response = Response.json({ name, own: request.headers.get("cookie") });
      response.headers.append("set-cookie", "other=1; Path=/");
      if (!request.headers.has("cookie")) response.headers.append("set-cookie", `sid=of-${name}; Path=/; HttpOnly`);
      if (request.url.endsWith("/leave")) response.headers.append("set-cookie", "sid=; Max-Age=0");
      return response;
    }),
    options({ cookie: "sid", whenGone: "rebalance" }),
    deps,
  );
  const first = await ask(handler);
  const [other, set = ""] = first.headers.getSetCookie();
  expect(other).toBe("other=1; Path=/");
  const [, key = ""] = /^sid=([\w-]+); Path=\/; HttpOnly$/.exec(set) ?? [];
  const headers = { cookie: `x=1; sid=${key}; y=2` };
  for (let time = 0; time < 3; time++)
    expect(await told(ask(handler, "/", { headers }))).toEqual({ name: "a", own: "x=1; sid=of-a; y=2" });
  expect((await ask(handler, "/leave", { headers })).headers.getSetCookie()).toEqual([
    "other=1; Path=/",
    "sid=; Max-Age=0",
  ]);
  expect((await told(ask(handler, "/", { headers: { cookie: "sid=of-before" } }))).own).toBe("sid=of-before");
});

test("a key told in a JSON answer is replaced, and sent in the query", async () => {
  const handler = handlerOf(
    upstreams((name, request) => {
      const { search } = new URL(request.url);
      return new Response(`{ "n": 1.50, "id" : "of-${name}", "search": ${JSON.stringify(search)} }`, {
        headers: { "content-type": "application/vnd.x+json; charset=utf-8" },
      });
    }),
    options({ body: "id", query: "sid" }),
    deps,
  );
  const first = await (await ask(handler)).text();
  const [, key = ""] = /^\{ "n": 1\.50, "id" : "([\w-]+)", "search": "" \}$/.exec(first) ?? [];
  expect(key).not.toBe("");
  for (let time = 0; time < 3; time++)
    expect(await (await ask(handler, `/?a=1&sid=${key}&b`)).text()).toBe(
      '{ "n": 1.50, "id" : "of-a", "search": "?a=1&sid=of-a&b" }',
    );
});

test("endpoints are asked not to compress what is searched, and one that does anyway is told", async () => {
  const asked: (string | null)[] = [];
  const address = upstream((request) => {
    asked.push(request.headers.get("accept-encoding"));
    const headers = { "content-type": "text/event-stream", "content-encoding": "gzip" };
    return new Response(gzipSync("event: endpoint\ndata: /m?sid=1\n\n"), { headers });
  });
  const handler = handlerOf([address], options({ query: "sid" }), dependencies({ keyRing }));
  // Bun's own fetch would undo it; nobody has asked for it here.
  const fault = await faultOf(ask(handler, "/", { headers: { "accept-encoding": "gzip" } }));
  expect(fault.code).toBe("upstream_garbage");
  expect(asked).toEqual(["identity"]);
});

async function expectOver(response: Promise<Response>): Promise<void> {
  const fault: Fault = await faultOf(response);
  expect([fault.code, fault.status]).toEqual(["session_not_found", 404]);
}
