import { describe, expect, test } from "bun:test";
import { array, assert, asyncProperty, constantFrom, integer, tuple } from "fast-check";
import { rewritten } from "#src/traffic/http/sticky/body-rewrite.ts";
import { EndpointEvent } from "#src/traffic/http/sticky/endpoint-event.ts";

const bytes = new TextEncoder();

function event(name = "sessionId"): EndpointEvent {
  return new EndpointEvent({ name, key: async (own) => `<${encodeURIComponent(own)}>`, path: (own) => own });
}

/** What the client gets of a stream that comes in these pieces. */
async function through(pieces: readonly Uint8Array[], rewrite = event()): Promise<string> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  return new Response(rewritten(body, rewrite)).text();
}

/** A text's bytes, cut at these places. */
function cut(text: string, places: readonly number[]): Uint8Array[] {
  const whole = bytes.encode(text);
  const ends = [...places.map((place) => place % whole.length), whole.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => whole.slice(index === 0 ? 0 : ends[index - 1], end));
}

const BEFORE = [": hello", "event: other\ndata: ?sessionId=not-this", "data: ä €\ndata:\nid: 3", "retry: 1"];
const AFTER = ["event: message\ndata: {}", "event: endpoint\ndata: /later?sessionId=x", ": ping"];

describe("an endpoint event's key is replaced, and nothing else", () => {
  test("wherever the stream is cut, whatever its line ends", async () => {
    const plan = tuple(
      constantFrom("\n", "\r\n", "\r"),
      array(constantFrom(...BEFORE), { maxLength: 3 }),
      array(constantFrom(...AFTER), { maxLength: 3 }),
      constantFrom(
        "data: /m?a=1&sessionId=KEY&b=2#s",
        "data:http://h:1/m?sessionId=KEY",
        "id: 1\ndata: /?sessionId=KEY",
      ),
      array(integer({ min: 0, max: 500 }), { maxLength: 12 }),
    );
    await assert(
      asyncProperty(plan, async ([eol, before, after, data, places]) => {
        const stream = (key: string): string =>
          [...before, `event: endpoint\n${data.replace("KEY", key)}`, ...after]
            .map((event) => `${event}\n\n`)
            .join("")
            .replaceAll("\n", eol);
        const expected = stream("<k-%C3%A4%2520>");
        expect(await through(cut(stream("k-ä%20"), places))).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("at every byte", async () => {
    for (const eol of ["\n", "\r\n", "\r"]) {
      const stream = `: hi\n\nevent: endpoint\ndata: /m?sessionId=abc\n\ndata: 1\n\n`.replaceAll("\n", eol);
      for (let at = 0; at <= stream.length; at++)
        expect(await through(cut(stream, [at]))).toBe(stream.replace("abc", "<abc>"));
      expect(await through([...bytes.encode(stream)].map((byte) => Uint8Array.of(byte)))).toBe(
        stream.replace("abc", "<abc>"),
      );
    }
  });

  test.each([
    ["another parameter", "event: endpoint\ndata: /m?session=abc\n\n"],
    ["no parameters", "event: endpoint\ndata: /m\n\n"],
    ["another event", "event: endpoints\ndata: /m?sessionId=abc\n\n"],
    ["only data", "data: endpoint\ndata: /m?sessionId=abc\n\n"],
    ["no end", "event: endpoint\ndata: /m?sessionId=abc\n"],
    ["nothing", ""],
    ["behind the hash", "event: endpoint\ndata: /m#?sessionId=abc\n\n"],
    ["too late", `: ${"x".repeat(70_000)}\n\nevent: endpoint\ndata: /m?sessionId=abc\n\n`],
  ])("%s goes by untouched", async (_, stream) => {
    expect(await through(cut(stream, [7, 69_000]))).toBe(stream);
  });

  test("bytes that are no text go by, a byte order mark as well", async () => {
    const noise = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const stream = new Uint8Array([...noise, ...bytes.encode("\n\nevent: endpoint\ndata: ?sessionId=a\n\n"), ...noise]);
    const body = new Response(stream).body as ReadableStream<Uint8Array>;
    const out = await new Response(rewritten(body, event())).bytes();
    expect(out).toEqual(
      new Uint8Array([...noise, ...bytes.encode("\n\nevent: endpoint\ndata: ?sessionId=<a>\n\n"), ...noise]),
    );
    const marked = "\uFEFFevent: endpoint\ndata: ?sessionId=a\n\n";
    expect(await through(cut(marked, [1, 2, 3]))).toBe(marked.replace("=a", "=<a>").slice(1));
  });
});

test.each([
  ["/m/x?sid=1#h", "/shop/m/x?sid=2#h"],
  ["http://h:1/m?sid=1", "http://h:1/shop/m?sid=2"],
  ["m?sid=1", "m?sid=2"],
  ["?sid=1", "?sid=2"],
  ["http://h:1?sid=1", "http://h:1?sid=2"],
  ["/m", "/m"],
])("where the route rewrites paths, %s is told as %s", async (own, shown) => {
  const rewrite = new EndpointEvent({ name: "sid", key: async () => "2", path: (path) => `/shop${path}` });
  expect(await through([bytes.encode(`event: endpoint\ndata: ${own}\n\n`)], rewrite)).toBe(
    `event: endpoint\ndata: ${shown}\n\n`,
  );
});

test("an event goes on as soon as it is whole, and is taken only when asked for", async () => {
  let taken = 0;
  const pieces = ["data: 1\n\ndata: 2", "\n\n", "event: endpoint\ndata: ?sessionId=a\n\n", "rest"];
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[taken++];
        if (piece === undefined) controller.close();
        else controller.enqueue(bytes.encode(piece));
      },
    },
    { highWaterMark: 0 },
  );
  const reader = rewritten(body, event()).getReader();
  expect(taken).toBe(0);
  const texts: string[] = [];
  for (let read = 1; read <= 4; read++) {
    const { value } = await reader.read();
    texts.push(new TextDecoder().decode(value));
    expect(taken).toBe(read);
  }
  expect(texts).toEqual(["data: 1\n\n", "data: 2\n\n", "event: endpoint\ndata: ?sessionId=<a>\n\n", "rest"]);
});
