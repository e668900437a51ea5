import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { databaseKind } from "#mcp/database/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { textIn } from "#tests/support/mcp-text.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { until, within } from "#tests/support/until.ts";

/** A database, and how its dialect says what the suite needs. */
export interface DatabaseCase {
  readonly settings: JsonObject;
  /** As the list shows it. */
  readonly schema: string;
  /** The types of a table's columns, and the literals of one row. */
  readonly types: readonly (readonly [name: string, type: string, literal: string, expected: Json])[];
  /** How the n-th parameter is written. */
  readonly parameter: (number: number) => string;
  /** Takes for ever. */
  readonly endless: string;
  /** Changes the connection for those that come after, if they get the same; then what shows it, and what it shows when it is not so. */
  readonly lasting?: readonly [change: string, look: string, expected: Json];
}

/** What every database keeps to. */
export function describeDatabase(title: string, make: () => Promise<DatabaseCase & { close?(): Promise<void> }>): void {
  describe(`database contract: ${title}`, () => {
    let made: Awaited<ReturnType<typeof make>>;
    let server: McpServer;
    const servers: McpServer[] = [];

    const open = async (settings: JsonObject = {}): Promise<McpServer> => {
      const parsed = databaseKind.schema.parse({ ...made.settings, ...settings });
      const opened = await databaseKind.create("db", parsed, mcpWorld({ clock: systemClock }));
      servers.push(opened);
      return opened;
    };

    beforeAll(async () => {
      made = await make();
      server = await open({ execute: true });
      const columns = made.types.map(([name, type]) => `${name} ${type}`).join(", ");
      for (const sql of [
        "CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100))",
        "CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, customer INTEGER REFERENCES customers (id), note VARCHAR(100))",
        `CREATE TABLE kinds (${columns})`,
        `INSERT INTO kinds VALUES (${made.types.map(([, , literal]) => literal).join(", ")})`,
        "INSERT INTO customers VALUES (1, 'Ada'), (2, 'Bo'), (3, NULL)",
      ]) {
        await data(server, "execute", { sql });
      }
    }, 60_000);

    afterAll(async () => {
      await Promise.all(servers.map((one) => one.close()));
      await made?.close?.();
    });

    async function call(on: McpServer, name: string, args: JsonObject, signal?: AbortSignal): Promise<JsonObject> {
      const made = mcpCall(signal === undefined ? {} : { signal });
      return within(
        `the answer of ${name}`,
        Promise.resolve(on.handle({ method: "tools/call", params: { name, arguments: args } }, made)),
      );
    }

    async function data(on: McpServer, name: string, args: JsonObject = {}): Promise<JsonObject> {
      const { content, isError, structuredContent } = await call(on, name, args);
      if (isError === true || !isObject(structuredContent)) throw new Error(textIn(content));
      return structuredContent;
    }

    async function problem(on: McpServer, name: string, args: JsonObject, signal?: AbortSignal): Promise<string> {
      const { content, isError } = await call(on, name, args, signal);
      return isError === true ? textIn(content) : `(no error) ${textIn(content)}`;
    }

    async function toolsOf(on: McpServer): Promise<unknown[]> {
      const { tools } = await on.handle({ method: "tools/list", params: {} }, mcpCall());
      return (tools as JsonObject[]).map(({ name }) => name);
    }

    test("lists its tables and describes them", async () => {
      const { tables } = await data(server, "list_tables");
      const prefix = made.schema === "" ? "" : `${made.schema}.`;
      expect(tables).toEqual(
        ["customers", "kinds", "orders"].map((name) => expect.objectContaining({ name: prefix + name })),
      );
      const described = await data(server, "describe_table", { table: "customers" });
      expect(described).toMatchObject({
        table: `${prefix}customers`,
        columns: [{ name: "id" }, { name: "name" }],
      });
      expect(JSON.stringify(await data(server, "describe_table", { table: `${prefix}orders` }))).toContain("customers");
      expect(await problem(server, "describe_table", { table: "nowhere" })).toMatch(/^There is no table 'nowhere'/);
    });

    test("binds values, whatever they look like", async () => {
      const name = "Robert'); DROP TABLE customers;--";
      const [one, two] = [made.parameter(1), made.parameter(2)];
      await data(server, "execute", { sql: `INSERT INTO customers VALUES (${one}, ${two})`, params: [4, name] });
      const found = await data(server, "query", {
        sql: `SELECT id, name FROM customers WHERE name = ${one}`,
        params: [name],
      });
      expect(found).toEqual({ columns: ["id", "name"], rows: [[4, name]] });
      expect(await data(server, "execute", { sql: `DELETE FROM customers WHERE id = ${one}`, params: [4] })).toEqual({
        affectedRows: 1,
      });
    });

    test("tells every kind of value without loss", async () => {
      const { columns, rows } = await data(server, "query", { sql: "SELECT * FROM kinds" });
      expect(columns).toEqual(made.types.map(([name]) => name));
      expect(rows).toEqual([made.types.map(([, , , expected]) => expected)]);
    });

    test.each([
      "INSERT INTO customers VALUES (9, 'x')",
      "UPDATE customers SET name = 'x'",
      "DELETE FROM customers",
      "DROP TABLE customers",
      "CREATE TABLE more (id INTEGER)",
      "WITH gone AS (SELECT 1) DELETE FROM customers",
    ])("lets the database refuse what changes things: %s", async (sql) => {
      const before = await data(server, "query", { sql: "SELECT count(*) FROM customers" });
      expect(await problem(server, "query", { sql })).not.toStartWith("(no error)");
      expect(await data(server, "query", { sql: "SELECT count(*) FROM customers" })).toEqual(before);
      expect(await problem(server, "describe_table", { table: "more" })).toStartWith("There is no table");
    });

    test.each(["SELECT 1; DROP TABLE customers", "SELECT 1; SELECT 2", "COMMIT; DELETE FROM customers"])(
      "runs one statement: %s",
      async (sql) => {
        expect(await problem(server, "query", { sql })).not.toStartWith("(no error)");
        expect(await problem(server, "execute", { sql })).not.toStartWith("(no error)");
        expect(await data(server, "query", { sql: "SELECT count(*) AS n FROM customers" })).toMatchObject({
          rows: [[3]],
        });
      },
    );

    test("says what is wrong with a statement", async () => {
      expect(await problem(server, "query", { sql: "SELECT nowhere FROM customers" })).toMatch(/nowhere/);
    });

    test("shows no more rows than it may", async () => {
      const small = await open({ maxRows: 2 });
      expect(await data(small, "query", { sql: "SELECT id FROM customers ORDER BY id" })).toMatchObject({
        rows: [[1], [2]],
        truncated: true,
      });
      expect(await data(small, "query", { sql: "SELECT id FROM customers WHERE id < 3 ORDER BY id" })).toEqual({
        columns: ["id"],
        rows: [[1], [2]],
      });
    });

    test("shows no more bytes than it may", async () => {
      const small = await open({ maxResultSize: 20 });
      const { rows, truncated } = await data(small, "query", { sql: "SELECT name, id FROM customers ORDER BY id" });
      expect(rows).toEqual([
        ["Ada", 1],
        ["Bo", 2],
      ]);
      expect(truncated).toBe(true);
    });

    test("ends what takes too long, and goes on", async () => {
      const hasty = await open({ timeout: 200, maxConnections: 1 });
      expect(await problem(hasty, "query", { sql: made.endless })).toBe(
        "The statement took longer than 0.2 s and was cancelled.",
      );
      expect(await data(hasty, "query", { sql: "SELECT 1 AS one" })).toMatchObject({ rows: [[1]] });
    });

    test("ends with the client's request, and goes on", async () => {
      const one = await open({ maxConnections: 1 });
      await data(one, "query", { sql: "SELECT 1" });
      const leaving = new AbortController();
      const running = problem(one, "query", { sql: made.endless }, leaving.signal);
      const waiting = problem(one, "query", { sql: made.endless }, leaving.signal);
      setTimeout(() => leaving.abort(), 50);
      expect(await running).toBe("The client cancelled the statement.");
      expect(await waiting).toBe("The client cancelled the statement.");
      expect(await data(one, "query", { sql: "SELECT 1 AS one" })).toMatchObject({ rows: [[1]] });
    });

    test("keeps to its connections, and serves all", async () => {
      const two = await open({ maxConnections: 2 });
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => data(two, "query", { sql: `SELECT ${n} + 0 AS n` })),
      );
      expect(answers.map(({ rows }) => rows)).toEqual(answers.map((_, n) => [[n]]));
    });

    test("leaves nothing on a connection for the next one", async () => {
      if (made.lasting === undefined) return;
      const [change, look, expected] = made.lasting;
      const one = await open({ maxConnections: 1, execute: true });
      await data(one, "execute", { sql: change });
      await data(one, "query", { sql: change });
      expect(await data(one, "query", { sql: look })).toMatchObject({ rows: [[expected]] });
    });

    test("has no tool that changes things unless it is allowed", async () => {
      expect(await toolsOf(await open())).toEqual(["list_tables", "describe_table", "query"]);
      expect(await toolsOf(server)).toEqual(["list_tables", "describe_table", "query", "execute"]);
    });

    test("with a list of tables shows those, and takes no SQL", async () => {
      const narrow = await open({ tables: ["cust*"] });
      expect(await toolsOf(narrow)).toEqual(["list_tables", "describe_table", "read_table"]);
      const { tables } = await data(narrow, "list_tables");
      expect(tables).toHaveLength(1);
      expect(await problem(narrow, "describe_table", { table: "orders" })).toStartWith("There is no table 'orders'");
      expect(await problem(narrow, "read_table", { table: "orders" })).toStartWith("There is no table 'orders'");
      const args = {
        table: "customers",
        columns: ["name"],
        where: [
          { column: "id", is: ">=", value: 1 },
          { column: "name", is: "not null" },
          { column: "name", is: "in", value: ["Ada", "Bo", "'; --"] },
        ],
        orderBy: [{ column: "id", descending: true }],
        limit: 1,
        offset: 1,
      };
      expect(await data(narrow, "read_table", args)).toEqual({ columns: ["name"], rows: [["Ada"]] });
      const wrong = { table: "customers", columns: ["name, (SELECT 1)"] };
      expect(await problem(narrow, "read_table", wrong)).toBe(
        "There is no column 'name, (SELECT 1)'; there are id, name.",
      );
    });

    test("a closed one says so", async () => {
      const closed = await open();
      await data(closed, "query", { sql: "SELECT 1" });
      await closed.close();
      await until(
        "it has ended",
        async () => !(await problem(closed, "query", { sql: "SELECT 1" })).startsWith("(no error)"),
      );
    });
  });
}
