import { describe, expect, test } from "bun:test";
import { assert, constantFrom, integer, property, string, stringMatching } from "fast-check";
import { parseDsn } from "#mcp/database/dsn.ts";

const host = stringMatching(/^[a-z][a-z0-9-]{0,10}(?:\.[a-z]{2,5})?$/);
const name = stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/);
const port = integer({ min: 1, max: 65_535 });

describe("a dsn", () => {
  test("as a URL holds any password", () => {
    assert(
      property(
        constantFrom("postgres", "mysql"),
        name,
        string(),
        host,
        port,
        name,
        (type, user, password, at, on, database) => {
          const dsn = `${type}://${user}:${encodeURIComponent(password)}@${at}:${on}/${database}`;
          expect(parseDsn(dsn, undefined)).toMatchObject({
            type,
            server: { host: at, port: on, user, password, database },
          });
        },
      ),
    );
  });

  test("as Go's MySQL driver has it holds any password", () => {
    assert(
      property(name, string(), host, port, name, (user, password, at, on, database) => {
        const server = { host: at, port: on, user, password, database, tls: "off" };
        const dsn = `${user}:${password}@tcp(${at}:${on})/${database}?charset=utf8mb4&parseTime=True&loc=Local`;
        expect(parseDsn(dsn, "mysql")).toEqual({ type: "mysql", server: server as never });
      }),
    );
  });

  test("as Go's PostgreSQL driver has it holds any password", () => {
    assert(
      property(name, string(), host, port, name, (user, password, at, on, database) => {
        const quoted = `'${password.replace(/['\\]/g, "\\$&")}'`;
        const dsn = `host=${at} user=${user} password=${quoted} dbname=${database} port=${on} sslmode=disable TimeZone=Asia/Shanghai`;
        const server = { host: at, port: on, user, password, database, tls: "off" };
        expect(parseDsn(dsn.replace(" TimeZone=Asia/Shanghai", ""), "postgres")).toEqual({
          type: "postgres",
          server: server as never,
        });
      }),
    );
  });

  const cases: readonly (readonly [string, "postgres" | "mysql" | "sqlite" | undefined, object])[] = [
    [
      "user@unix(/run/mysqld.sock)/shop",
      "mysql",
      { server: { socket: "/run/mysqld.sock", user: "user", password: "" } },
    ],
    ["/shop", "mysql", { server: { host: "127.0.0.1", port: 3306, database: "shop" } }],
    ["u:p@tcp([::1]:3307)/shop?tls=skip-verify", "mysql", { server: { host: "::1", port: 3307, tls: "encrypted" } }],
    ["mariadb://u@h/d", undefined, { type: "mysql", server: { port: 3306, password: "" } }],
    [
      "postgresql://u@h/d?sslmode=verify-full",
      undefined,
      { type: "postgres", server: { port: 5432, tls: "verified" } },
    ],
    ["host=/run/postgresql user=u", "postgres", { server: { socket: "/run/postgresql", database: "u" } }],
    ["host=h user=u TimeZone=Asia/Shanghai", "postgres", { server: { host: "h" } }],
    ["sqlite:data/shop.db", undefined, { type: "sqlite", file: "data/shop.db" }],
    ["sqlite:///var/shop.db", undefined, { type: "sqlite", file: "/var/shop.db" }],
    ["file:shop.db?cache=shared&mode=ro", undefined, { type: "sqlite", file: "shop.db" }],
    ["gorm.db", "sqlite", { type: "sqlite", file: "gorm.db" }],
  ];

  test.each(cases)("%s", (dsn, type, expected) => {
    expect(parseDsn(dsn, type)).toMatchObject(expected);
  });

  test.each([
    ["user:s3cret@tcp(h)/d", undefined, "dbType"],
    ["postgres://u:s3cret@h/d", "mysql", "dbType says mysql"],
    ["mysql://u:s3cret@:h:/d", undefined, "not a URL"],
    ["s3cret nonsense", "postgres", "cannot be read"],
    ["s3cret nonsense", "mysql", "cannot be read"],
    ["postgres://u:s3cret@h/d?sslmode=perhaps", undefined, "sslmode"],
    [":memory:", "sqlite", "names no file"],
  ] as const)("that cannot be used says why and quotes nothing: %s", (dsn, type, words) => {
    let message = "";
    try {
      parseDsn(dsn, type);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(words);
    expect(message).not.toContain("s3cret");
  });
});
