import { readFileSync } from "node:fs";
import process from "node:process";
import { type Call, type Filter, type Hooks, LocalReply, type Verdict } from "#src/core/plugin.ts";
import type { PluginHost } from "#src/core/plugin-host.ts";
import type { KindMaker } from "#src/plugin-host/isolated/isolate.ts";

/** A plugin that does what its request's header `x-do` says, in whatever process it is. */
const make: KindMaker = async ({ json, blobs }) => {
  if (json === "broken") throw new Error("The module is broken.");
  const given = { json, bytes: blobs.map((blob) => blob.length) };
  return {
    async configure({ global }, host): Promise<Filter> {
      if (global?.["refuse"] === true) throw new Error("The option 'refuse' cannot be true.");
      if (global?.["hang"] === true) spin();
      if (typeof global?.["every"] === "number") host.every(global["every"], () => host.log("info", "tick"));
      if (global?.["stateful"] === true) {
        return { hooks: ["requestHeaders", "responseHeaders", "done"], open: (call) => counting(call, host) };
      }
      return hooksOf(host, given);
    },
  };
};

export default make;

/** Looks at the request that it was opened with, never at the one that a hook is given. */
function counting(call: Call, host: PluginHost): Hooks {
  let count = 0;
  return {
    requestHeaders: () => call.request.headers.set("count", String(++count)),
    responseHeaders: () => call.response?.headers.set("count", String(++count)),
    done: () =>
      host.log("info", `done ${call.id} ${++count} ${call.request.headers.get("count")} ${call.property("theirs")}`),
  };
}

function hooksOf(host: PluginHost, given: object): Hooks {
  return {
    requestHeaders(call) {
      const action = ACTIONS[call.request.headers.get("x-do") ?? ""];
      return action?.(call, host, given);
    },
    requestBody: (_, body) => body.toReversed(),
    chatRequest: (_, chat) => ({ ...chat, model: `${chat.model}-changed` }),
    responseHeaders(call) {
      if (call.response !== undefined) call.response.status = 299;
      call.response?.headers.append("x-seen", `${call.response.headers.get("server")}`);
    },
    responseBody: (_, body) => (body.length === 0 ? LocalReply.refuse(451, "empty") : undefined),
    responseChunk: (_, chunk, last) => (last ? new TextEncoder().encode("the end") : chunk.slice(1)),
    chatEvent: (_, event) => [event, event],
  };
}

type Action = (call: Call, host: PluginHost, given: object) => Verdict | Promise<Verdict>;

const ACTIONS: Readonly<Record<string, Action>> = {
  change(call) {
    const { request } = call;
    request.method = "PUT";
    request.host = "other.test";
    request.path = "/changed";
    request.search = "?x=1";
    request.headers.set("a", "1");
    request.headers.append("a", "2");
    request.headers.delete("b");
    request.headers.set(
      "seen",
      `${request.method} ${request.path} ${request.headers.get("a")} ${request.headers.has("b")}`,
    );
    call.consumer = "alice";
    call.setProperty("log.x", "y");
    call.setProperty("gone", undefined);
    call.overrideUpstream("10.0.0.1:80");
    call.reroute();
  },
  property(call) {
    call.setProperty("mine", "set before it is asked for");
    call.request.headers.set("said", `${call.property("mine")}, ${call.property("theirs")}, ${call.property("none")}`);
  },
  facts(call, { hasRules }, given) {
    const { id, route, connection, record, consumer, request } = call;
    const facts = { id, route, connection, time: record.time, consumer, hasBody: request.hasBody, hasRules, given };
    request.headers.set("said", JSON.stringify(facts));
  },
  reply: () => LocalReply.respond(418, Uint8Array.of(1, 2, 255), { headers: [["x", "y"]], reason: "tea" }),
  refuse: () => LocalReply.refuse(403, "no"),
  say: () => LocalReply.chat("words", "length", { reason: "full" }),
  pass: () => "pass-body",
  throw() {
    throw new Error("a bug");
  },
  "change and throw"(call) {
    call.request.headers.set("a", "changed");
    throw new Error("a bug");
  },
  async wait(call) {
    await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
    throw new Error("aborted");
  },
  spin,
  exit: () => process.exit(7),
  "print to its output": () => console.log("printed"),
  shared(call, { shared }) {
    shared.set("k", new TextEncoder().encode("v"));
    const first = shared.get("k");
    const changed = [shared.set("k", Uint8Array.of(9), (first?.cas ?? 0) + 1), shared.set("k", undefined, first?.cas)];
    const said = [new TextDecoder().decode(first?.value), ...changed, shared.get("k")?.cas, shared.keys().length];
    call.request.headers.set("said", said.join());
  },
  "too much shared"(_, { shared }) {
    shared.set("huge", new Uint8Array(70 * 1024 * 1024));
  },
  metric(call, host) {
    const counter = host.metric("counter", "c");
    counter.add(2);
    host.metric("gauge", "g").record(5);
    call.request.headers.set("said", `${counter.value}`);
  },
  secret: (call, host) => call.request.headers.set("said", `${host.secret("key")},${host.secret("none")}`),
  async callout(call, host) {
    const request = {
      upstream: "auth",
      method: "POST",
      path: "/x",
      headers: [["a", "b"]],
      body: "asked",
      timeout: 500,
    } as const;
    try {
      const { status, headers, body } = await host.callout(request, call.signal);
      call.request.headers.set("said", `${status} ${headers.join()} ${new TextDecoder().decode(body)}`);
    } catch (error) {
      const { name, failure } = error as { readonly name: string; readonly failure?: string };
      call.request.headers.set("said", `${name} ${failure}`);
    }
  },
  async redis(call, host) {
    const redis = host.redis({ host: "r", port: 6379 });
    const said = await redis.command(["GET", Uint8Array.of(1, 2)]);
    const error = await redis.command(["BAD"]).catch((error: unknown) => error);
    call.request.headers.set("said", `${JSON.stringify(said)} ${(error as Error).name} ${(error as Error).message}`);
  },
  async store(call, { store }) {
    await store.set("k", "v");
    const said: unknown[] = [
      await store.get("k"),
      await store.get("none"),
      await store.increment("n", 2, 1000),
      await store.setIfAbsent("k", "w"),
    ];
    await store.append("list", ["a", "b"], 1000);
    said.push((await store.list("list")).join("+"));
    said.push(await store.publish("c", "m").catch((error: unknown) => (error as Error).message));
    call.request.headers.set("said", said.join());
  },
  "look around"(call) {
    const file = attempt(() => readFileSync("/etc/passwd", "utf8").slice(0, 4));
    call.request.headers.set(
      "said",
      JSON.stringify({ env: attempt(() => Object.keys(process.env).join()), cwd: attempt(() => process.cwd()), file }),
    );
  },
  async "take memory"() {
    const taken: Uint8Array[] = [];
    for (;;) {
      taken.push(new Uint8Array(16 * 1024 * 1024).fill(taken.length));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
  "flood with questions"(_, { shared }) {
    for (;;) shared.get("k");
  },
  "flood with lines"(_, host) {
    for (;;) host.log("info", "line");
  },
};

function spin(): never {
  for (;;);
}

function attempt(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return error instanceof Error ? error.name : "refused";
  }
}
