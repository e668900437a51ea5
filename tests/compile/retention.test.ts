import { expect, test } from "bun:test";
import { systemClock } from "#src/core/clock.ts";
import { createGateway } from "#src/gateway.ts";
import { registry } from "#src/registry.ts";
import type { Config } from "#config/model.ts";
import { loaded } from "../config/load.ts";
import { until } from "#tests/support/until.ts";

const text = (status: number): string => `
listeners: [{ port: 80 }]
admin: false
routes:
  - { name: kept, response: { status: 204 } }
  - { name: changed, match: { path: { exact: /a } }, response: { status: ${status} } }
`;

test("configurations that are not in use any more are held by nothing, though some of their routes are", async () => {
  const gateway = createGateway({
    registry,
    clock: systemClock,
    fetch: () => Promise.reject(new Error("nothing is fetched")),
    decodesBodies: false,
    connectWebSocket: () => {
      throw new Error("There are no WebSockets here.");
    },
    observers: [],
    log: { info() {}, warn() {}, error() {} },
  });
  const base = loaded(text(200));
  const refs: WeakRef<Config>[] = [];
  // In a function of its own, so that no variable holds them.
  const applyOne = async (status: number): Promise<void> => {
    const [kept] = base.routes;
    const config = { ...loaded(text(status)), sessions: base.sessions };
    const routes = kept === undefined ? config.routes : [kept, ...config.routes.slice(1)];
    const next = { ...config, routes };
    refs.push(new WeakRef(next));
    await gateway.apply(next);
  };
  for (let index = 0; index < 20; index++) await applyOne(200 + index);
  await until("those of before are gone", () => {
    Bun.gc(true);
    // The one in use, and some that a register of the machine may hold.
    return refs.filter((ref) => ref.deref() !== undefined).length < 5;
  });
  expect(refs.at(-1)?.deref()?.routes[1]?.response?.status).toBe(219);
  await gateway.close();
});
