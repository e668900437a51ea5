import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { databaseKind } from "#mcp/database/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import type { JsonObject } from "#src/core/json.ts";
import { describeDatabase } from "#tests/contracts/database.ts";
import { type DatabaseServer, mariadbProgram, PASSWORD, startMariadb } from "#tests/support/database-servers.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { textIn } from "#tests/support/mcp-text.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

// Skipped where MariaDB is not installed.
describe.skipIf(mariadbProgram === undefined)("with MariaDB", () => {
  let server: DatabaseServer;
  beforeAll(async () => {
    server = await startMariadb();
  }, 60_000);
  afterAll(() => server?.stop());

  const go = (password = PASSWORD): string =>
    `sluice:${password}@tcp(127.0.0.1:${server.port})/shop?charset=utf8mb4&parseTime=True`;

  describeDatabase("MariaDB", async () => ({
    settings: { dsn: go(), dbType: "mysql" },
    schema: "shop",
    types: [
      ["large", "BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615"],
      ["small", "INTEGER", "-7", -7],
      ["amount", "DECIMAL(30, 10)", "12345678901234567890.0123456789", "12345678901234567890.0123456789"],
      ["ratio", "DOUBLE", "0.1", 0.1],
      ["words", "TEXT", "'Grüße 雪'", "Grüße 雪"],
      ["bytes", "VARBINARY(10)", "x'00ff10'", { base64: "AP8Q" }],
      ["at", "DATETIME(6)", "'2026-01-02 03:04:05.123456'", "2026-01-02 03:04:05.123456"],
      ["day", "DATE", "'2026-01-02'", "2026-01-02"],
      ["doc", "JSON", `'{"a": 1}'`, '{"a": 1}'],
      ["missing", "TEXT", "NULL", null],
    ],
    parameter: () => "?",
    endless:
      "SELECT count(*) FROM information_schema.collations a, information_schema.collations b, information_schema.collations c, information_schema.collations d",
    lasting: ["SET @mine = 1", "SELECT @mine", null],
  }));

  async function said(settings: JsonObject, sql = "SELECT current_user() AS u", tool = "query"): Promise<string> {
    const opened = await databaseKind.create(
      "db",
      databaseKind.schema.parse(settings),
      mcpWorld({ clock: systemClock }),
    );
    const { content } = await opened.handle(
      { method: "tools/call", params: { name: tool, arguments: { sql } } },
      mcpCall(),
    );
    await opened.close();
    return textIn(content);
  }

  test("is reached by a URL, and by its socket", async () => {
    const url = `mysql://sluice:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}/shop`;
    expect(await said({ dsn: url })).toContain('"sluice@%"');
    expect(await said({ dsn: `sluice:${PASSWORD}@unix(${server.socket})/shop`, dbType: "mysql" })).toContain("sluice@");
  });

  test("that refuses or is not there is told without the password", async () => {
    expect(await said({ dsn: go("wr0ng"), dbType: "mysql" })).toBe("The database refuses the gateway.");
    const away = `sluice:${PASSWORD}@tcp(127.0.0.1:1)/shop`;
    expect(await said({ dsn: away, dbType: "mysql" })).toBe("The database cannot be reached (ECONNREFUSED).");
  });

  test("a procedure that ends the transaction changes nothing all the same", async () => {
    const writing = { dsn: go(), dbType: "mysql", execute: true };
    await said(writing, "CREATE TABLE kept (id INTEGER)", "execute");
    const procedure = "CREATE PROCEDURE sneak() BEGIN COMMIT; INSERT INTO kept VALUES (1); COMMIT; END";
    expect(await said(writing, procedure, "execute")).toContain("affectedRows");
    expect(await said(writing, "CALL sneak()")).toContain("READ ONLY transaction");
    expect(await said(writing, "SELECT count(*) AS n FROM kept")).toContain("[[0]]");
  });
});
