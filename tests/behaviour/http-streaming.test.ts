import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { type Backend, startBackend } from "#tests/support/backend.ts";
import { type Gate, gate } from "#tests/support/gate.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { within } from "#tests/support/until.ts";

const PIECE = 64 * 1024;
const PIECES = 400;
const TEXT = "Grüße 雪 ".repeat(2000);
const PLAIN = new TextEncoder().encode(TEXT);

/** What the download in the middle of which a test does something waits for. */
let held: Gate = gate();
let left: Gate = gate();
afterEach(() => {
  held.open();
  held = gate();
  left = gate();
});

const HANDLERS: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  "/big": () => new Response(pieces(), { headers: { "x-kind": "big" } }),
  "/held": ({ signal }) => {
    signal.addEventListener("abort", () => left.open());
    return new Response(heldPieces());
  },
  "/hash": async (request) => {
    const hash = createHash("sha256");
    let size = 0;
    for await (const bytes of request.body ?? []) {
      hash.update(bytes);
      size += bytes.byteLength;
    }
    const length = request.headers.get("content-length");
    return Response.json({ hash: hash.digest("hex"), size, length });
  },
  "/echo": (request) => new Response(request.body),
  "/gzip": () => encoded("gzip", gzipSync(PLAIN)),
  "/br": () => encoded("br", brotliCompressSync(PLAIN)),
  "/deflate": () => encoded("deflate", deflateSync(PLAIN)),
  "/plain": () => new Response(PLAIN),
};

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  deflate: inflateSync,
};

function encoded(encoding: string, bytes: Uint8Array): Response {
  return new Response(new Uint8Array(bytes), { headers: { "content-encoding": encoding, vary: "accept-encoding" } });
}

/** The same bytes for everybody, not to be compressed. */
function piece(index: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PIECE);
  for (let at = 0, state = index + 1; at < PIECE; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

function pieces(): ReadableStream<Uint8Array> {
  let index = 0;
  return new ReadableStream({
    pull(controller) {
      if (index === PIECES) controller.close();
      else controller.enqueue(piece(index++));
    },
  });
}

/** One piece, the rest when `held` opens. */
function heldPieces(): ReadableStream<Uint8Array> {
  const go = held;
  let index = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        if (index === 1) await go.opened;
        if (index === 20) controller.close();
        else controller.enqueue(piece(index++));
      },
    },
    { highWaterMark: 0 },
  );
}

function wholeHash(count = PIECES): string {
  const hash = createHash("sha256");
  for (let index = 0; index < count; index++) hash.update(piece(index));
  return hash.digest("hex");
}

let backend: Backend;
beforeAll(() => {
  backend = startBackend(
    (request) => HANDLERS[new URL(request.url).pathname]?.(request) ?? new Response("no", { status: 404 }),
  );
});
afterAll(() => backend.close());

function config(mark: string) {
  return {
    admin: { port: 0 },
    services: [{ name: "backend", endpoints: [backend.address] }],
    routes: [
      { name: "mark", match: { path: { exact: "/mark" } }, response: { status: 200, body: mark } },
      { name: "all", http: { services: [{ name: "backend" }] } },
    ],
  };
}

describe.each(["bun", "deno"] as const)("on %s", (runtime) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ config: config("first"), runtime });
  });
  afterAll(() => gateway.stop());

  async function ask(path: string, init: RequestInit & { decompress?: boolean } = {}): Promise<Response> {
    return fetch(gateway.origin + path, init);
  }

  test("a download of 25 MB arrives whole", async () => {
    const response = await ask("/big");
    expect(response.headers.get("x-kind")).toBe("big");
    const hash = createHash("sha256");
    for await (const bytes of response.body ?? []) hash.update(bytes);
    expect(hash.digest("hex")).toBe(wholeHash());
  });

  test("the access log counts its bytes", async () => {
    const response = await ask("/big");
    await response.arrayBuffer();
    const line = await gateway.logOf(response);
    expect(Object.values(line)).toContain(PIECE * PIECES);
  });

  test("an upload of 25 MB arrives whole, with its length", async () => {
    const bytes = new Uint8Array(PIECE * PIECES);
    for (let index = 0; index < PIECES; index++) bytes.set(piece(index), index * PIECE);
    const response = await ask("/hash", { method: "POST", body: bytes });
    // Deno's fetch sends every stream in chunks, whatever length it is told.
    const length = runtime === "bun" ? String(bytes.length) : null;
    expect(await response.json()).toEqual({ hash: wholeHash(), size: bytes.length, length });
  });

  test("an upload of unknown length arrives whole, while its answer is read", async () => {
    const response = await ask("/echo", { method: "POST", body: pieces() });
    const hash = createHash("sha256");
    for await (const bytes of response.body ?? []) hash.update(bytes);
    expect(hash.digest("hex")).toBe(wholeHash());
  });

  test("a piece goes out before the next one is there", async () => {
    const response = await ask("/held");
    const reader = response.body?.getReader();
    let size = 0;
    while (size < PIECE) size += (await within("the first piece", readOf(reader))).length;
    expect(size).toBe(PIECE);
    held.open();
    for (let next = await readOf(reader); next.length > 0; next = await readOf(reader)) size += next.length;
    expect(size).toBe(20 * PIECE);
  });

  test("a client that leaves in the middle takes the upstream's answer with it", async () => {
    const leaving = new AbortController();
    const response = await ask("/held", { signal: leaving.signal });
    await within("the first piece", readOf(response.body?.getReader()));
    leaving.abort();
    await within("the upstream's abort", left.opened);
  });

  test("a download does not notice a reload", async () => {
    const response = await ask("/held");
    const reader = response.body?.getReader();
    const hash = createHash("sha256");
    hash.update(await within("the first piece", readOf(reader)));
    gateway.rewrite(config("second"));
    expect((await fetch(`${gateway.admin}/reload`, { method: "POST" })).status).toBe(200);
    expect(await (await ask("/mark")).text()).toBe("second");
    held.open();
    for (let next = await readOf(reader); next.length > 0; next = await readOf(reader)) hash.update(next);
    expect(hash.digest("hex")).toBe(wholeHash(20));
  });

  test.each(["gzip", "br", "deflate"])("a body in %s is what its headers say", async (encoding) => {
    const headers = { "accept-encoding": encoding };
    const raw = await ask(`/${encoding}`, { headers, decompress: false });
    const bytes = new Uint8Array(await raw.arrayBuffer());
    const said = raw.headers.get("content-encoding");
    if (said !== null) expect(said).toBe(encoding);
    const decoded = said === null ? bytes : DECODERS[said]?.(bytes);
    expect(new TextDecoder().decode(decoded)).toBe(TEXT);
    const length = raw.headers.get("content-length");
    if (length !== null) expect(Number(length)).toBe(bytes.length);
    expect(raw.headers.get("vary")).toBe("accept-encoding");
    expect(await (await ask(`/${encoding}`)).text()).toBe(TEXT);
  });

  test("a HEAD of a body in gzip has no body and hangs nobody", async () => {
    const response = await within("the answer", ask("/gzip", { method: "HEAD" }));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect((await ask("/mark")).status).toBe(200);
  });

  test("a service is asked for the encodings the client asked for", async () => {
    await (await ask("/plain", { headers: { "accept-encoding": "identity" } })).arrayBuffer();
    const seen = backend.seen.at(-1)?.headers.get("accept-encoding");
    expect(seen).toBe("identity");
  });
});

async function readOf(
  reader: { read(): Promise<{ value?: Uint8Array | undefined }> } | undefined,
): Promise<Uint8Array> {
  return (await reader?.read())?.value ?? new Uint8Array();
}
