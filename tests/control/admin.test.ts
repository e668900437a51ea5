import { expect, test } from "bun:test";
import { type AdminOptions, type AdminStatus, createAdmin } from "#src/control/admin.ts";

const QUIET: AdminStatus = { draining: false, activeRequests: 0, staleConfig: false };

function adminOf(options: Partial<AdminOptions> = {}) {
  let reloads = 0;
  const app = createAdmin({
    token: () => undefined,
    reload: () => {
      reloads += 1;
      return Promise.resolve({ ok: true });
    },
    metrics: () => "sluice_up 1\n",
    status: () => QUIET,
    ...options,
  });
  return {
    ask: async (path: string, init?: RequestInit): Promise<Response> => app.request(path, init),
    reloads: () => reloads,
  };
}

const STATES: readonly (readonly [change: Partial<AdminStatus>, status: number, said: object])[] = [
  [{}, 200, { status: "ready", config: "current", active_requests: 0 }],
  [{ activeRequests: 3 }, 200, { active_requests: 3 }],
  [{ staleConfig: true }, 200, { status: "ready", config: "stale" }],
  [{ draining: true, activeRequests: 1 }, 503, { status: "draining", config: "current", active_requests: 1 }],
];
test.each(STATES)("/ready tells of %j", async (change, status, said) => {
  const { ask } = adminOf({ status: () => ({ ...QUIET, ...change }), token: () => "t" });
  const response = await ask("/ready");
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject(said);
});

const GUARDED: readonly (readonly [method: string, path: string])[] = [
  ["GET", "/metrics"],
  ["POST", "/reload"],
  ["GET", "/nothing"],
];
test.each(GUARDED)("%s %s wants the token", async (method, path) => {
  const { ask, reloads } = adminOf({ token: () => "right" });
  for (const authorization of ["", "Bearer wrong", "Bearer right2", "Basic right", "right"]) {
    const response = await ask(path, { method, headers: authorization === "" ? {} : { authorization } });
    expect([400, 401]).toContain(response.status);
    expect(await response.text()).not.toContain("sluice_up");
  }
  expect(reloads()).toBe(0);
  const response = await ask(path, { method, headers: { authorization: "Bearer right" } });
  expect(response.status).toBe(path === "/nothing" ? 404 : 200);
});

test("a reload may change the token", async () => {
  let token = "old";
  const { ask } = adminOf({ token: () => token });
  const withOld = { headers: { authorization: "Bearer old" } };
  expect((await ask("/metrics", withOld)).status).toBe(200);
  token = "new";
  expect((await ask("/metrics", withOld)).status).toBe(401);
});

test("metrics come as Prometheus wants them", async () => {
  const response = await adminOf().ask("/metrics");
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(await response.text()).toBe("sluice_up 1\n");
});

test("a reload that fails is 422 with its problems", async () => {
  const { ask } = adminOf({ reload: () => Promise.resolve({ ok: false, problems: ["one", "two"] }) });
  const response = await ask("/reload", { method: "POST" });
  expect(response.status).toBe(422);
  expect(await response.json()).toEqual({ reloaded: false, problems: ["one", "two"] });
});

test("a web page cannot reload", async () => {
  const { ask, reloads } = adminOf();
  const response = await ask("/reload", { method: "POST", headers: { origin: "https://evil.example" } });
  expect(response.status).toBe(403);
  expect(reloads()).toBe(0);
  expect((await ask("/reload")).status).toBe(404);
  expect(reloads()).toBe(0);
  expect(await (await ask("/reload", { method: "POST" })).json()).toEqual({ reloaded: true });
  expect(reloads()).toBe(1);
});

test("anything else is told what there is", async () => {
  const response = await adminOf().ask("/");
  expect(response.status).toBe(404);
  expect(await response.text()).toMatch(/ready.*metrics.*reload/);
});
