import { expect, test } from "bun:test";
import type { WebSocketBridge } from "#src/core/exchange.ts";
import { startSocketBackend } from "#tests/support/sockets.ts";
import { faultOf, setUp } from "./set-up.ts";

/** A client's socket that keeps what it gets, and tells of each thing. */
function client() {
  const got: unknown[] = [];
  let wake = (): void => {};
  return {
    got,
    next: () => new Promise<void>((resolve) => (wake = resolve)),
    peer: {
      send(data: unknown) {
        got.push(data);
        wake();
      },
      close(code: number, reason: string) {
        got.push({ code, reason });
        wake();
      },
      bufferedAmount: () => 0,
    },
  };
}

const UPGRADE = {
  headers: {
    upgrade: "websocket",
    connection: "upgrade",
    authorization: "Bearer client",
    "sec-websocket-protocol": "v2, openai-insecure-api-key.client",
  },
};

test("messages go both ways with the provider's credential, model and close code", async () => {
  const backend = startSocketBackend();
  try {
    let bridge: WebSocketBridge | undefined;
    const upgrade = (given: WebSocketBridge): Response => {
      bridge = given;
      return new Response(null);
    };
    const stage = setUp({
      providers: [{ id: "p", url: () => `ws://${backend.address}/realtime` }],
      deps: {
        connectWebSocket: (url, protocols, headers) =>
          new WebSocket(url, { protocols: [...protocols], headers: Object.fromEntries(headers) }),
      },
    });
    const { exchange } = await stage.ask("/v1/realtime?model=my-rt&key=client", UPGRADE, { connection: { upgrade } });
    const [handshake] = backend.handshakes;
    expect(new URL(handshake?.url ?? "").search).toBe("?model=rt");
    expect(handshake?.headers.get("authorization")).toBe("Bearer secret-token-1");
    expect(handshake?.headers.get("sec-websocket-protocol")).toBe("v2");
    expect(exchange.record).toMatchObject({ status: 101, api: "realtime", modelUsed: "rt", provider: "p" });

    const { peer, got, next } = client();
    bridge?.open(peer);
    const echoed = next();
    bridge?.message("hello");
    await echoed;
    const closed = next();
    bridge?.message("close 4001 bye");
    await closed;
    expect(got).toEqual(["hello", { code: 4001, reason: "bye" }]);
    expect(stage.ended).toEqual([exchange]);
  } finally {
    await backend.close();
  }
});

test("a provider without realtime is told of by name", async () => {
  const stage = setUp({
    providers: [{ id: "p", url: () => undefined }],
    deps: { connectWebSocket: () => new WebSocket("ws://127.0.0.1:1") },
  });
  const connection = { upgrade: () => new Response(null) };
  expect(await faultOf(stage.ask("/v1/realtime?model=m", UPGRADE, { connection }))).toMatchObject({
    code: "api_not_supported",
    message: "The provider 'p' (fake) has no realtime API.",
  });
});

test("a request that asks for no upgrade is told to", async () => {
  expect(await faultOf(setUp().ask("/v1/realtime?model=m"))).toMatchObject({ status: 426 });
});
