import { afterAll, beforeAll, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { namedBackend } from "#tests/support/backend.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { FakeConsul } from "#tests/support/registries/fake-consul.ts";
import { until } from "#tests/support/until.ts";

const [a, b] = [namedBackend("a"), namedBackend("b")];
const fake = new FakeConsul();

const instanceAt = (address: string): { readonly host: string; readonly port: number } => {
  const [host = "", port] = address.split(":");
  return { host, port: Number(port) };
};

const config = (more: readonly JsonObject[] = []): JsonObject => ({
  admin: { port: 0 },
  registries: [
    { type: "static", name: "fixed", domain: a.address, port: 80 },
    { type: "dns", name: "named", domain: "localhost", port: instanceAt(a.address).port },
    { type: "consul", name: "consul", domain: "127.0.0.1", port: fake.port },
    ...more,
  ],
  routes: ["fixed.static", "named.dns", "orders.dc1.consul", "later.static"].map((name) => ({
    name,
    match: { path: { prefix: `/${name}` } },
    http: { services: [{ name }] },
  })),
});

let gateway: Gateway;
beforeAll(async () => {
  fake.start();
  gateway = await startGateway({ config: config() });
});
afterAll(() => Promise.all([gateway.stop(), fake.stop(), a.close(), b.close()]));

const answer = async (path: string): Promise<string> => {
  const response = await fetch(`${gateway.origin}/${path}`);
  return response.ok ? ((await response.json()) as { readonly name: string }).name : String(response.status);
};

test("services of registries are there from the first request on", async () => {
  expect(await Promise.all([answer("fixed.static"), answer("named.dns")])).toEqual(["a", "a"]);
});

test("a service that is not found yet answers with 503, and then as found", async () => {
  expect(await answer("orders.dc1.consul")).toBe("503");
  fake.put("orders", [instanceAt(a.address)]);
  await until("it is found", async () => (await answer("orders.dc1.consul")) === "a");
  fake.put("orders", [instanceAt(b.address)]);
  await until("it has moved", async () => (await answer("orders.dc1.consul")) === "b");
  fake.put("orders", []);
  await until("it is gone", async () => (await answer("orders.dc1.consul")) === "503");
});

test("a reload keeps what the other registries know, and asks nothing anew", async () => {
  fake.put("orders", [instanceAt(a.address)]);
  await until("it is found", async () => (await answer("orders.dc1.consul")) === "a");
  const begun = (): number => fake.asked.filter((path) => !path.includes("index=")).length;
  const before = begun();
  gateway.rewrite(config([{ type: "static", name: "later", domain: b.address, port: 80 }]));
  await until("the new one is there", async () => (await answer("later.static")) === "b");
  expect(await answer("orders.dc1.consul")).toBe("a");
  expect(begun()).toBe(before);
});

test("the admin listener tells how they do", async () => {
  const status = async (): Promise<unknown> => (await fetch(`${gateway.admin}/registry/watcherStatus`)).json();
  const entries = (healthy: boolean): JsonObject[] => [
    { name: "fixed", type: "static", healthy: true, ready: true },
    { name: "named", type: "dns", healthy: true, ready: true },
    { name: "consul", type: "consul", healthy, ready: true },
    { name: "later", type: "static", healthy: true, ready: true },
  ];
  expect(await status()).toEqual(entries(true));
  await fake.stop();
  await until("the outage is noticed", async () => JSON.stringify(await status()).includes("false"));
  expect(await status()).toEqual(entries(false));
  expect(await answer("orders.dc1.consul")).toBe("a");
  await gateway.stderr.find("the outage in the log", (line) => line.includes("The registry is away") || undefined);
});
