import { afterAll, beforeAll, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { type Asked, type Backend, deadAddress, namedBackend, startBackend } from "#tests/support/backend.ts";
import { gate } from "#tests/support/gate.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { within } from "#tests/support/until.ts";

const [a, b, c] = [namedBackend("a"), namedBackend("b"), namedBackend("c")];
const all = [a.address, b.address, c.address];
const busy = gate();
const arrived = gate();
/** Falls silent for whoever asks it to wait. */
const slow: Backend = startBackend(async ({ url }) => {
  if (url.endsWith("/wait")) {
    arrived.open();
    await busy.opened;
  }
  return Response.json({ name: "slow" });
});

const route = (name: string, services: JsonObject[]) => ({
  name,
  match: { path: { prefix: `/${name}` } },
  http: { services },
});
const own = (name: string) => route(name, [{ name }]);

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      admin: { port: 0 },
      services: [
        { name: "round", endpoints: all },
        { name: "again", endpoints: all },
        {
          name: "weighted",
          endpoints: [
            { address: a.address, weight: 3 },
            { address: b.address, weight: 1 },
            { address: c.address, weight: 0 },
          ],
        },
        { name: "random", endpoints: all, loadBalance: "random" },
        { name: "least", endpoints: [slow.address, a.address], loadBalance: "least_request" },
        { name: "header", endpoints: all, loadBalance: "hash", hash: { header: "x-user" } },
        { name: "cookie", endpoints: all, loadBalance: "hash", hash: { cookie: "session" } },
        { name: "query", endpoints: all, loadBalance: "hash", hash: { query: "user" } },
        { name: "address", endpoints: all, loadBalance: "hash", hash: { source_ip: true } },
        { name: "half-dead", endpoints: [deadAddress(), a.address] },
        { name: "only-b", endpoints: [b.address] },
      ],
      routes: [
        ...["round", "again", "weighted", "random", "least", "half-dead"].map(own),
        ...["header", "cookie", "query", "address"].map(own),
        route("split", [
          { name: "half-dead", weight: 0 },
          { name: "only-b", weight: 1 },
        ]),
      ],
    },
  });
});
afterAll(async () => {
  busy.open();
  await gateway.stop();
  await Promise.all([a, b, c, slow].map((backend) => backend.close()));
});

async function nameOf(path: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(gateway.origin + path, { headers });
  expect(response.status).toBe(200);
  return ((await response.json()) as Asked).name;
}

/** How often each answered. */
async function spread(path: string, times: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let turn = 0; turn < times; turn++) {
    const name = await nameOf(path);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test("round robin gives each endpoint the same, each service counting for itself", async () => {
  expect(await spread("/round", 9)).toEqual({ a: 3, b: 3, c: 3 });
  const first = await nameOf("/again");
  const second = await nameOf("/again");
  const third = await nameOf("/again");
  expect(new Set([first, second, third]).size).toBe(3);
});

test("weights are shares, and 0 is none", async () => {
  expect(await spread("/weighted", 16)).toEqual({ a: 12, b: 4 });
});

test("random meets all of them", async () => {
  const seen = new Set<string>();
  // 200 tries miss one of three once in 10^35 times.
  for (let turn = 0; turn < 200 && seen.size < 3; turn++) seen.add(await nameOf("/random"));
  expect([...seen].sort()).toEqual(["a", "b", "c"]);
});

test("least request avoids whoever is busy", async () => {
  // Which of the two idle ones the first request meets is chance.
  const waiting: Promise<string>[] = [];
  for (let turn = 0; turn < 100 && slow.seen.every(({ url }) => !url.endsWith("/wait")); turn++) {
    const answer = nameOf("/least/wait");
    await Promise.race([answer, arrived.opened]);
    waiting.push(answer);
  }
  await within("the slow one's request", arrived.opened);
  expect(await spread("/least", 10)).toEqual({ a: 10 });
  busy.open();
  await Promise.all(waiting);
});

const KEYED: readonly (readonly [source: string, ask: (user: string) => Promise<string>])[] = [
  ["a header", (user) => nameOf("/header", { "x-user": user })],
  ["a cookie", (user) => nameOf("/cookie", { cookie: `theme=dark; session=${user}; x=y` })],
  ["a query parameter", (user) => nameOf(`/query?x=1&user=${user}`)],
];
test.each(KEYED)("by the hash of %s a user stays where they are, and users are spread", async (_source, ask) => {
  const users = Array.from({ length: 50 }, (_, index) => `user-${index}`);
  const first = await Promise.all(users.map(ask));
  const second = await Promise.all(users.map(ask));
  expect(second).toEqual(first);
  expect(new Set(first).size).toBe(3);
});

test("by the hash of the address a client stays where it is", async () => {
  const counts = await spread("/address", 6);
  expect(Object.values(counts)).toEqual([6]);
});

test("the same user meets the same endpoint after a reload", async () => {
  const ask = (user: string) => nameOf("/header", { "x-user": user });
  const users = Array.from({ length: 50 }, (_, index) => `u${index}`);
  const before = await Promise.all(users.map(ask));
  expect((await fetch(`${gateway.admin}/reload`, { method: "POST" })).status).toBe(200);
  expect(await Promise.all(users.map(ask))).toEqual(before);
});

test("an endpoint that refuses costs nobody an answer", async () => {
  expect(await spread("/half-dead", 12)).toEqual({ a: 12 });
});

test("a service of weight 0 gets nothing", async () => {
  expect(await spread("/split", 5)).toEqual({ b: 5 });
});
