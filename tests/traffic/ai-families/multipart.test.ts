import { expect, test } from "bun:test";
import { assert, asyncProperty, integer } from "fast-check";
import { boundaryOf, MultipartBody } from "#src/traffic/ai/multipart-body.ts";
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
      const body = await MultipartBody.open(pieces(form("whisper-ü"), size), BOUNDARY, 1e6);
      expect(body.model).toBe("whisper-ü");
      expect(await new Response(body.stream("other")).text()).toBe(form("other"));
    }),
  ));

test("a model behind the first 64 KiB is left alone, and the body goes through once", async () => {
  const text = form("whisper", "x".repeat(200_000));
  const body = await MultipartBody.open(pieces(text, 10_000), BOUNDARY, 1e6);
  expect(body.model).toBeUndefined();
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
        controller.enqueue(new Uint8Array(16 * 1024));
      },
    },
    { highWaterMark: 0 },
  );
  await MultipartBody.open(endless, BOUNDARY, 1e9);
  expect(read).toBe(4);
});

test("a body over the limit breaks off", async () => {
  const body = await MultipartBody.open(pieces(form("m", "x".repeat(200_000)), 50_000), BOUNDARY, 100_000);
  expect(await faultOf(new Response(body.stream()).text())).toMatchObject({ code: "payload_too_large" });
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
