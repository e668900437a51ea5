import { expect, test } from "bun:test";
import { madePlugin } from "#tests/support/made-plugin.ts";
import { pluginStage } from "#tests/support/plugin-stage.ts";

/** Plugins that tell, in a header of the request, that they were asked: one for each phase and priority. */
function telling(name: string, phase: "AUTHN" | "AUTHZ", priority: number, log: string[] = []) {
  return madePlugin(
    name,
    ({ as = name }) => {
      log.push(`open ${String(as)}`);
      return {
        requestHeaders: ({ request }) => request.headers.append("x-asked", String(as)),
        close: () => void log.push(`close ${String(as)}`),
      };
    },
    { phase, priority },
  );
}

const route = (name: string, plugins?: readonly object[]) => ({
  name,
  match: { path: { prefix: `/${name}` } },
  http: { services: [{ name: "backend" }] },
  ...(plugins === undefined ? {} : { plugins }),
});

test("a route's own plugins run among the others by phase and priority, and nowhere else", async () => {
  const extra = [telling("early", "AUTHN", 10), telling("middle", "AUTHN", 5), telling("late", "AUTHZ", 100)];
  await using stage = await pluginStage({
    extra,
    plugins: [{ name: "middle", config: {} }],
    config: () => ({
      routes: [
        route("a", [{ name: "late" }, { name: "early" }, { name: "middle", config: { as: "own" } }]),
        route("b", [{ name: "late", config: { as: "b" } }]),
        route("c"),
      ],
    }),
  });
  for (const path of ["/a", "/b", "/c", "/a"]) await (await stage.fetch(path)).text();
  expect(stage.asked.map(({ headers }) => headers.get("x-asked"))).toEqual([
    "early, middle, own, late",
    "middle, b",
    "middle",
    "early, middle, own, late",
  ]);
});

test("plugins of equal configuration are one, and go when the last route has gone", async () => {
  const log: string[] = [];
  let routes = [
    route("a", [{ name: "told", config: { as: "x" } }]),
    route("b", [{ name: "told", config: { as: "x" } }]),
    route("c", [{ name: "told", config: { as: "y" } }]),
  ];
  await using stage = await pluginStage({
    extra: [telling("told", "AUTHN", 1, log)],
    plugins: [],
    config: () => ({ routes }),
  });
  expect(log).toEqual(["open x", "open y"]);
  routes = routes.slice(1);
  await stage.apply([]);
  expect(log).toEqual(["open x", "open y"]);
  routes = routes.slice(1);
  await stage.apply([]);
  await Promise.resolve();
  expect(log).toEqual(["open x", "open y", "close x"]);
});

test("after a plugin has led a request elsewhere, only what comes later there is asked", async () => {
  const moving = madePlugin(
    "moving",
    {
      requestHeaders(call) {
        call.request.path = "/b";
        call.reroute();
      },
    },
    { phase: "AUTHN", priority: 5 },
  );
  const extra = [moving, telling("before", "AUTHN", 6), telling("after", "AUTHN", 4)];
  await using stage = await pluginStage({
    extra,
    plugins: [],
    config: () => ({
      routes: [route("a", [{ name: "moving" }]), route("b", [{ name: "before" }, { name: "after" }])],
    }),
  });
  await (await stage.fetch("/a")).text();
  expect(stage.asked.map(({ headers }) => headers.get("x-asked"))).toEqual(["after"]);
});

test("what is wrong is told with its place", async () => {
  const config = (plugins: readonly object[]) => () => ({ routes: [route("a", plugins)] });
  const opened = (plugins: readonly object[]) => pluginStage({ plugins: [], config: config(plugins) });
  expect(opened([{ name: "cors", config: { max_age: "long" } }])).rejects.toThrow("routes.0.plugins.0.config.max_age");
  expect(opened([{ name: "cros" }])).rejects.toThrow("there is no built-in plugin of this name");
  expect(opened([{ name: "ip-restriction" }])).rejects.toThrow("Give one of allow and deny");
  const both = { enable_swagger: true, enable_oas3: true };
  expect(opened([{ name: "request-validation", config: both }])).rejects.toThrow(
    "The route 'a': the plugin 'request-validation': enable_swagger",
  );
});
