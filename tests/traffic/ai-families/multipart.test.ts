import { expect, test } from "bun:test";
import { assert, asyncProperty, integer } from "fast-check";
import { boundaryOf } from "#src/core/form-scanner.ts";
import { MultipartBody } from "#src/traffic/ai/multipart-body.ts";
import { faultOf, setUp } from "./set-up.ts";

const BOUNDARY = "----b";

function form(model: string, file = "RIFF\u0000ÿ"): string {
  return [
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="model.wav"\r\ncontent-type: audio/wav\r\n\r\n${file}\r\n`,
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n--${BOUNDARY}--\r\n`,
  ].join("");
}

/** The text as a stream of pieces of `size` bytes. */
function pieces(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, (at += size)));
    },
  });
}

test("the model is found and replaced wherever the bytes are cut", () =>
  assert(
    asyncProperty(integer({ min: 1, max: 400 }), async (size) => {
      const body = await MultipartBody.open(pieces(form("whisper-ü"), size), { boundary: BOUNDARY, limit: 1e6 });
      expect(body.model).toBe("whisper-ü");
      expect(await new Response(body.stream("other")).text()).toBe(form("other"));
    }),
  ));

test("the model is found behind a long file, and the body can be sent again", async () => {
  const text = form("whisper", "x".repeat(2_000_000));
  const body = await MultipartBody.open(pieces(text, 65_536), { boundary: BOUNDARY, limit: 1e7 });
  expect(body.model).toBe("whisper");
  for (let n = 0; n < 2; n++) {
    expect(body.repeatable).toBe(true);
    expect(await new Response(body.stream("other")).text()).toBe(form("other", "x".repeat(2_000_000)));
  }
});

test("what looks like the field inside a file is none", async () => {
  const file = '\r\nContent-Disposition: form-data; name="model"\r\n\r\nfake\r\n----';
  const body = await MultipartBody.open(pieces(form("real", file), 7), { boundary: BOUNDARY, limit: 1e6 });
  expect(body.model).toBe("real");
});

test("a form without a model, and one that never ends a head or a value", async () => {
  const part = (head: string, value: string): string => `--${BOUNDARY}\r\n${head}\r\n\r\n${value}\r\n`;
  const named = 'content-disposition: form-data; name="model"';
  for (const text of [
    `${part('content-disposition: form-data; name="a"', "b")}--${BOUNDARY}--\r\n${part(named, "behind the end")}`,
    `--${BOUNDARY}\r\n${"x".repeat(20_000)}`,
    `--${BOUNDARY}\r\n${named}\r\n\r\n${"x".repeat(2000)}`,
  ]) {
    const body = await MultipartBody.open(pieces(text, 1000), { boundary: BOUNDARY, limit: 1e6 });
    expect(body.model).toBeUndefined();
    expect(await new Response(body.stream("other")).text()).toBe(text);
  }
});

test("a file that nobody looks into goes through once", async () => {
  const text = "x".repeat(200_000);
  const body = await MultipartBody.open(pieces(text, 10_000), { limit: 1e6 });
  expect(body.repeatable).toBe(true);
  expect(await new Response(body.stream("other")).text()).toBe(text);
  expect(body.repeatable).toBe(false);
});

test("no more is read ahead than is needed", async () => {
  let read = 0;
  const endless = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        read += 1;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
    },
    { highWaterMark: 0 },
  );
  await MultipartBody.open(endless, { boundary: BOUNDARY, limit: 1e9 });
  expect(read).toBe(32);
});

test("a body over the limit breaks off, while its model is looked for and after", async () => {
  const text = (): ReadableStream<Uint8Array> => pieces(form("m", "x".repeat(200_000)), 50_000);
  const open = (boundary?: string): Promise<MultipartBody> => MultipartBody.open(text(), { boundary, limit: 100_000 });
  expect(await faultOf(open(BOUNDARY))).toMatchObject({ code: "payload_too_large" });
  expect(await faultOf(new Response((await open()).stream()).text())).toMatchObject({ code: "payload_too_large" });
  const lower = await MultipartBody.open(text(), { boundary: BOUNDARY, limit: 1e6 });
  expect(() => lower.within(100_000)).toThrow(expect.objectContaining({ code: "payload_too_large" }));
});

test("boundaries", () => {
  expect(boundaryOf('multipart/form-data; boundary="a b"')).toBe("a b");
  expect(boundaryOf("multipart/form-data; charset=utf-8; boundary=xyz")).toBe("xyz");
  expect(boundaryOf("application/octet-stream")).toBeUndefined();
});

test("a transcription is sent with the provider's model and tried again while it is small", async () => {
  const data = new FormData();
  data.set("file", new Blob(["sound"]), "a.wav");
  data.set("model", "my-whisper");
  let calls = 0;
  const stage = setUp({
    tokens: ["secret-token-1", "secret-token-2"],
    answer: () => (++calls === 1 ? Response.json({}, { status: 429 }) : Response.json({ text: "hello" })),
  });
  const { response, exchange } = await stage.ask("/v1/audio/transcriptions", { method: "POST", body: data });
  expect(await response.json()).toEqual({ text: "hello" });
  expect(exchange.record.modelAsked).toBe("my-whisper");
  for (const { headers, body } of stage.seen) {
    const sent = await new Response(body, {
      headers: { "content-type": headers.get("content-type") ?? "" },
    }).formData();
    expect(sent.get("model")).toBe("whisper");
  }
  expect(stage.seen.length).toBe(2);
});

test("a large upload has one try", async () => {
  const stage = setUp({
    tokens: ["secret-token-1", "secret-token-2"],
    answer: () => Response.json({ error: { message: "slow down" } }, { status: 429 }),
  });
  const upload: RequestInit & { duplex: "half" } = {
    method: "POST",
    headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
    body: pieces(form("m", "x".repeat(200_000)), 50_000),
    duplex: "half",
  };
  expect(await faultOf(stage.ask("/v1/files", upload))).toMatchObject({ status: 429 });
  expect(stage.seen.length).toBe(1);
});
