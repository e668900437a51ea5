import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { readRestDocument } from "#mcp/rest/read.ts";
import { openapiToMcp } from "#mcp/openapi/command.ts";
import { sluice } from "#tests/support/sluice-command.ts";

const PETS = `
openapi: 3.0.3
info: { title: Pets, version: "1" }
servers: [{ url: "https://pets.example.com" }]
paths:
  /pets/{id}:
    get:
      summary: A pet
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        "200":
          description: A pet
          content: { application/json: { schema: { $ref: "parts/pet.yaml#/Pet" } } }
`;
const PART = "Pet: { type: object, properties: { id: { type: string, description: Its name. } } }";

/** A run of the command on files of memory. */
async function run(
  args: readonly string[],
  files: Readonly<Record<string, string>> = { "pets.yaml": PETS, "parts/pet.yaml": PART },
) {
  const written: Record<string, string> = {};
  let printed = "";
  let told = "";
  const code = await openapiToMcp.run(args, {
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw new Error(`There is no ${path}.`);
      return text;
    },
    writeFile: (path, text) => void (written[path] = text),
    fetch: async (url) =>
      url === "https://x.example/api/pets.yaml" ? new Response(PETS) : new Response("", { status: 404 }),
    print: (text) => void (printed += text),
    tell: (text) => void (told += text),
  });
  return { code, printed, told, written };
}

test("prints YAML", async () => {
  const { code, printed, told } = await run(["pets.yaml"]);
  expect([code, told]).toEqual([0, ""]);
  expect(printed).toStartWith('server:\n  name: openapi-server\n  version: "1"\n');
  // What it prints, the REST kind reads.
  expect(readRestDocument(printed)).toMatchObject({
    tools: [
      {
        name: "get_pets_id",
        args: [{ name: "id", type: "string", required: true, position: "path" }],
        requestTemplate: { url: "https://pets.example.com/pets/{id}", method: "GET" },
        outputSchema: { type: "object" },
      },
    ],
  });
});

test("writes JSON with the names and texts that are asked for", async () => {
  const options = ["--output", "out/x.json", "--format", "json", "--server-name", "pets", "--tool-prefix", "p_"];
  const { code, printed, told, written } = await run(["--input", "pets.yaml", ...options, "--describe-responses"]);
  expect([code, printed, told]).toEqual([0, "", "1 tools are in out/x.json.\n"]);
  const made = JSON.parse(written["out/x.json"] ?? "");
  expect([made.server.name, made.tools[0].name]).toEqual(["pets", "p_get_pets_id"]);
  expect(made.tools[0].responseTemplate.prependBody).toContain("- **id**: Its name. (string)");
});

test("puts a template over it", async () => {
  const files = { "pets.yaml": PETS, "parts/pet.yaml": PART, "t.yaml": "server: { config: { key: k } }" };
  const { printed } = await run(["pets.yaml", "--template", "t.yaml"], files);
  expect(parse(printed).server.config).toEqual({ key: "k" });
});

test("fetches a document, and what it refers to only when that is allowed", async () => {
  const { code, printed, told } = await run(["https://x.example/api/pets.yaml", "--server", "/v2"]);
  expect([code, parse(printed).tools[0].requestTemplate.url]).toEqual([0, "https://x.example/v2/pets/{id}"]);
  expect(told).toContain("parts/pet.yaml#/Pet: cannot be read: references to URLs are not followed");
  expect((await run(["https://x.example/api/pets.yaml", "--url-references"])).told).toContain("answered 404");
});

describe("validation", () => {
  test("passes what is good", async () => {
    expect((await run(["pets.yaml", "--validate"])).code).toBe(0);
  });

  test.each([
    ["3.0.3", PETS.replace("openapi: 3.0.3", "openapi: 3.0.3\nx: 1")],
    ["3.1.0", PETS.replace("openapi: 3.0.3", "openapi: 3.1.0\nx: 1")],
    ["2.0", "swagger: '2.0'\npaths: {}"],
  ])("tells what is wrong with %s", async (_, text) => {
    const { code, told, printed } = await run(["bad.yaml", "--validate"], { "bad.yaml": text });
    expect([code, printed]).toEqual([1, ""]);
    expect(told).toStartWith("bad.yaml is no valid OpenAPI document:\n  /");
    // Without it, what can be converted is.
    expect((await run(["bad.yaml"], { "bad.yaml": text })).code).toBe(0);
  });
});

test.each([
  [[], 2, "it takes a document: a file or a URL"],
  [["a", "b"], 2, "it takes one document, and 'b' is another"],
  [["--input", "a", "b"], 2, "'b' is another"],
  [["a", "--format", "xml"], 2, "--format takes yaml or json, not 'xml'"],
  [["a", "--colour"], 2, "--colour"],
  [["gone.yaml"], 1, "There is no gone.yaml."],
  [["empty.yaml"], 1, "empty.yaml: The document is no JSON or YAML object."],
  [["old.yaml"], 1, "OpenAPI 1.2 is not known"],
  [["https://x.example/none"], 1, "https://x.example answered 404 when it was asked for the document."],
])("%j ends with %d: %s", async (args, code, message) => {
  const made = await run(args, { "empty.yaml": "", "old.yaml": 'swagger: "1.2"' });
  expect(made.code).toBe(code);
  expect(made.told).toContain(message);
  expect(made.told.includes("sluice openapi-to-mcp [--input] FILE")).toBe(code === 2);
});

describe("the program", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sluice-openapi-"));
    writeFileSync(join(folder, "pets.json"), JSON.stringify(parse(PETS.replace("parts/pet", "pet"))));
    writeFileSync(join(folder, "pet.yaml"), PART);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("reads and writes files", async () => {
    const out = join(folder, "new/out.yaml");
    const { code, stderr } = await sluice("openapi-to-mcp", join(folder, "pets.json"), "--output", out, "--validate");
    expect([code, stderr]).toEqual([0, `1 tools are in ${out}.\n`]);
    expect(parse(readFileSync(out, "utf8")).tools[0].outputSchema.properties).toHaveProperty("id");
  });

  test("tells of it in its help", async () => {
    expect((await sluice("--help")).stdout).toContain("sluice openapi-to-mcp [--input] FILE");
  });
});
