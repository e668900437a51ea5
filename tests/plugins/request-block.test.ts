import { describe, expect, test } from "bun:test";
import { requestBlock } from "#plugins/request-block.ts";
import { behind } from "./behind.ts";

describe("URLs", () => {
  test("Higress' example: parts of path and query, in any case", async () => {
    const ask = await behind(requestBlock, { block_urls: ["swagger.html", "foo=bar"], case_sensitive: false });
    const blocked = await ask({ url: "/?foo=Bar" });
    expect(blocked).toMatchObject({ status: 403, body: "" });
    expect(blocked.reply).toMatchObject({ refusal: true, reason: "request-block.url_blocked.keyword" });
    expect((await ask({ url: "/Swagger.html" })).status).toBe(403);
    expect((await ask({ url: "/other?foo=baz" })).status).toBe(200);
  });

  test("case counts unless told otherwise", async () => {
    const ask = await behind(requestBlock, { block_urls: ["swagger.html"] });
    expect((await ask({ url: "/Swagger.html" })).status).toBe(200);
    expect((await ask({ url: "/swagger.html" })).status).toBe(403);
  });

  test("exact ones need no other list", async () => {
    const ask = await behind(requestBlock, { block_exact_urls: ["/admin?debug=1"] });
    expect((await ask({ url: "/admin?debug=1" })).reply?.reason).toBe("request-block.url_blocked.exact");
    expect((await ask({ url: "/admin?debug=12" })).status).toBe(200);
  });

  test("expressions, which keep their meaning in any case", async () => {
    const ask = await behind(requestBlock, { block_regexp_urls: ["^/V\\D$"], case_sensitive: false });
    expect((await ask({ url: "/vX" })).reply?.reason).toBe("request-block.url_blocked.regexp");
    expect((await ask({ url: "/v1" })).status).toBe(200);
  });

  test("an expression that makes other engines hang", async () => {
    const ask = await behind(requestBlock, { block_regexp_urls: ["^/(a+)+$"] });
    expect((await ask({ url: `/${"a".repeat(8000)}!` })).status).toBe(200);
  });
});

describe("headers", () => {
  test("Higress' example: names and values", async () => {
    const ask = await behind(requestBlock, { block_headers: ["example-key", "example-value"] });
    expect((await ask({ headers: { "example-key": "123" } })).reply?.reason).toBe("request-block.header_blocked");
    expect((await ask({ headers: { "my-header": "an example-value" } })).status).toBe(403);
    expect((await ask({ headers: { "my-header": "Example-Value" } })).status).toBe(200);
  });

  test("the host is one of them", async () => {
    const ask = await behind(requestBlock, { block_headers: ["internal.example.com"] });
    expect((await ask({ url: "http://internal.example.com/" })).status).toBe(403);
  });
});

describe("bodies", () => {
  test("Higress' example", async () => {
    const ask = await behind(requestBlock, { block_bodies: ["hello world"], case_sensitive: false });
    expect((await ask({ body: "say Hello World!" })).reply?.reason).toBe("request-block.body_blocked");
    expect((await ask({ body: "hello" })).sent?.body).toBe("hello");
  });

  test("block_bodys is the same, and bytes that are no text do no harm", async () => {
    const ask = await behind(requestBlock, { block_bodys: ["evil"] });
    expect((await ask({ body: new Uint8Array([0xff, 0xfe, ...new TextEncoder().encode("evil")]) })).status).toBe(403);
  });

  test("are not read when nothing is said of them", async () => {
    const filter = await requestBlock.configure(
      requestBlock.options.parse({ block_urls: ["x"] }),
      // Not asked for anything.
      {} as Parameters<typeof requestBlock.configure>[1],
    );
    expect("requestBody" in filter).toBe(false);
  });
});

describe("the refusal", () => {
  test("status and words", async () => {
    const ask = await behind(requestBlock, { block_urls: ["x"], blocked_code: 404, blocked_message: "gone" });
    expect(await ask({ url: "/x" })).toMatchObject({ status: 404, body: "gone" });
  });

  test("has words on AI routes even if none are configured", async () => {
    const ask = await behind(requestBlock, { block_urls: ["x"] });
    expect((await ask({ url: "/x", route: { ai: true } })).body).toBe("The request is blocked.");
  });
});

test.each([
  [{}, "Nothing is blocked"],
  [{ block_urls: [""] }, "Nothing is blocked"],
  [{ block_regexp_urls: ["("] }, "is not valid"],
  [{ block_regexp_urls: ["(?=x)"] }, "is not valid"],
  [{ block_urls: ["x"], blocked_code: 99 }, "blocked_code"],
])("refuses the configuration %j", async (config, message) => {
  expect(await behind(requestBlock, config).catch(String)).toContain(message);
});
