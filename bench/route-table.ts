/**
 * How long it takes to build and to search a route table, and whether a search depends on the number of routes. Run it with
 * `bun bench/route-table.ts`. `hosts` has as many hosts as paths a host (so 10,000 routes are 100 x 100); `models` has one path and as
 * many exact model names as routes.
 */
import { bench, do_not_optimize as keep, group, run } from "mitata";
import type { Route, RouteMatch } from "#src/core/route.ts";
import { createRouteTable, isModelChoice, type RouteInput, type RouteTable } from "#src/traffic/route-table.ts";

const SIZES = [100, 10_000];

function route(name: string, match: RouteMatch): Route {
  return { name, match, ai: false, public: false, handle: () => Promise.resolve(new Response()) };
}

function hostRoutes(count: number): Route[] {
  const side = Math.sqrt(count);
  return Array.from({ length: count }, (_, index) => {
    const host = `h${index % side}.example.com`;
    const path = `/api/v1/p${Math.floor(index / side)}`;
    return route(`${host}${path}`, { hosts: [host], path: { prefix: path } });
  });
}

function modelRoutes(count: number): Route[] {
  return Array.from({ length: count }, (_, index) =>
    route(`model-${index}`, { hosts: ["*"], path: { prefix: "/v1" }, models: [`model-${index}`] }),
  );
}

function request(host: string, path: string): RouteInput {
  return { host, path, method: "GET", search: "", headers: new Headers({ accept: "*/*" }) };
}

function pick(table: RouteTable, input: RouteInput, model: string): Route | undefined {
  const found = table.find(input);
  return found !== undefined && isModelChoice(found) ? found.pick(model) : found;
}

group("build", () => {
  const hosts = hostRoutes(10_000);
  const models = modelRoutes(10_000);
  bench("10000 hosts x paths", () => keep(createRouteTable(hosts)));
  bench("10000 models", () => keep(createRouteTable(models)));
});

for (const size of SIZES) {
  const side = Math.sqrt(size);
  const hosts = createRouteTable(hostRoutes(size));
  const models = createRouteTable(modelRoutes(size));
  const last = request(`h${side - 1}.example.com`, `/api/v1/p${side - 1}/orders/42`);
  const missing = request(`h${side - 1}.example.com`, "/api/v1/none/orders/42");
  const chat = request("any.example.com", "/v1/chat/completions");
  group(`find among ${size}`, () => {
    bench("host and prefix", () => keep(hosts.find(last)));
    bench("nothing fits", () => keep(hosts.find(missing)));
    bench("model", () => keep(pick(models, chat, `model-${size - 1}`)));
  });
}

await run();
