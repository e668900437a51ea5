import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { definePlugin, type Plugin } from "#src/core/plugin.ts";
import { duration, flag, integer, plainText, text } from "#src/core/settings/scalars.ts";
import { list, table, word } from "#src/core/settings/shapes.ts";
import { registry } from "#src/registry.ts";
import { fieldRows } from "./fields.ts";
import { factsOf, pluginPages, withBlock } from "./pages.ts";

test("the pages in docs/plugins say what the plugins do: otherwise `bun run plugin-docs`", () => {
  const pages = pluginPages(registry.plugins);
  const stale = pages.filter(({ is, shouldBe }) => is !== undefined && is !== shouldBe);
  const missing = pages.filter(({ is }) => is === undefined);
  expect({ stale: stale.map(({ file }) => file.pathname), missing: missing.map(({ file }) => file.pathname) }).toEqual({
    stale: [],
    missing: [],
  });
});

test("a page that is not there is told as missing", () => {
  const [list, page] = pluginPages([sample], new URL("nowhere/", import.meta.url));
  expect(list?.shouldBe).toContain("| [sample](sample.md) | `AUTHZ` | 7        | Shows something. |");
  expect(page?.is).toBeUndefined();
  expect(page?.shouldBe).toStartWith("# sample\n\n<!-- Written by");
});

describe("fieldRows", () => {
  test("tells name, type, default and description, inner fields too", () => {
    const schema = z.strictObject({
      message: text("What | is\nsaid."),
      kind: word(["a", "b"], "Which.").default("a"),
      on: flag("Whether.").default(true),
      count: integer("How many.").exactOptional(),
      hosts: text("As in *.a.b, `*` or https://*.c:[*]. Not * alone."),
      wait: duration("How long.").default(500),
      words: list(text("A word."), "Words.").default([]),
      value: plainText("A value."),
      keys: list(z.strictObject({ name: text("A name.") }), "Keys."),
      where: z.strictObject({ port: integer("The port.").default(80) }).describe("A server."),
      byName: table(z.strictObject({ max: integer("Most.") }), "Named."),
      either: z.union([text("One."), z.strictObject({ file: text("A file.") })]).describe("Either."),
    });
    expect(fieldRows(schema)).toEqual([
      ["`message`", "text", "required", "What \\| is said."],
      ["`kind`", "`a`, `b`", '`"a"`', "Which."],
      ["`on`", "true or false", "`true`", "Whether."],
      ["`count`", "integer", "none", "How many."],
      ["`hosts`", "text", "required", "As in `*.a.b`, `*` or `https://*.c:[*]`. Not `*` alone."],
      ["`wait`", "number or text", "`500`", "How long. As in 500ms, 30s, 2m, 1h, or a number of milliseconds."],
      ["`words`", "list of text", "`[]`", "Words."],
      ["`value`", "text", "required", "A value."],
      ["`keys`", "list of mapping", "required", "Keys."],
      ["`keys[].name`", "text", "required", "A name."],
      ["`where`", "mapping", "required", "A server."],
      ["`where.port`", "integer", "`80`", "The port."],
      ["`byName`", "mapping to mapping", "required", "Named."],
      ["`byName.*.max`", "integer", "required", "Most."],
      ["`either`", "text or mapping", "required", "Either."],
      ["`either.file`", "text", "required", "A file."],
    ]);
  });

  test("fields of a choice of shapes are told once", () => {
    const schema = z.union([z.strictObject({ a: text("A.") }), z.strictObject({ a: text("A."), b: text("B.") })]);
    expect(fieldRows(schema).map(([name]) => name)).toEqual(["`a`", "`b`"]);
  });
});

const sample: Plugin<{ readonly a: string }> = definePlugin({
  name: "sample",
  summary: "Shows something.",
  phase: "AUTHZ",
  priority: 7,
  failStrategy: "FAIL_CLOSE",
  options: z.strictObject({ a: text("A.") }),
  configure: () => ({}),
});

describe("a page", () => {
  test("has the plugin's place and fields", () => {
    expect(factsOf(sample).split("\n")).toEqual([
      "Shows something.",
      "",
      "| Phase   | Priority | When it fails |",
      "| ------- | -------- | ------------- |",
      "| `AUTHZ` | 7        | `FAIL_CLOSE`  |",
      "",
      "| Field | Type | Default  | Meaning |",
      "| ----- | ---- | -------- | ------- |",
      "| `a`   | text | required | A.      |",
    ]);
  });

  test("has those of rules where they differ", () => {
    const rules = { schema: z.strictObject({ allow: list(text("A name."), "Who.") }), merge: () => ({ a: "" }) };
    expect(factsOf({ ...sample, rules })).toContain("In `rules[].config`:\n\n| Field   | Type         |");
    expect(factsOf({ ...sample, options: z.strictObject({}) })).toEndWith("There is nothing to say in `config`.");
  });

  test("keeps what is written by hand when its block is written anew", () => {
    const first = withBlock("# sample\n", "One.");
    const byHand = `${first}\n## More\n\nText.\n`;
    const second = withBlock(byHand, "Two.");
    expect(second).toBe(byHand.replace("One.", "Two."));
    expect(withBlock("# sample\n\nText.\n", "One.")).toBe(`${first}\nText.\n`);
  });
});
