import { describe, expect, test } from "bun:test";
import { probe } from "#tests/support/proxy-wasm/driver.ts";

const REQUEST = (): Request =>
  new Request("http://api.example.com/things?x=1", { headers: { "x-one": "1", "x-two": "2" } });

describe("a request's headers", () => {
  test("are read with their pseudo headers, by names in any case", async () => {
    using guest = await probe(`
      @request_headers
      get 0 :method
      get 0 :path
      get 0 :authority
      get 0 :scheme
      get 0 host
      get 0 X-One
      get 0 x-none
      pairs 0
      size 0`);
    await guest.open(REQUEST()).requestHeaders();
    expect(guest.said("request_headers")).toEqual([
      "get 0 :method -> 0 GET",
      "get 0 :path -> 0 /things?x=1",
      "get 0 :authority -> 0 api.example.com",
      "get 0 :scheme -> 0 https",
      "get 0 host -> 0 api.example.com",
      "get 0 X-One -> 0 1",
      "get 0 x-none -> 1 ",
      "pairs 0 -> 0 :authority=api.example.com|:path=/things?x=1|:method=GET|:scheme=https|x-one=1|x-two=2",
      "size 0 -> 0 139",
    ]);
  });

  test("are changed, and the route is looked up again", async () => {
    using guest = await probe(`
      @request_headers
      add 0 x-new a
      replace 0 x-one uno
      remove 0 X-Two
      replace 0 :path /other?y
      replace 0 :method POST
      replace 0 :authority shop.example.com:8080`);
    const { call, exchange, requestHeaders } = guest.open(REQUEST());
    await requestHeaders();
    expect([...exchange.request.headers]).toEqual([
      ["host", "shop.example.com:8080"],
      ["x-new", "a"],
      ["x-one", "uno"],
    ]);
    expect([exchange.path, exchange.search, exchange.host]).toEqual(["/other", "?y", "shop.example.com"]);
    expect(exchange.request.method).toBe("POST");
    expect(call.rerouting).toBe(true);
  });

  test("leave the route alone when a guest of Higress' says so", async () => {
    using guest = await probe("@request_headers\nsetproperty clear_route_cache off\nadd 0 x-new a");
    const { call, requestHeaders } = guest.open();
    await requestHeaders();
    expect(call.rerouting).toBe(false);
  });

  test("that are only read leave the route alone", async () => {
    using guest = await probe("@request_headers\nget 0 :path");
    const { call, requestHeaders } = guest.open();
    await requestHeaders();
    expect(call.rerouting).toBe(false);
  });

  test("name the consumer as Higress' plugins do", async () => {
    using guest = await probe("@request_headers\nreplace 0 X-Mse-Consumer ann\n@request_body\nremove 0 x-mse-consumer");
    const { call, requestHeaders, requestBody } = guest.open();
    await requestHeaders();
    expect(call.consumer).toBe("ann");
    await requestBody("x");
    expect(call.consumer).toBeUndefined();
  });

  test("are replaced as a whole", async () => {
    using guest = await probe("@request_headers\nsetpairs 0 :path=/p|a=1|b=2|a=3");
    const { exchange, requestHeaders } = guest.open(REQUEST());
    await requestHeaders();
    expect([...exchange.request.headers]).toEqual([
      ["a", "1, 3"],
      ["b", "2"],
    ]);
    expect(exchange.path + exchange.search).toBe("/p");
  });

  test("that no header may be are refused", async () => {
    using guest = await probe(`
      @request_headers
      add 0 bad\u00a0name a
      add 9 x a
      add 6 x a
      get 2 x
      get 9 x
      pairs 9
      pairs 1`);
    await guest.open(REQUEST()).requestHeaders();
    expect(guest.said("request_headers").map((line) => line.split(" -> ")[1])).toEqual([
      "2",
      "2",
      "2",
      "2 ",
      "2 ",
      "2 ",
      "0 ",
    ]);
  });
});

describe("an answer's headers", () => {
  test("are read and changed with its status", async () => {
    using guest = await probe(`
      @response_headers
      get 2 :status
      get 2 content-type
      get 0 :path
      replace 2 :status 201
      replace 2 :status none
      add 2 x-new a
      remove 2 x-old
      pairs 2
      pairs 3`);
    const stream = guest.open();
    await stream.requestHeaders();
    await stream.responseHeaders(new Response("text", { headers: { "x-old": "1", "content-type": "text/plain" } }));
    expect(guest.said("response_headers")).toEqual([
      "get 2 :status -> 0 200",
      "get 2 content-type -> 0 text/plain",
      "get 0 :path -> 0 /things?x=1",
      "replace 2 :status 201 -> 0",
      "replace 2 :status none -> 2",
      "add 2 x-new a -> 0",
      "remove 2 x-old -> 0",
      "pairs 2 -> 0 :status=201|content-type=text/plain|x-new=a",
      "pairs 3 -> 0 ",
    ]);
    expect(stream.call.response?.status).toBe(201);
    expect(stream.call.rerouting).toBe(false);
  });

  test("come with an end when no body follows", async () => {
    using guest = await probe("@response_headers_end\nget 2 :status");
    const stream = guest.open();
    await stream.responseHeaders(new Response(null, { status: 204 }));
    expect(guest.said("response_headers_end")).toEqual(["get 2 :status -> 0 204"]);
  });
});

test("bytes above ASCII come through headers as they are", async () => {
  using guest = await probe("@request_headers\nget 0 x-name\nadd 0 x-more ü");
  const { exchange, requestHeaders } = guest.open(new Request("http://a.test/", { headers: { "x-name": "Ã¼" } }));
  await requestHeaders();
  expect(guest.said("request_headers")[0]).toBe("get 0 x-name -> 0 ü");
  expect(exchange.request.headers.get("x-more")).toBe("Ã¼");
});
