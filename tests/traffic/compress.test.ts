import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "bun:test";
import { type CompressionOptions, createCompress, takesGzip } from "#src/traffic/compress.ts";

const OPTIONS: CompressionOptions = {
  minLength: 10,
  contentTypes: ["application/json", "Text/HTML"],
  skipEtag: true,
  level: 9,
  strategy: "default",
  memoryLevel: 5,
  windowBits: 12,
  chunkSize: 4096,
};
const compress = await createCompress(OPTIONS);
const LONG = "a long text that is worth it ".repeat(100);

function asked(accept: string | undefined = "gzip", method = "GET"): Request {
  return new Request("http://a/", { method, headers: accept === undefined ? {} : { "accept-encoding": accept } });
}

function answer(
  headers: Readonly<Record<string, string>> = {},
  body: string | ReadableStream | null = LONG,
  status = 200,
): Response {
  return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
}

async function unzipped(response: Response): Promise<string> {
  return gunzipSync(new Uint8Array(await response.arrayBuffer())).toString();
}

describe("an answer", () => {
  test("is compressed for a client that takes it", async () => {
    const response = compress(asked(), answer({ "content-length": String(LONG.length), "x-a": "1" }));
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(response.headers.get("vary")).toBe("accept-encoding");
    expect([response.headers.get("content-length"), response.headers.get("x-a")]).toEqual([null, "1"]);
    expect(await unzipped(response)).toBe(LONG);
  });

  test.each([
    ["of another media type", answer({ "content-type": "image/png" })],
    ["that is short", answer({ "content-length": "9" })],
    ["with an ETag", answer({ etag: '"a"' })],
    ["that is compressed already", answer({ "content-encoding": "br" })],
    ["that must not be changed", answer({ "cache-control": "public, no-transform" })],
    ["that is a part", answer({}, LONG, 206)],
  ])("%s goes as it is", (_, response) => {
    expect(compress(asked(), response)).toBe(response);
    expect(response.headers.has("vary")).toBe(false);
  });

  test("of events is never compressed, even when it is asked for", async () => {
    const eager = await createCompress({ ...OPTIONS, contentTypes: ["text/event-stream"] });
    const response = answer({ "content-type": "text/event-stream; charset=utf-8" });
    expect(eager(asked(), response)).toBe(response);
  });

  test("says that it would be another for another client", () => {
    const response = compress(asked("br"), answer({ vary: "origin" }));
    expect([response.headers.get("vary"), response.headers.get("content-encoding")]).toEqual([
      "origin, accept-encoding",
      null,
    ]);
    expect(compress(asked("br"), answer({ vary: "Accept-Encoding" })).headers.get("vary")).toBe("Accept-Encoding");
  });

  test("to HEAD has no body to compress", () => {
    const response = answer({}, null);
    expect(compress(asked("gzip", "HEAD"), response)).toBe(response);
  });

  test("loses a strong ETag, and keeps a weak one", async () => {
    const eager = await createCompress({ ...OPTIONS, skipEtag: false });
    expect(eager(asked(), answer({ etag: '"a"' })).headers.has("etag")).toBe(false);
    expect(eager(asked(), answer({ etag: 'W/"a"' })).headers.get("etag")).toBe('W/"a"');
  });

  test("that comes bit by bit goes on bit by bit", async () => {
    const source = new TransformStream<Uint8Array, Uint8Array>();
    const writer = source.writable.getWriter();
    const response = compress(asked(), answer({}, source.readable));
    const reader = response.body?.getReader();
    void writer.write(new TextEncoder().encode('{"first":1}'));
    const first = await reader?.read();
    expect(first?.value?.length).toBeGreaterThan(0);
    void writer.close();
    const parts = [first?.value ?? new Uint8Array()];
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) parts.push(next.value);
    expect(gunzipSync(Buffer.concat(parts)).toString()).toBe('{"first":1}');
  });

  test("stops being asked for when the client leaves", async () => {
    const cancelled = Promise.withResolvers<void>();
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(crypto.getRandomValues(new Uint8Array(10_000))),
      cancel: () => cancelled.resolve(),
    });
    const reader = compress(asked(), answer({}, endless)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await cancelled.promise;
  });

  test("that breaks off is broken off", async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("cut")) });
    expect(compress(asked(), answer({}, broken)).text()).rejects.toThrow("cut");
  });
});

test.each([
  ["gzip", true],
  ["br, GZIP;q=0.5", true],
  ["gzip;q=0, *", false],
  ["*", true],
  ["*;q=0", false],
  ["br", false],
  ["", false],
  [null, false],
])("accept-encoding %j takes gzip: %p", (accepted, taken) => {
  expect(takesGzip(accepted)).toBe(taken);
});
