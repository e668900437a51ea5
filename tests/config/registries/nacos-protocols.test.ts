import { afterEach, describe, expect, test } from "bun:test";
import type { RegistryWorld } from "#config/registries/registry.ts";
import { FakeNacos, type Oddities } from "#tests/support/registries/fake-nacos.ts";
import { watchNacos as watch } from "#tests/support/registries/watched-nacos.ts";
import { until } from "#tests/support/until.ts";

const A = { host: "10.0.0.1", port: 8080 };
const B = { host: "10.0.0.2", port: 8080 };

const fakes: FakeNacos[] = [];
afterEach(() => Promise.all(fakes.splice(0).map((fake) => fake.stop())));

async function started(oddities: Oddities = {}): Promise<FakeNacos> {
  const fake = await FakeNacos.start(oddities);
  fakes.push(fake);
  return fake;
}

test("a token that stands in a URL is not told", async () => {
  const fake = await started({ user: { name: "u", password: "p", tokenTtl: 18_000 } });
  fake.put("orders", [A]);
  const ask: RegistryWorld["fetch"] = (url, init) => {
    if (fake.refused.size > 0 && url.includes("/ns/")) throw new Error(`cannot ask ${url}`);
    return fetch(url, init);
  };
  await using watched = watch(fake, "nacos", { auth: { nacosUsername: "u", nacosPassword: "p" } }, ask);
  await until("it is found", () => watched.told.length > 0);
  fake.refused.add("everything");
  await until("it is told", () => watched.lines.length > 0);
  expect(watched.lines.join()).toContain("accessToken=***");
  expect(watched.lines.join()).not.toContain("token-");
});

describe("nacos2 over gRPC", () => {
  test("what was pushed is acknowledged; what is older than what is known is not taken", async () => {
    const fake = await started();
    fake.put("orders", [A]);
    await using watched = watch(fake, "nacos2", { nacosRefreshInterval: "1h" });
    await until("it is found", () => watched.hosts() === A.host);
    fake.put("orders", [B]);
    await until("the push is taken", () => watched.hosts() === B.host);
    expect(fake.answered.at(-1)).toMatchObject({ type: "NotifySubscriberResponse", body: { resultCode: 200 } });
    fake.put("orders", [A]);
    await until("the push is taken", () => watched.hosts() === A.host);
    const told = watched.told.length;
    fake.pushLate("orders", [B], 1);
    await until("the late one is answered", () => fake.answered.at(-1)?.body["requestId"] === "1");
    expect(watched.told).toHaveLength(told);
  });

  test("a server that asks whether somebody is there is answered", async () => {
    const fake = await started();
    await using watched = watch(fake, "nacos2");
    await until("it is connected", () => watched.healthy());
    fake.say("ClientDetectionRequest", { requestId: "77" });
    const answer = { type: "ClientDetectionResponse", body: { requestId: "77", resultCode: 200 } };
    await until("it is answered", () => fake.answered.some(({ type }) => type === answer.type));
    expect(fake.answered.find(({ type }) => type === answer.type)).toMatchObject(answer);
    expect(fake.answered[0]).toMatchObject({ type: "SetupAckResponse" });
  });

  test("a server that asks for another connection is not away", async () => {
    const fake = await started();
    fake.put("orders", [A]);
    await using watched = watch(fake, "nacos2", { nacosRefreshInterval: "1h" });
    await until("it is found", () => watched.hosts() === A.host);
    const setups = (): number => fake.asked.filter((type) => type === "ConnectionSetupRequest").length;
    fake.say("ConnectResetRequest", { serverIp: "127.0.0.1", serverPort: String(fake.port) });
    await until("it has connected again", () => setups() === 2 && fake.clients === 1);
    fake.put("orders", [B]);
    await until("the new connection is subscribed", () => watched.hosts() === B.host);
    expect(watched.lines).toEqual([]);
  });

  test("a server that takes a moment to know a connection is asked again; one that forgets it is connected to anew", async () => {
    const fake = await started({ slowToKnow: 3 });
    fake.put("orders", [A]);
    await using watched = watch(fake, "nacos2");
    await until("it is found", () => watched.hosts() === A.host);
    expect(watched.lines).toEqual([]);
    fake.forgetClients();
    await until("it is noticed", () => watched.lines.length === 2);
    expect(watched.lines[0]).toContain("the server does not know the connection");
    expect(watched.healthy()).toBe(true);
  });

  test("a service that is gone is no longer subscribed to", async () => {
    const fake = await started();
    fake.put("orders", [A]);
    fake.put("stock", [B]);
    await using watched = watch(fake, "nacos2");
    await until("both are found", () => watched.names().length === 2);
    fake.put("stock", []);
    await until("one is gone", () => watched.names().length === 1);
    await until("it is not subscribed to", () => fake.subscriptions === 1);
  });

  test("access keys sign what is asked", async () => {
    const fake = await started();
    fake.put("orders", [A]);
    await using watched = watch(fake, "nacos2", { nacosAccessKey: "key-1", nacosSecretKey: "secret-1" });
    await until("it is found", () => watched.told.length > 0);
    const signed = fake.headers.find(({ data = "" }) => data.endsWith("@@DEFAULT_GROUP@@orders"));
    const expected = new Bun.CryptoHasher("sha1", "secret-1").update(signed?.["data"] ?? "").digest("base64");
    expect(signed).toMatchObject({ ak: "key-1", signature: expected });
    expect(JSON.stringify(fake.headers)).not.toContain("secret-1");
  });

  test("what is no gRPC server is told", async () => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("hello") });
    await using watched = watch({ port: (server.port ?? 0) - 1000 }, "nacos2");
    await until("it is told", () => watched.lines.length > 0);
    expect(watched.healthy()).toBe(false);
    await server.stop(true);
  });
});
