import { describe, expect, test } from "bun:test";
import { messageOf } from "#tests/support/message-of.ts";
import { probe, told } from "#tests/support/proxy-wasm/driver.ts";

const post = (): Request => new Request("http://api.example.com/", { method: "POST", body: "body" });

describe("a request's body", () => {
  test("is read in parts and edited", async () => {
    using guest = await probe(`
      @request_body
      bufferstatus 0
      buffer 0 0 4
      buffer 0 6 100
      buffer 0 100 5
      buffer 9 0 5
      buffer 3 0 5
      buffer 12 0 5
      bufferset 0 0 5 HELLO,
      bufferset 0 2147483647 0 !`);
    const stream = guest.open(post());
    await stream.requestHeaders();
    expect(await stream.requestBody("hello world")).toBe("HELLO, world!");
    expect(guest.said("request_body")).toEqual([
      "bufferstatus 0 -> 0 11",
      "buffer 0 0 4 -> 0 hell",
      "buffer 0 6 100 -> 0 world",
      "buffer 0 100 5 -> 0 ",
      "buffer 9 0 5 -> 1 ",
      "buffer 3 0 5 -> 1 ",
      "buffer 12 0 5 -> 2 ",
      "bufferset 0 0 5 HELLO, -> 0",
      "bufferset 0 2147483647 0 ! -> 0",
    ]);
  });

  test("is left alone by a guest that only reads it", async () => {
    using guest = await probe("@request_body\nbuffer 0 0 10");
    const stream = guest.open(post());
    expect(await stream.requestBody("hello")).toBeUndefined();
  });

  test("is there before the headers go on, when the guest stops them for it", async () => {
    using guest = await probe("@request_headers\nreturn 1\n@request_body\nbuffer 0 0 10\nadd 0 x-size 5");
    const stream = guest.open(post());
    expect(await stream.requestHeaders()).toBeUndefined();
    await stream.requestBody("hello");
    expect(stream.exchange.request.headers.get("x-size")).toBe("5");
    expect(stream.call.rerouting).toBe(true);
  });

  test("is dropped when the guest ends the request with its headers", async () => {
    using guest = await probe("@request_headers\nreturn 2\n@request_body\nbuffer 0 0 10");
    const stream = guest.open(post());
    await stream.requestHeaders();
    expect(await stream.requestBody("hello")).toBe("");
    expect(guest.said("request_body")).toEqual([]);
  });

  test("is no longer there afterwards", async () => {
    using guest = await probe("@response_headers\nbuffer 0 0 10\nbufferset 0 0 0 x");
    const stream = guest.open(post());
    await stream.requestBody("hello");
    await stream.responseHeaders(new Response("x"));
    expect(guest.said("response_headers")).toEqual(["buffer 0 0 10 -> 1 ", "bufferset 0 0 0 x -> 1"]);
  });

  test("fails when it is larger than the guest wants", async () => {
    using guest = await probe("@request_headers\nsetproperty set_decoder_buffer_limit 3");
    const stream = guest.open(post());
    await stream.requestHeaders();
    expect(await messageOf(stream.requestBody("four"))).toContain("larger than the 3 bytes");
  });
});

describe("a reply of the guest's own", () => {
  test("ends the request in its headers", async () => {
    using guest = await probe("@request_headers\nreply 403 denied x-a=1|:status=200 no way\nadd 0 x y\nreturn 1");
    const { call, requestHeaders } = guest.open();
    expect(told(await requestHeaders())).toBe("403 denied x-a=1 no way");
    expect(call.rerouting).toBe(false);
  });

  test("ends it in its body, and takes the place of an answer", async () => {
    using guest = await probe("@request_body\nreply 400 bad a=1 no\n@response_headers\nreply 502 worse a=1 gone");
    const stream = guest.open(post());
    expect(told(await stream.requestBody("x"))).toBe("400 bad a=1 no");
    const other = guest.open(post());
    expect(told(await other.responseHeaders(new Response("x")))).toBe("502 worse a=1 gone");
  });

  test("with a status that is none is refused, and only the first counts", async () => {
    using guest = await probe("@request_headers\nreply 42 a a=1 x\nreply 401 first a=1 x\nreply 403 second a=1 x");
    expect(told(await guest.open().requestHeaders())).toBe("401 first a=1 x");
    expect(guest.said("request_headers")[0]).toBe("reply 42 a a=1 x -> 2");
  });

  test("is a 503 when the guest closes the stream", async () => {
    using guest = await probe("@request_headers\nclose 0\nclose 7");
    expect(told(await guest.open().requestHeaders())).toStartWith("503 closed_by_plugin");
    expect(guest.said("request_headers")[1]).toBe("close 7 -> 2");
  });
});

describe("an answer's body", () => {
  test("flows piece by piece through a guest that lets it", async () => {
    using guest = await probe("@response_body\nbuffer 1 0 9\nbufferset 1 0 0 >\n@response_body_end\nbufferset 1 9 0 .");
    const stream = guest.open();
    expect(await stream.responseHeaders(new Response("x"))).toBe("stream-body");
    expect([await stream.chunk("a"), await stream.chunk("b"), await stream.chunk("", true)]).toEqual([">a", ">b", "."]);
    expect(guest.said("response_body").map((line) => line.split(" -> ")[1])).toEqual(["0 a", "0", "0 b", "0"]);
  });

  test("is kept while the guest stops it, and shown whole", async () => {
    using guest = await probe("@response_body\nreturn 1\n@response_body_end\nbuffer 1 0 99\nbufferset 1 0 99 changed");
    const stream = guest.open();
    await stream.responseHeaders(new Response("x"));
    expect([await stream.chunk("one "), await stream.chunk("two "), await stream.chunk("three", true)]).toEqual([
      "",
      "",
      "changed",
    ]);
    expect(guest.said("response_body_end")[0]).toBe("buffer 1 0 99 -> 0 one two three");
  });

  test("that is kept has a limit", async () => {
    using guest = await probe("@response_body\nreturn 1", { limits: { bodyBytes: 6 } });
    const stream = guest.open();
    await stream.responseHeaders(new Response("x"));
    await stream.chunk("four");
    expect(await messageOf(stream.chunk("more"))).toContain("larger than the 6 bytes");
  });

  test("is read whole for a guest that holds the headers back", async () => {
    using guest = await probe(
      "@response_headers\nreturn 1\n@response_body_end\nbuffer 1 0 99\nreplace 2 :status 206\nbufferset 1 0 1 A",
    );
    const stream = guest.open();
    expect(await stream.responseHeaders(new Response("x"))).toBeUndefined();
    expect(await stream.responseBody("all")).toBe("All");
    expect(stream.call.response?.status).toBe(206);
  });

  test("is dropped when the guest ends the answer with its headers", async () => {
    using guest = await probe("@response_headers\nreturn 2");
    const stream = guest.open();
    await stream.responseHeaders(new Response("x"));
    expect(await stream.responseBody("all")).toBe("");
  });

  test("fails when it is stopped at its end for nothing", async () => {
    using guest = await probe("@response_body_end\nreturn 1");
    const stream = guest.open();
    await stream.responseHeaders(new Response("x"));
    expect(await messageOf(stream.chunk("a", true))).toContain("waits for nothing");
  });

  test("cannot be replaced once its headers are gone", async () => {
    using guest = await probe("@response_body\nreply 500 late a=1 sorry");
    const stream = guest.open();
    await stream.responseHeaders(new Response("x"));
    expect(await messageOf(stream.chunk("a"))).toContain("after its headers were sent");
  });
});
