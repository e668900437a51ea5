import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Glob } from "bun";
import { parseDocument } from "#mcp/openapi/parse.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { checkRestDocument } from "#mcp/rest/read.ts";
import { converted } from "./converted.ts";
import { faultsOf } from "./schema-properties.ts";

const EXAMPLES = fileURLToPath(new URL("../../", import.meta.resolve("@readme/oas-examples/3.0/json/petstore.json")));

/** Documents that people run their business on, as npm packages ship them, with the operations each has. */
const DOCUMENTS = [
  ["GitHub's", import.meta.resolve("@octokit/openapi/generated/api.github.com.json"), 1223, []],
  ["Netlify's, in Swagger 2.0", import.meta.resolve("@netlify/open-api/dist/swagger.json"), 181, []],
  ["ReadMe's, in OpenAPI 3.1", import.meta.resolve("@readme/oas-examples/3.1/json/readme.json"), 54, []],
  ["Star Trek's", import.meta.resolve("@readme/oas-examples/3.0/json/star-trek.json"), 120, []],
] as const;

describe.each(DOCUMENTS)("%s document", (_, file, operations, expected) => {
  const document = parseDocument(readFileSync(fileURLToPath(file), "utf8"));

  test("becomes tools of about its own size, each with schemas that are some", async () => {
    const { document: made, problems } = await converted(document);
    expect(problems).toEqual([...expected]);
    expect(made.tools).toHaveLength(operations);
    expect(operationsOf(document)).toBe(operations);
    expect(checkRestDocument(made)).toEqual(made);
    expect(faultsOf(made.tools ?? [], Math.ceil(operations / 60))).toEqual([]);
    // Inlined without end, it would be many times as long.
    expect(JSON.stringify(made).length).toBeLessThan(JSON.stringify(document).length * 2.5);
  });
});

describe("the examples of every feature", () => {
  const files = [...new Glob("{2.0,3.0,3.1}/json/*.json").scanSync(EXAMPLES)].sort();

  test("are there", () => {
    expect(files.length).toBeGreaterThan(50);
  });

  test.each(files)("%s", async (file) => {
    const document = parseDocument(readFileSync(EXAMPLES + file, "utf8"));
    const { document: made, problems } = await converted(document);
    expect(faultsOf(made.tools ?? [])).toEqual([]);
    const leftOut = problems.filter((problem) => problem.includes("Left out")).length;
    expect((made.tools ?? []).length + leftOut).toBe(operationsOf(document));
  });
});

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch"];

function operationsOf({ paths }: JsonObject): number {
  const items = isObject(paths) ? Object.values(paths) : [];
  const followed = items.map((item) => {
    const other = isObject(item) && typeof item["$ref"] === "string" ? item["$ref"].replace("#/paths/", "") : undefined;
    return other === undefined || !isObject(paths) ? item : paths[other.replaceAll("~1", "/")];
  });
  return followed.flatMap((item) => (isObject(item) ? METHODS.filter((method) => item[method] !== undefined) : []))
    .length;
}
