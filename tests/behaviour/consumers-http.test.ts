import { afterAll, describe, expect, test } from "bun:test";
import { type Asked, namedBackend } from "#tests/support/backend.ts";
import { startGateway } from "#tests/support/gateway.ts";

const backend = namedBackend("orders");
const config = {
  admin: { port: 0 },
  consumers: [{ name: "alice", credentials: ["alice-key-0123456789"] }],
  services: [{ name: "orders", endpoints: [backend.address] }],
  routes: [{ name: "orders", http: { services: [{ name: "orders" }] } }],
};
afterAll(() => backend.close());

describe.each(["bun", "deno"] as const)("a plain route under %s", (runtime) => {
  const started = startGateway({ config, runtime });
  afterAll(async () => (await started).stop());

  const KEY = "alice-key-0123456789";
  test.each([
    ["authorization", `Bearer ${KEY}`, ""],
    ["x-api-key", KEY, ""],
    ["x-goog-api-key", KEY, ""],
    ["api-key", KEY, ""],
    ["x-other", "1", `?a=1&key=${KEY}`],
  ])("keeps a consumer's key from the service: %s", async (name, value, search) => {
    const gateway = await started;
    const response = await fetch(`${gateway.origin}/x${search}`, { headers: { [name]: value } });
    expect(await response.text()).not.toContain(KEY);
    expect(await gateway.logOf(response)).toMatchObject({ consumer: "alice", route: "orders" });
  });

  test("leaves alone what is no key to the gateway", async () => {
    const { origin } = await started;
    const response = await fetch(`${origin}/x?key=theirs`, { headers: { authorization: "Bearer theirs" } });
    const asked = (await response.json()) as Asked;
    expect(asked.headers["authorization"]).toBe("Bearer theirs");
    expect(asked.target).toBe("/x?key=theirs");
  });
});
