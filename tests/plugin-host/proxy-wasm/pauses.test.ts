import { describe, expect, test } from "bun:test";
import type { CalloutAnswer } from "#src/core/plugin-host.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { until } from "#tests/support/until.ts";
import { probe, told } from "#tests/support/proxy-wasm/driver.ts";

const CALL = "call auth.static :method=GET|:path=/check?a=1|:authority=auth.test|x-k=v";
const post = (): Request => new Request("http://api.example.com/", { method: "POST", body: "body" });

const OK: CalloutAnswer = {
  status: 200,
  headers: [["x-user", "ann"]],
  body: new TextEncoder().encode("fine"),
};

/** A call-out that is answered when the test says so. */
function later(): { answer: () => Promise<CalloutAnswer>; give: (answer: CalloutAnswer | Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<CalloutAnswer>();
  return { answer: () => promise, give: (given) => (given instanceof Error ? reject(given) : resolve(given)) };
}

describe("a call-out", () => {
  test("holds the request up until the guest lets it go, and tells it the answer", async () => {
    using guest = await probe(
      `@request_headers
       ${CALL}
       return 4
       @http_call_response
       pairs 6
       get 6 x-user
       buffer 4 0 100
       pairs 7
       status
       add 0 x-user ann
       continue 0`,
      { host: { answer: () => OK } },
    );
    const { exchange, requestHeaders } = guest.open();
    expect(await requestHeaders()).toBeUndefined();
    expect(exchange.request.headers.get("x-user")).toBe("ann");
    expect(guest.host.callouts).toEqual([
      {
        upstream: "auth.static",
        authority: "auth.test",
        method: "GET",
        path: "/check?a=1",
        headers: [["x-k", "v"]],
        timeout: 500,
      },
    ]);
    expect(guest.lines).toContain("http_call_response 2 4");
    expect(guest.said("http_call_response").slice(0, 5)).toEqual([
      "pairs 6 -> 0 :status=200|x-user=ann",
      "get 6 x-user -> 0 ann",
      "buffer 4 0 100 -> 0 fine",
      "pairs 7 -> 0 ",
      "status -> 0 200 ",
    ]);
  });

  test("may be answered by a reply to the client", async () => {
    using guest = await probe(`@request_headers\n${CALL}\nreturn 1\n@http_call_response\nreply 401 no a=1 who?`, {
      host: { answer: () => OK },
    });
    expect(told(await guest.open().requestHeaders())).toBe("401 no a=1 who?");
  });

  test("that fails is told without headers", async () => {
    using guest = await probe(`@request_headers\n${CALL}\nreturn 1\n@http_call_response\npairs 6\nstatus\ncontinue 0`);
    await guest.open().requestHeaders();
    expect(guest.lines).toContain("http_call_response 0 0");
    expect(guest.said("http_call_response").slice(0, 2)).toEqual(["pairs 6 -> 0 ", "status -> 0 0 Nobody is there."]);
  });

  test("has a body, and needs its pseudo headers", async () => {
    using guest = await probe(
      `@request_headers
       post u :method=POST|:path=/|host=h the body
       call u :method=GET|:path=/
       call u :path=/|:authority=h
       grpc`,
      { host: { answer: () => OK } },
    );
    await guest.open().requestHeaders();
    expect(guest.said("request_headers").map((line) => line.split(" -> ")[1])).toEqual(["0", "2", "2", "12"]);
    expect(guest.host.callouts).toMatchObject([
      { authority: "h", body: new TextEncoder().encode("the body"), headers: [] },
    ]);
  });

  test("whose request is over by then finds no stream", async () => {
    const { answer, give } = later();
    using guest = await probe(`@request_headers\n${CALL}\n@http_call_response\nget 0 :path`, { host: { answer } });
    const stream = guest.open();
    await stream.requestHeaders();
    stream.done();
    give(OK);
    await until("the guest is told", () => guest.lines.includes("the stream is over"));
    expect(guest.said("http_call_response")).toEqual(["get 0 :path -> 2 "]);
  });

  test("is not made when too many wait already", async () => {
    const { answer } = later();
    using guest = await probe(`@request_headers\n${`${CALL}\n`.repeat(1001)}`, { host: { answer } });
    await guest.open().requestHeaders();
    expect(guest.host.callouts).toHaveLength(1000);
  });

  test("in the middle of a request's body lets the guest edit it afterwards", async () => {
    using guest = await probe(
      `@request_body\n${CALL}\nreturn 1\n@http_call_response\nbuffer 0 0 10\nbufferset 0 0 4 BODY\ncontinue 0`,
      { host: { answer: () => OK } },
    );
    expect(await guest.open(post()).requestBody("body")).toBe("BODY");
    expect(guest.said("http_call_response")[0]).toBe("buffer 0 0 10 -> 0 body");
  });

  test("in the middle of an answer holds the pieces up", async () => {
    using guest = await probe(
      `@response_body\n${CALL}\nreturn 1\n@http_call_response\nbufferset 1 0 0 checked:\ncontinue 1\n@response_body_end\nreturn 0`,
      { host: { answer: () => OK } },
    );
    const stream = guest.open();
    await stream.responseHeaders(new Response("x"));
    expect([await stream.chunk("one"), await stream.chunk("two"), await stream.chunk("", true)]).toEqual([
      "checked:one",
      "checked:two",
      "",
    ]);
  });

  test("of an answer's headers holds them up", async () => {
    using guest = await probe(
      `@response_headers\n${CALL}\nreturn 4\n@http_call_response\nadd 2 x-checked yes\ncontinue 1`,
      { host: { answer: () => OK } },
    );
    const stream = guest.open();
    expect(await stream.responseHeaders(new Response("x"))).toBe("stream-body");
    expect(stream.call.response?.headers.get("x-checked")).toBe("yes");
  });
});

describe("a guest that stops the headers", () => {
  test("without anything that would let them go fails", async () => {
    using guest = await probe("@request_headers\nreturn 4");
    expect(await messageOf(guest.open().requestHeaders())).toContain("waits for nothing");
  });

  test("gets the body all the same when there is one", async () => {
    using guest = await probe("@request_headers\nreturn 4\n@request_body\nbuffer 0 0 9");
    const stream = guest.open(post());
    expect(await stream.requestHeaders()).toBeUndefined();
    await stream.requestBody("text");
    expect(guest.said("request_body")).toEqual(["buffer 0 0 9 -> 0 text"]);
  });

  test("may let them go from a tick", async () => {
    using guest = await probe("@configure\ntick 100\n@request_headers\nreturn 4\n@tick\neffective 2\ncontinue 0");
    const waiting = guest.open().requestHeaders();
    await guest.host.tick();
    expect(await waiting).toBeUndefined();
  });

  test("for too long fails", async () => {
    const clock = new FakeClock();
    const { answer } = later();
    using guest = await probe(`@request_headers\n${CALL}\nreturn 4`, {
      host: { answer, clock },
      limits: { pause: 5000 },
    });
    const waiting = guest.open().requestHeaders();
    clock.advance(5000);
    expect(await messageOf(waiting)).toContain("more than 5000 ms");
  });

  test("is not waited for when the client is gone", async () => {
    const { answer } = later();
    const gone = new AbortController();
    using guest = await probe(`@request_headers\n${CALL}\nreturn 4\n@delete\nlog 2 deleted`, { host: { answer } });
    const waiting = guest.open(new Request("http://a.test/", { signal: gone.signal })).requestHeaders();
    gone.abort();
    expect(await messageOf(waiting)).toContain("The client has left.");
    expect(guest.lines).toContain("deleted");
  });
});

describe("bytes that a guest puts into an answer", () => {
  test("come for the pieces that it takes for itself, as soon as they are there", async () => {
    using guest = await probe(
      `@response_body\n${CALL}\nreturn 3\n@http_call_response\ninject 0 checked;\n@response_body_end\n${CALL}\nreturn 3`,
      { host: { answer: () => OK } },
    );
    const stream = guest.open();
    await stream.responseHeaders(new Response("x"));
    expect([await stream.chunk("one"), await stream.chunk("two"), await stream.chunk("", true)]).toEqual([
      "checked;",
      "checked;",
      "checked;",
    ]);
  });

  test("may end it", async () => {
    using guest = await probe("@response_body\ninject 1 that is all\nreturn 3");
    const stream = guest.open();
    await stream.responseHeaders(new Response("x"));
    expect([await stream.chunk("one"), await stream.chunk("two"), await stream.chunk("", true)]).toEqual([
      "that is all",
      "",
      "",
    ]);
    expect(guest.said("response_body")).toHaveLength(1);
  });

  test("give a body to an answer that has none", async () => {
    using guest = await probe(
      `@response_headers_end\nremove 2 content-length\nforeigninject inject_encoded_data_to_filter_chain_on_header 1 hello\nreturn 1`,
    );
    const verdict = await guest
      .open()
      .responseHeaders(new Response(null, { status: 201, headers: { "content-length": "0", "x-a": "b" } }));
    expect(told(verdict)).toStartWith("201 - ");
    expect(told(verdict)).toContain("x-a=b");
    expect(told(verdict)).toEndWith(" hello");
  });

  test("are told by Higress' foreign functions too; others are not found", async () => {
    using guest = await probe(
      `@response_body
       foreigninject inject_encoded_data_to_filter_chain 0 a
       foreign inject_encoded_data_to_filter_chain zz
       foreign compress x
       foreign clear_route_cache
       foreign get_log_level
       return 0`,
      { logLevel: "warn" },
    );
    const stream = guest.open();
    await stream.responseHeaders(new Response("x"));
    expect(await stream.chunk("piece;")).toBe("piece;a");
    expect(guest.said("response_body").map((line) => line.split(" -> ")[1])).toEqual([
      "0",
      "2 ",
      "1 ",
      "0 ",
      "0 03000000",
    ]);
  });
});
