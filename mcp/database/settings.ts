import { z } from "zod";
import { checkedText, Complaint, duration, flag, integer, size, text } from "#src/core/settings/scalars.ts";
import { makes, someOf, word } from "#src/core/settings/shapes.ts";

/** A database as a server of tools. */
export interface DatabaseSettings {
  readonly dsn: string;
  readonly dbType?: "postgres" | "mysql" | "sqlite";
  readonly description?: string;
  readonly execute: boolean;
  readonly schemas?: readonly string[];
  readonly tables?: readonly string[];
  readonly timeout: number;
  readonly maxRows: number;
  readonly maxResultSize: number;
  readonly maxConnections: number;
  readonly idleTimeout: number;
}

const pattern = checkedText(
  { description: "A table, as `orders` or `sales.orders`; `*` stands for any characters." },
  (value) => (/^[^.]+(?:\.[^.]+)?$/.test(value) ? value : new Complaint("is no table's name, as in orders or sales.*")),
);

/** The field `database`. */
export const databaseSettings: z.ZodType<DatabaseSettings> = makes<DatabaseSettings>()(
  z.strictObject({
    dsn: text(
      "Where the database is: postgres://user:password@host/name, mysql://…, sqlite:FILE; or as Go's drivers have it, with dbType.",
    ),
    dbType: word(["postgres", "mysql", "sqlite"], "What it is, where `dsn` does not begin with it.").exactOptional(),
    description: text("What is in it, for the model.").exactOptional(),
    execute: flag("Whether there is a tool that changes things.").default(false),
    schemas: someOf(
      text("A schema."),
      "Postgres: the schemas that are shown, and in which names are looked up, in this order. MySQL: databases.",
    ).exactOptional(),
    tables: someOf(
      pattern,
      "The only tables that can be seen. Free SQL could reach others, so with this list tables are read by a tool of its own.",
    ).exactOptional(),
    timeout: duration("How long a statement may take.", 1).default(30_000),
    maxRows: integer("The most rows of one result.", 1, 1_000_000).default(1000),
    maxResultSize: size("The most one result may hold.").default(2 ** 20),
    maxConnections: integer("The most connections at a time; further calls wait.", 1, 1000).default(4),
    idleTimeout: duration("How long a connection is kept that nobody uses.", 1).default(60_000),
  }),
);
