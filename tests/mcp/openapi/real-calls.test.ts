import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openapiKind } from "#mcp/openapi/kind.ts";
import { parseDocument } from "#mcp/openapi/parse.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import type { ToolDefinition } from "#src/core/mcp/tool.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { fakeApi } from "./fake-api.ts";
import { sampleOf } from "./sample.ts";

function read(file: string): JsonObject {
  return parseDocument(readFileSync(fileURLToPath(file), "utf8"));
}

/** All tools of a server, page by page. */
async function toolsOf(server: McpServer): Promise<ToolDefinition[]> {
  const tools: ToolDefinition[] = [];
  let cursor: JsonObject = {};
  for (;;) {
    const page = await server.handle({ method: "tools/list", params: cursor }, mcpCall());
    tools.push(...(page["tools"] as ToolDefinition[]));
    if (page["nextCursor"] === undefined) return tools;
    cursor = { cursor: page["nextCursor"] };
  }
}

describe("every operation of Netlify's document is called", () => {
  const document = read(import.meta.resolve("@netlify/open-api/dist/swagger.json"));
  const api = fakeApi(document);
  afterAll(() => api.stop());
  const settings = { document, server: api.url, credentials: { netlifyAuth: "t0k" } };
  let server: McpServer;
  beforeAll(async () => {
    server = await openapiKind.create("netlify", settings, mcpWorld());
  });

  test("and reaches its place, with its credential", async () => {
    const tools = await toolsOf(server);
    expect(tools).toHaveLength(181);
    const open: string[] = [];
    for (const { name, inputSchema } of tools) {
      const { $defs: defs } = inputSchema;
      const args = sampleOf(inputSchema, isObject(defs) ? defs : {});
      const before = api.seen.length;
      const result = await server.handle({ method: "tools/call", params: { name, arguments: args } }, mcpCall());
      expect([name, result["isError"]]).toEqual([name, undefined]);
      const seen = api.seen.slice(before);
      expect(seen.map(({ operationId }) => operationId)).toEqual([name.replace(/_\d$/, "")]);
      if (seen[0]?.headers.get("authorization") !== "Bearer t0k") open.push(name);
    }
    // The one that the document lets in without any.
    expect(open).toEqual(["getAIGatewayProviders"]);
  });
});

describe("GitHub's document", () => {
  const document = read(import.meta.resolve("@octokit/openapi/generated/api.github.com.json"));
  const api = fakeApi(document);
  afterAll(() => api.stop());
  const headers = { authorization: "Bearer t0k", "x-github-api-version": "2022-11-28" };
  const settings = { document, server: api.url, headers, include: ["issues/*", "repos/get", "markdown/render-raw"] };
  let server: McpServer;
  beforeAll(async () => {
    server = await openapiKind.create("github", settings, mcpWorld());
  });
  const call = (name: string, args: JsonObject): Promise<JsonObject> | JsonObject =>
    server.handle({ method: "tools/call", params: { name, arguments: args } }, mcpCall());

  test("gives the tools that are selected", async () => {
    const names = (await toolsOf(server)).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(40);
    expect(names).toContain("issues_create");
    expect(names.filter((name) => !name.startsWith("issues_"))).toEqual(["markdown_render-raw", "repos_get"]);
  });

  test("opens an issue", async () => {
    const result = await call("issues_create", {
      owner: "o",
      repo: "r",
      title: "Broken",
      labels: ["bug", { name: "new" }],
    });
    expect(result["isError"]).toBeUndefined();
    const seen = api.seen.at(-1);
    expect([seen?.operationId, seen?.values, seen?.body]).toEqual([
      "issues/create",
      { owner: "o", repo: "r" },
      { title: "Broken", labels: ["bug", { name: "new" }] },
    ]);
    expect(seen?.headers.get("authorization")).toBe("Bearer t0k");
    expect(seen?.headers.get("x-github-api-version")).toBe("2022-11-28");
  });

  test("lists issues", async () => {
    api.answer = () => Response.json([{ id: 1, title: "Broken" }]);
    const result = await call("issues_list-for-repo", { owner: "o", repo: "r", state: "all", per_page: 5 });
    expect(api.seen.at(-1)?.query).toBe("state=all&per_page=5");
    expect(JSON.stringify(result["content"])).toContain("Broken");
  });

  test("renders a text, which is the whole body", async () => {
    await call("markdown_render-raw", { body: "# Hi" });
    expect(api.seen.at(-1)).toMatchObject({ operationId: "markdown/render-raw", body: "# Hi" });
  });

  test("refuses a call that does not fit, before it goes out", async () => {
    const before = api.asked.length;
    expect((await call("issues_create", { owner: "o", repo: "r" }))["isError"]).toBe(true);
    expect((await call("issues_list-for-repo", { owner: "o", repo: "r", state: "none" }))["isError"]).toBe(true);
    expect(api.asked.length).toBe(before);
  });
});
