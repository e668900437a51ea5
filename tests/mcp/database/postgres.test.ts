import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { databaseKind } from "#mcp/database/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import type { JsonObject } from "#src/core/json.ts";
import { describeDatabase } from "#tests/contracts/database.ts";
import { type DatabaseServer, PASSWORD, postgresFolder, startPostgres } from "#tests/support/database-servers.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { textIn } from "#tests/support/mcp-text.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

// Skipped where PostgreSQL is not installed.
describe.skipIf(postgresFolder === undefined)("with PostgreSQL", () => {
  let server: DatabaseServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.stop());

  const encoded = encodeURIComponent(PASSWORD);
  const dsn = (): string => `postgres://sluice:${encoded}@127.0.0.1:${server.port}/shop`;

  describeDatabase("PostgreSQL", async () => ({
    settings: { dsn: dsn() },
    schema: "public",
    types: [
      ["large", "bigint", "9007199254740993", "9007199254740993"],
      ["small", "integer", "-7", -7],
      ["amount", "numeric(30, 10)", "12345678901234567890.0123456789", "12345678901234567890.0123456789"],
      ["ratio", "float8", "0.1", 0.1],
      ["infinite", "float8", "'-Infinity'", "-Infinity"],
      ["yes", "boolean", "true", true],
      ["words", "text", "'Grüße 雪'", "Grüße 雪"],
      ["bytes", "bytea", "'\\x00ff10'", { base64: "AP8Q" }],
      ["at", "timestamptz", "'2026-01-02 03:04:05.123456+00'", "2026-01-02 03:04:05.123456+00"],
      ["day", "date", "'2026-01-02'", "2026-01-02"],
      ["list", "text[]", "ARRAY['a', 'b,c']", ["a", "b,c"]],
      ["doc", "jsonb", `'{"a": [1, 12345678901234567890]}'`, { a: [1, "12345678901234567890"] }],
      ["missing", "text", "NULL", null],
    ],
    parameter: (number) => `$${number}`,
    endless: "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT count(*) FROM n",
    lasting: ["SET application_name = 'changed'", "SHOW application_name", "sluice"],
  }));

  async function said(settings: JsonObject, sql = "SELECT current_user AS u"): Promise<string> {
    const opened = await databaseKind.create(
      "db",
      databaseKind.schema.parse(settings),
      mcpWorld({ clock: systemClock }),
    );
    const { content } = await opened.handle(
      { method: "tools/call", params: { name: "query", arguments: { sql } } },
      mcpCall(),
    );
    await opened.close();
    return textIn(content);
  }

  test("is reached by Go's form, and by its socket", async () => {
    const go = `host=127.0.0.1 port=${server.port} user=sluice password='${PASSWORD}' dbname=shop sslmode=disable`;
    expect(await said({ dsn: go, dbType: "postgres" })).toContain('"sluice"');
    const socket = `host=${server.socket} port=${server.port} user=sluice password='${PASSWORD}' dbname=shop`;
    expect(await said({ dsn: socket, dbType: "postgres" })).toContain('"sluice"');
  });

  test("that refuses or is not there is told without the password", async () => {
    const wrong = await said({ dsn: dsn().replace(encoded, "wr0ngpassword") });
    expect(wrong).toBe("The database refuses the gateway.");
    const away = await said({ dsn: `postgres://sluice:${encoded}@127.0.0.1:1/shop`, timeout: 2000 });
    expect(away).toBe("The database cannot be reached (ECONNREFUSED).");
  });

  test("cannot be talked out of its read-only transaction", async () => {
    for (const sql of [
      "SET TRANSACTION READ WRITE",
      "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
      "COMMIT",
    ]) {
      await said({ dsn: dsn(), maxConnections: 1 }, sql);
    }
    const sneaky = "DO $$ BEGIN CREATE TABLE sneaky (id int); END $$";
    expect(await said({ dsn: dsn() }, sneaky)).toContain("read-only transaction");
    expect(await said({ dsn: dsn() }, "COPY customers TO STDOUT")).toBe(
      "COPY cannot be used here; use SELECT or INSERT.",
    );
  });

  test("shows the schemas that are named, and looks names up in them", async () => {
    const { content } = await (async () => {
      const settings = databaseKind.schema.parse({
        dsn: dsn(),
        schemas: ["pg_catalog"],
        tables: ["pg_catalog.pg_tables"],
      });
      const opened = await databaseKind.create("db", settings, mcpWorld({ clock: systemClock }));
      const listed = await opened.handle(
        { method: "tools/call", params: { name: "list_tables", arguments: {} } },
        mcpCall(),
      );
      await opened.close();
      return listed;
    })();
    expect(JSON.parse(textIn(content))).toEqual({ tables: [{ name: "pg_catalog.pg_tables", type: "view" }] });
    expect(await said({ dsn: dsn(), schemas: ["shop", "public"] }, "SHOW search_path")).toContain(
      '\\"shop\\", \\"public\\"',
    );
  });
});
