import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { type Backend, deadAddress, startBackend } from "#tests/support/backend.ts";
import { never } from "#tests/support/gate.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { RawClient } from "#tests/contracts/raw-client.ts";

/** The statuses the flaky backend answers with, one after the other; then 200. */
let script: number[] = [];
const bodies: string[] = [];
const flaky: Backend = startBackend(async (request) => {
  bodies.push(await request.text());
  return new Response("answered", { status: script.shift() ?? 200 });
});
const silent: Backend = startBackend(async () => {
  await never;
  return new Response();
});
const stalls: Backend = startBackend(
  () =>
    new Response(new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("begun")) })),
);

const FLAKY = { services: [{ name: "flaky" }] };

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      admin: { port: 0 },
      services: [
        { name: "flaky", endpoints: [flaky.address] },
        { name: "silent", endpoints: [silent.address] },
        { name: "stalls", endpoints: [stalls.address] },
        { name: "dead", endpoints: [deadAddress()] },
        { name: "silent-then-flaky", endpoints: [silent.address, flaky.address] },
      ],
      routes: [
        { name: "bare", match: { path: { prefix: "/bare" } }, http: FLAKY },
        { name: "defaults", match: { path: { prefix: "/defaults" } }, http: { ...FLAKY, retry: {} } },
        {
          name: "thrice",
          match: { path: { prefix: "/thrice" } },
          http: { ...FLAKY, retry: { attempts: 2, on: [503, "429"] } },
        },
        {
          name: "classes",
          match: { path: { prefix: "/classes" } },
          http: { ...FLAKY, retry: { attempts: 1, on: ["4xx"] } },
        },
        { name: "server", match: { path: { prefix: "/server" } }, http: { ...FLAKY, retry: { on: ["5xx"] } } },
        { name: "never", match: { path: { prefix: "/never" } }, http: { ...FLAKY, retry: { attempts: 0 } } },
        {
          name: "timed",
          match: { path: { prefix: "/timed" } },
          http: { services: [{ name: "silent" }], timeout: "80ms" },
        },
        {
          name: "stalled",
          match: { path: { prefix: "/stalled" } },
          http: { services: [{ name: "stalls" }], timeout: "80ms" },
        },
        {
          name: "per-try",
          match: { path: { prefix: "/per-try" } },
          http: {
            services: [{ name: "silent-then-flaky" }],
            retry: { attempts: 1, on: ["timeout"], perTryTimeout: "80ms" },
          },
        },
        { name: "dead", match: { path: { prefix: "/dead" } }, http: { services: [{ name: "dead" }] } },
        {
          name: "once-slow",
          match: { path: { prefix: "/once-slow" } },
          http: {
            services: [{ name: "silent" }],
            retry: { attempts: 1, on: ["connect-failure"], perTryTimeout: "80ms" },
          },
        },
      ],
    },
  });
});
beforeEach(() => {
  script = [];
  bodies.length = 0;
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([flaky, silent, stalls].map((backend) => backend.close()));
});

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(gateway.origin + path, init);
}

const RETRIES: readonly (readonly [path: string, statuses: readonly number[], status: number, tries: number])[] = [
  ["/bare", [503], 503, 1],
  ["/defaults", [503], 200, 2],
  ["/defaults", [502, 504], 504, 2],
  ["/defaults", [500], 500, 1],
  ["/thrice", [503, 429], 200, 3],
  ["/thrice", [503, 503, 503], 503, 3],
  ["/thrice", [502], 502, 1],
  ["/classes", [500], 500, 1],
  ["/server", [500], 200, 2],
  ["/server", [404], 404, 1],
  ["/never", [503], 503, 1],
];
test.each(RETRIES)("%s: answers %j become %d after %d tries", async (path, statuses, status, tries) => {
  script = [...statuses];
  const response = await ask(path);
  expect(response.status).toBe(status);
  expect(await response.text()).toBe("answered");
  expect(bodies).toHaveLength(tries);
});

test("/classes: an answer of a class on the list is fetched again", async () => {
  script = [404];
  expect((await ask("/classes")).status).toBe(200);
  expect(bodies).toHaveLength(2);
});

test("each try is in the access log", async () => {
  script = [503];
  const line = await gateway.logOf(await ask("/thrice"));
  expect(line).toMatchObject({ status: 200, route: "thrice" });
  expect(JSON.stringify(line)).toMatch(/503.*200/);
});

test("a PUT is sent again with its body, a POST is not sent again", async () => {
  script = [503];
  expect((await ask("/thrice", { method: "PUT", body: "content" })).status).toBe(200);
  expect(bodies).toEqual(["content", "content"]);
  bodies.length = 0;
  script = [503];
  expect((await ask("/thrice", { method: "POST", body: "content" })).status).toBe(503);
  expect(bodies).toEqual(["content"]);
});

test("a service that is silent for longer than the route's timeout: 504", async () => {
  const response = await ask("/timed");
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({ error: { code: "total_timeout" } });
  expect(await gateway.logOf(response)).toMatchObject({ fault: "total_timeout", status: 504 });
});

test("an answer that takes longer than the route's timeout is cut, never ended as if it were whole", async () => {
  const client = await RawClient.open({ port: Number(new URL(gateway.origin).port), secure: false });
  await client.request("GET", "/stalled");
  await client.ended();
  expect(client.received).toStartWith("HTTP/1.1 200");
  expect(client.received).toContain("begun");
  expect(client.received).not.toContain("\r\n0\r\n");
});

test("a try that takes too long is made elsewhere", async () => {
  for (let turn = 0; turn < 2; turn++) {
    const response = await ask("/per-try");
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("answered");
  }
  expect(silent.seen.some(({ url }) => url.endsWith("/per-try"))).toBe(true);
});

test("a try that takes too long where that is not tried again: 504", async () => {
  const response = await ask("/once-slow");
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({ error: { code: "first_byte_timeout" } });
});

test("a service nobody listens for: 502 that names the service and not its address", async () => {
  for (const method of ["GET", "POST"]) {
    const response = await ask("/dead", { method });
    expect(response.status).toBe(502);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ error: { code: "upstream_unreachable" } });
    expect(text).toContain("dead");
    expect(text).not.toContain("127.0.0.1");
  }
});
