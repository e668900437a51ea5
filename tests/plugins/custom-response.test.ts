import { describe, expect, test } from "bun:test";
import { customResponse } from "#plugins/custom-response.ts";
import { behind } from "./behind.ts";

const JSON_TYPE = "application/json; charset=utf-8";

describe("one answer", () => {
  test("Higress' example: in place of the upstream's", async () => {
    const ask = await behind(customResponse, {
      status_code: 200,
      headers: ["Content-Type=application/json", "Hello=World", "Content-Length=3", "Link=a=b"],
      body: '{"hello":"world"}',
    });
    const answer = await ask({ route: { ai: true } });
    expect(answer).toMatchObject({ status: 200, body: '{"hello":"world"}', sent: undefined });
    expect(answer.headers).toEqual({ "content-type": "application/json", hello: "World", link: "a=b" });
    expect(answer.reply).toMatchObject({ refusal: false, reason: "custom-response" });
  });

  test.each([
    ['{"a":1}', { "content-type": JSON_TYPE }],
    ["hello", { "content-type": "text/plain; charset=utf-8" }],
    ["", {}],
  ])("the type of %p", async (body, headers) => {
    expect((await (await behind(customResponse, { body }))()).headers).toEqual(headers);
  });

  test("Higress' example: when there were too many requests", async () => {
    const ask = await behind(customResponse, {
      enable_on_status: [429],
      status_code: 302,
      headers: ["Location=https://example.com"],
    });
    expect(await ask({}, { status: 429 })).toMatchObject({ status: 302, headers: { location: "https://example.com" } });
    expect(await ask({}, { status: 200 })).toMatchObject({ status: 200, body: "ok", reply: undefined });
  });
});

describe("several answers", () => {
  test("the exact status, then patterns in the order written", async () => {
    const ask = await behind(customResponse, {
      rules: [
        { enable_on_status: ["4XX"], body: "client" },
        { enable_on_status: ["40x", "50x"], body: "later" },
        { enable_on_status: ["404", 502], body: '{"exact":true}', headers: ["key=a"] },
      ],
    });
    const bodyFor = async (status: number): Promise<string> => (await ask({}, { status })).body;
    expect(await bodyFor(404)).toBe('{"exact":true}');
    expect(await bodyFor(502)).toBe('{"exact":true}');
    expect(await bodyFor(401)).toBe("client");
    expect(await bodyFor(503)).toBe("later");
    expect(await bodyFor(201)).toBe("ok");
  });

  test("none by status: the first of them, and the upstream is not asked", async () => {
    const ask = await behind(customResponse, { rules: [{ body: "first" }, { body: "second" }] });
    expect(await ask()).toMatchObject({ body: "first", sent: undefined });
  });

  test("some by status: the others are not for anything, as in Higress", async () => {
    const ask = await behind(customResponse, { rules: [{ body: "default" }, { enable_on_status: [404] }] });
    expect((await ask()).body).toBe("ok");
  });
});

test.each([
  [{ rules: [] }, "rules"],
  [{ headers: ["novalue"] }, "is not a header"],
  [{ headers: ["a b=c"] }, "does not begin with a header's name"],
  [{ headers: ["a=b\nc=d"] }, "line breaks"],
  [{ enable_on_status: ["xxx"] }, "a status, or a pattern"],
  [{ enable_on_status: ["4x"] }, "a status, or a pattern"],
  [{ enable_on_status: ["4y4"] }, "a status, or a pattern"],
  [{ enable_on_status: [404, "404"] }, "404 stands there twice"],
  [{ rules: [{ enable_on_status: ["4xx"] }, { enable_on_status: ["4XX"] }] }, "4xx stands there twice"],
])("refuses the configuration %j", async (config, message) => {
  expect(await behind(customResponse, config).catch(String)).toContain(message);
});
