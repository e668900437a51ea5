import { expect, test } from "bun:test";
import type { Connection } from "#src/core/exchange.ts";
import { throughEnvoy } from "#src/serve/through-envoy.ts";

const OWN: Connection = { secure: false, remoteAddress: "10.0.0.1", listener: "tier" };

test("the client is whom Envoy has seen last, whatever was written before", () => {
  const headers = {
    "x-forwarded-for": "192.0.2.1, 198.51.100.7",
    "x-forwarded-proto": "https",
    "x-sluice-listener": "public",
  };
  const request = new Request("http://x/", { headers });
  expect(throughEnvoy(request, OWN)).toEqual({
    secure: true,
    remoteAddress: "198.51.100.7",
    listener: "public",
    forwarded: true,
  });
});

test("nothing is known of whom Envoy says nothing", () => {
  const connection = throughEnvoy(new Request("http://x/"), OWN);
  expect(connection).toEqual({ secure: false, listener: undefined, forwarded: true });
});

test("the way to trailers and WebSockets is the connection's own", () => {
  const sendTrailers = (): void => {};
  const upgrade = (): Response => new Response(null);
  const connection = throughEnvoy(new Request("http://x/"), { ...OWN, sendTrailers, upgrade });
  expect(connection.sendTrailers).toBe(sendTrailers);
  expect(connection.upgrade).toBe(upgrade);
});
