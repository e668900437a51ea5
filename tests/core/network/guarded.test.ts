import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { HeaderList } from "#src/core/header-list.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { guardedWorld } from "#src/core/network/guarded.ts";
import type { NetworkSettings } from "#src/core/network/settings.ts";
import { NetworkRefusal } from "#src/core/network/target.ts";
import { systemClock } from "#src/core/clock.ts";
import { Http1Transport } from "#src/serve/http1/transport.ts";
import { rejection, textOf } from "#tests/contracts/transport-stage.ts";
import { type Backend, startBackend } from "#tests/support/backend.ts";
import { Cancelling } from "#tests/support/cancelling.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

/** What stands for the outside world, and what must not be reached; both on loopback, told apart by the name they are asked for. */
let outside: Backend;
let inside: Backend;
const port = (backend: Backend): string => backend.address.split(":")[1] ?? "";

beforeAll(() => {
  inside = startBackend(() => new Response("secret"));
  outside = startBackend(async (request) => {
    const url = new URL(request.url);
    const to = url.searchParams.get("to");
    if (to === null) {
      const { authorization = null, "x-api-key": key = null } = Object.fromEntries(request.headers);
      return Response.json({ method: request.method, body: await request.text(), authorization, key });
    }
    const status = Number(url.searchParams.get("status") ?? "302");
    return new Response("elsewhere", { status, headers: { location: to } });
  });
});
afterAll(() => Promise.all([outside.close(), inside.close()]));

/** A world in which `*.public.example` is outside (on 127.0.0.1, which is let through for it alone) and `rebound.example` changes. */
function worldOf(network: Partial<NetworkSettings> = {}, named: readonly string[] = []): McpWorld {
  let asked = 0;
  return guardedWorld(
    mcpWorld({ clock: systemClock }),
    { named, network: { allow: ["127.0.0.1"], allowPrivate: false, ...network } },
    async (host) => {
      if (host.endsWith("public.example")) return ["127.0.0.1"];
      if (host === "rebound.example") return [asked++ === 0 ? "127.0.0.1" : "10.0.0.1"];
      if (host === "inside.example") return ["127.0.0.2"];
      throw new Error("ENOTFOUND");
    },
  );
}

const at = (host: string, to?: string, status = 302): string =>
  `http://${host}:${port(outside)}/x${to === undefined ? "" : `?status=${status}&to=${encodeURIComponent(to)}`}`;

describe("fetch", () => {
  test("connects to the address that was checked, and asks for the name", async () => {
    const response = await worldOf().fetch(at("a.public.example"), {});
    expect(response.status).toBe(200);
    expect(outside.seen.at(-1)?.headers.get("host")).toBe(`a.public.example:${port(outside)}`);
  });

  test.each([
    ["a private address", () => `http://127.0.0.2:${port(inside)}/`],
    ["a private name", () => `http://inside.example:${port(inside)}/`],
    ["metadata", () => "http://169.254.169.254/latest/"],
    ["another scheme", () => "file:///etc/passwd"],
  ])("follows no redirect to %s", async (_, to) => {
    const before = inside.seen.length;
    const failure = await rejection(worldOf().fetch(at("a.public.example", to()), {}));
    expect(failure).toBeInstanceOf(NetworkRefusal);
    expect(inside.seen).toHaveLength(before);
  });

  test("follows a redirect on the same origin with all that was sent", async () => {
    const init = { method: "PUT", body: "data", headers: { authorization: "Bearer t", "x-api-key": "k" } };
    const response = await worldOf().fetch(at("a.public.example", "/y", 307), init);
    expect(await response.json()).toEqual({ method: "PUT", body: "data", authorization: "Bearer t", key: "k" });
  });

  test("carries no credential to another origin, in whatever header", async () => {
    const init = { headers: { authorization: "Bearer t", "x-api-key": "k", accept: "application/json" } };
    const response = await worldOf().fetch(at("a.public.example", at("b.public.example")), init);
    expect(await response.json()).toMatchObject({ authorization: null, key: null });
    expect(outside.seen.at(-1)?.headers.get("accept")).toBe("application/json");
  });

  test.each([
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [303, "PUT", "GET", ""],
    [307, "POST", "POST", "data"],
    [308, "POST", "POST", "data"],
    [302, "PUT", "PUT", "data"],
  ])("after %d a %s becomes a %s", async (status, method, then, body) => {
    const response = await worldOf().fetch(at("a.public.example", "/y", status), { method, body: "data" });
    expect(await response.json()).toMatchObject({ method: then, body });
  });

  test("leaves redirects to who wants to see them, and gives up on endless ones", async () => {
    const seen = await worldOf().fetch(at("a.public.example", "/y"), { redirect: "manual" });
    expect(seen.status).toBe(302);
    const loop = at("a.public.example", "?to=%3Fto%3Dx");
    expect(await rejection(worldOf().fetch(loop, { redirect: "error" }))).toBeInstanceOf(TypeError);
    const self = startBackend((request) => new Response("", { status: 302, headers: { location: request.url } }));
    expect(await rejection(worldOf().fetch(`http://${self.address}/`, {}))).toBeInstanceOf(TypeError);
    expect(self.seen).toHaveLength(6);
    await self.close();
  });

  test("is ended by its signal before anything is sent", async () => {
    const before = outside.seen.length;
    const failure = await rejection(worldOf().fetch(at("a.public.example"), { signal: AbortSignal.abort() }));
    expect(failure).toBeInstanceOf(DOMException);
    expect(outside.seen).toHaveLength(before);
  });
});

describe("transport", () => {
  const transports = [
    ["fetch", undefined],
    ["http1", () => new Http1Transport(systemClock)],
  ] as const;

  test.each(transports)("of %s is held to what was checked", async (_, make) => {
    const plain = worldOf();
    const world = make === undefined ? plain : guardedTransportWorld(make());
    const ask = (url: string, cancellation = new Cancelling()) =>
      world.transport.send(
        { method: "GET", url, headers: new HeaderList(), body: undefined, connectLimit: 0 },
        cancellation,
      );
    expect(JSON.parse(await textOf((await ask(at("rebound.example"))).body))).toMatchObject({ method: "GET" });
    // Within the time an answer is kept nobody looks again, whatever the name leads to now.
    expect((await ask(at("rebound.example"))).status).toBe(200);
    expect(await rejection(ask(`http://inside.example:${port(inside)}/`))).toBeInstanceOf(NetworkRefusal);
    expect((await ask(at("a.public.example", "http://169.254.169.254/"))).status).toBe(302);
    const cancelled = new Cancelling();
    cancelled.abort(new Error("gone"));
    expect(String(await rejection(ask(at("a.public.example"), cancelled)))).toBe("Error: gone");
  });

  function guardedTransportWorld(transport: Http1Transport): McpWorld {
    return guardedWorld(
      mcpWorld({ clock: systemClock, transport }),
      { named: [], network: { allow: ["127.0.0.1"], allowPrivate: false } },
      async (host) => [host === "inside.example" ? "127.0.0.2" : "127.0.0.1"],
    );
  }
});
