import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { cyclesOf, type ImportGraph, importsOf, violationsOf } from "./support/import-graph.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** The real tree: every source file with what it imports. */
async function tree(): Promise<ImportGraph> {
  const graph = new Map<string, readonly string[]>();
  for (const folder of ["src", "providers", "plugins", "mcp", "config"]) {
    for await (const path of new Glob(`${folder}/**/*.ts`).scan(ROOT)) {
      graph.set(path, importsOf(path, await Bun.file(ROOT + path).text()));
    }
  }
  return graph;
}

describe("the tree", () => {
  test("has files in every layer that is built", async () => {
    const paths = [...(await tree()).keys()];
    for (const layer of ["src/core/", "src/protocols/", "src/traffic/", "providers/", "config/"]) {
      expect(paths.some((path) => path.startsWith(layer))).toBe(true);
    }
  });

  test("imports only what each folder may", async () => {
    expect(violationsOf(await tree())).toEqual([]);
  });

  test("has no import cycle, types included", async () => {
    expect(cyclesOf(await tree())).toEqual([]);
  });
});

describe("the check itself", () => {
  test("finds relative, aliased, dynamic and re-exported imports", () => {
    const source = [
      'import { a } from "./a.ts";',
      'import type { B } from "#src/core/b.ts";',
      'export * from "../c.ts";',
      'const d = await import("#config/d.ts");',
      'import "./e.ts";',
      'import { z } from "zod";',
    ].join("\n");
    expect(importsOf("src/traffic/x.ts", source)).toEqual([
      "src/traffic/a.ts",
      "src/core/b.ts",
      "src/c.ts",
      "config/d.ts",
      "src/traffic/e.ts",
    ]);
  });

  test("names a forbidden import", () => {
    const graph = new Map([
      ["src/core/a.ts", ["src/traffic/b.ts"]],
      ["src/traffic/b.ts", ["providers/openai.ts", "config/model.ts", "src/core/a.ts"]],
      ["src/plugins-like.ts", ["src/core/a.ts"]],
    ]);
    expect(violationsOf(graph)).toEqual([
      "src/core/a.ts must not import src/traffic/b.ts",
      "src/traffic/b.ts must not import providers/openai.ts",
      "src/traffic/b.ts must not import config/model.ts",
    ]);
  });

  test("lets only the registry and the entries know the built-ins", () => {
    const graph = new Map([
      ["src/registry.ts", ["providers/openai.ts"]],
      ["src/gateway.ts", ["providers/openai.ts"]],
    ]);
    expect(violationsOf(graph)).toEqual(["src/gateway.ts must not import providers/openai.ts"]);
  });

  test("finds a cycle through several files", () => {
    const graph = new Map([
      ["src/core/a.ts", ["src/core/b.ts"]],
      ["src/core/b.ts", ["src/core/c.ts"]],
      ["src/core/c.ts", ["src/core/a.ts"]],
      ["src/core/d.ts", ["src/core/a.ts"]],
    ]);
    expect(cyclesOf(graph)).toEqual([["src/core/a.ts", "src/core/b.ts", "src/core/c.ts"]]);
  });
});
