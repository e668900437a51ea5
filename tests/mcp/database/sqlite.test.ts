import { expect, test } from "bun:test";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { databaseKind } from "#mcp/database/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import { describeDatabase } from "#tests/contracts/database.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { textIn } from "#tests/support/mcp-text.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { temporaryFile } from "#tests/support/temporary-file.ts";

/** An empty database. */
function database(): string {
  const file = join(temporaryFile("", "marker"), "..", "shop.db");
  new DatabaseSync(file).exec("PRAGMA journal_mode = WAL");
  return file;
}

describeDatabase("SQLite", async () => ({
  settings: { dsn: `sqlite:${database()}` },
  schema: "",
  types: [
    ["large", "INTEGER", "9007199254740993", "9007199254740993"],
    ["small", "INTEGER", "-7", -7],
    ["ratio", "REAL", "1.5", 1.5],
    ["infinite", "REAL", "9e999", "Infinity"],
    ["words", "TEXT", "'Grüße 雪'", "Grüße 雪"],
    ["bytes", "BLOB", "x'00ff10'", { base64: "AP8Q" }],
    ["missing", "TEXT", "NULL", null],
  ],
  parameter: (number) => `?${number}`,
  endless: "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
}));

async function said(dsn: string, sql: string, dbType?: string): Promise<string> {
  const settings = databaseKind.schema.parse({ dsn, execute: true, ...(dbType !== undefined && { dbType }) });
  const server = await databaseKind.create("db", settings, mcpWorld({ clock: systemClock }));
  const { content } = await server.handle(
    { method: "tools/call", params: { name: "execute", arguments: { sql } } },
    mcpCall(),
  );
  await server.close();
  return textIn(content);
}

test("other files are out of reach", async () => {
  const file = database();
  for (const sql of ["ATTACH 'other.db' AS other", "/* x */ attach 'other.db' AS o", "VACUUM INTO 'copy.db'"]) {
    expect(await said(`sqlite:${file}`, sql)).toMatch(/cannot be used here\.$/);
  }
});

test("a file that is not there is not made", async () => {
  expect(await said("/nowhere/at-all.db", "SELECT 1", "sqlite")).toContain("gone");
  const file = join(temporaryFile("", "marker"), "..", "missing.db");
  expect(await said(file, "SELECT 1", "sqlite")).toBe("There is no such database file.");
});
