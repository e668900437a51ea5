import { describe, expect, test } from "bun:test";
import { messageOf } from "#tests/support/message-of.ts";
import { buildAssemblyScript } from "#tests/support/proxy-wasm/assemblyscript.ts";
import { probe } from "#tests/support/proxy-wasm/driver.ts";

const module = await Bun.file(await buildAssemblyScript("probe", { abi: "proxy_abi_version_0_1_0" })).bytes();

const CALL = "call auth :method=GET|:path=/|:authority=h";
const post = (): Request => new Request("http://api.example.com/", { method: "POST", body: "body" });
const answer = (): { status: number; headers: []; body: Uint8Array<ArrayBuffer> } => ({
  status: 200,
  headers: [],
  body: new Uint8Array(),
});

describe("a guest of ABI 0.1.0", () => {
  test("reads a header that is not there as an empty one", async () => {
    using guest = await probe("@request_headers\nget 0 x-none\nget 2 x", { module });
    await guest.open().requestHeaders();
    expect(guest.said("request_headers")).toEqual(["get 0 x-none -> 0 ", "get 2 x -> 2 "]);
  });

  test("that stops the headers stops the body too while a call-out waits", async () => {
    using guest = await probe(
      `@request_headers\n${CALL}\nreturn 1\n@http_call_response\ncontinue 0\n@request_body\nget 0 :path`,
      { module, host: { answer } },
    );
    const stream = guest.open(post());
    const waiting = stream.hooks.requestHeaders?.(stream.call);
    expect(waiting).toBeInstanceOf(Promise);
    await waiting;
    expect(guest.said("http_call_response")).toEqual(["continue 0 -> 0"]);
  });

  test("that stops the headers for nothing gets the body, and may still change them", async () => {
    using guest = await probe("@request_headers\nreturn 1\n@request_body\nadd 0 x-late 1", { module });
    const stream = guest.open(post());
    expect(await stream.requestHeaders()).toBeUndefined();
    await stream.requestBody("body");
    expect(stream.exchange.request.headers.get("x-late")).toBe("1");
  });

  test("that stops an answer's headers for nothing gets the whole body", async () => {
    using guest = await probe("@response_headers\nreturn 1\n@response_body_end\nadd 2 x-late 1", { module });
    const stream = guest.open();
    await stream.responseHeaders(new Response("x"));
    expect(await stream.responseBody("all")).toBe("all");
    expect(stream.call.response?.headers.get("x-late")).toBe("1");
  });

  test("that stops an answer without a body for nothing has failed", async () => {
    using guest = await probe("@response_headers_end\nreturn 1", { module });
    expect(await messageOf(guest.open().responseHeaders(new Response(null)))).toContain("waits for nothing");
  });
});
