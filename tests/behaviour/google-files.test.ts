/** Google's own client uploads a file through the gateway. Format: https://ai.google.dev/api/files and resumable uploads there. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { GoogleGenAI } from "@google/genai";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";

const CONTENT = new Uint8Array(3_000_000).map((_, index) => index % 251);

interface Upload {
  readonly key: string | null;
  readonly type: string | null;
}

/** Google's file store, as far as its client looks: an upload and its file belong to the key that began it. */
function startFileStore() {
  const uploads = new Map<string, Upload>();
  const seen: string[] = [];
  const files = new Map<string, { key: string | null; bytes: Uint8Array; type: string | null }>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const url = new URL(request.url);
      const { headers } = request;
      const key = headers.get("x-goog-api-key");
      seen.push(`${request.method} ${url.pathname}`);
      if (url.pathname !== "/upload/v1beta/files") return shown(url.pathname.replace("/v1beta/files/", ""), key);
      const id = url.searchParams.get("upload_id");
      if (id === null) {
        const made = `u${uploads.size + 1}`;
        uploads.set(made, { key, type: headers.get("x-goog-upload-header-content-type") });
        const address = `https://generativelanguage.googleapis.com/upload/v1beta/files?key=leak&upload_id=${made}&upload_protocol=resumable`;
        return new Response(null, { headers: { "x-goog-upload-url": address, "x-goog-upload-status": "active" } });
      }
      const upload = uploads.get(id);
      if (upload === undefined || upload.key !== key) return new Response("no such upload", { status: 404 });
      const name = `files/f-${id}`;
      files.set(`f-${id}`, { key, bytes: await request.bytes(), type: upload.type });
      return Response.json(
        { file: { name, mimeType: upload.type, uri: `https://generativelanguage.googleapis.com/v1beta/${name}` } },
        { headers: { "x-goog-upload-status": "final" } },
      );
    },
  });
  const shown = (id: string, key: string | null): Response => {
    const file = files.get(id);
    if (file === undefined || file.key !== key)
      return Response.json({ error: { code: 404, message: "no such file", status: "NOT_FOUND" } }, { status: 404 });
    return Response.json({ name: `files/${id}`, mimeType: file.type, sizeBytes: String(file.bytes.byteLength) });
  };
  return { server, files, seen };
}

describe.each(["bun", "deno"] as const)("on %s", (runtime) => {
  const store = startFileStore();
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({
      runtime,
      config: {
        admin: { port: 0 },
        consumers: [{ name: "alice", credentials: ["key-of-alice"] }],
        providers: [
          {
            id: "g",
            type: "gemini",
            apiTokens: ["g-key-0123456789-1", "g-key-0123456789-2", "g-key-0123456789-3"],
            baseUrl: `http://127.0.0.1:${store.server.port}`,
          },
        ],
        routes: [{ name: "all", match: { path: { prefix: "/google" } }, ai: { upstreams: [{ provider: "g" }] } }],
      },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await store.server.stop(true);
  });

  test("the file goes up below the route's own prefix, with one key of the provider's, whole", async () => {
    const google = new GoogleGenAI({ apiKey: "key-of-alice", httpOptions: { baseUrl: `${gateway.origin}/google` } });
    const made = await google.files.upload({ file: new Blob([CONTENT]), config: { mimeType: "audio/wav" } });
    expect(made).toMatchObject({ mimeType: "audio/wav" });
    const [file] = store.files.values();
    expect(file?.key).toStartWith("g-key-");
    expect(Buffer.compare(file?.bytes ?? new Uint8Array(), CONTENT)).toBe(0);
    for (let n = 0; n < 3; n++) {
      expect(await google.files.get({ name: made.name ?? "" })).toMatchObject({ sizeBytes: String(CONTENT.length) });
    }
    expect(store.seen.slice(0, 3)).toEqual([
      "POST /upload/v1beta/files",
      "POST /upload/v1beta/files",
      `GET /v1beta/${made.name}`,
    ]);
  });
});
