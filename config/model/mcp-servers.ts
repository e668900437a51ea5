import { z } from "zod";
import type { McpEntry, McpParts } from "#src/core/mcp/host.ts";
import { duration, flag, name, text } from "#src/core/settings/scalars.ts";
import { makes, someOf } from "#src/core/settings/shapes.ts";
import { host } from "./match.ts";

/** One server of `mcpServers`. */
export interface McpServerConfig extends McpEntry {
  /** Open to everybody although there are consumers. */
  readonly public: boolean;
  /** Left out: all. */
  readonly hosts?: readonly string[];
  /** The name of its routes; left out: `mcp:NAME`. */
  readonly route?: string;
}

/** The fields that are there whatever a server is and whatever stands around it. */
const common = {
  name: name("The server's name, for logs, metrics and tool sets."),
  path: text("The path it is served on, such as /mcp/weather; HTTP+SSE clients use /mcp/weather/sse."),
  hosts: someOf(host, "Hosts it is served on; all when left out.").exactOptional(),
  route: name("The name of its routes, for plugins and logs; mcp:NAME when left out.").exactOptional(),
  public: flag("Open to everybody although there are consumers.").prefault(false),
  session: z
    .strictObject({
      idle: duration("How long a session lives without a request.", 1000).prefault("30m"),
      most: duration("How long a session lives in all.", 1000).prefault("24h"),
    })
    .prefault({})
    .describe("How long sessions live, of clients up to 2025-11-25."),
};

/** One entry of `mcpServers`: exactly one kind, and any of the policies. */
export function mcpServer({ mcpKinds: kinds, mcpPolicies: policies }: McpParts): z.ZodType<McpServerConfig> {
  const kindNames = kinds.map(({ kind }) => kind);
  const shape = {
    ...common,
    ...Object.fromEntries(kinds.map(({ kind, schema }) => [kind, schema.exactOptional()])),
    ...Object.fromEntries(policies.map(({ field, schema }) => [field, schema.exactOptional()])),
  };
  return makes<McpServerConfig>()(
    z.strictObject(shape).transform((written, context): McpServerConfig => {
      const { name: own, path, hosts, route, public: open, session, ...rest } = written;
      const values: Readonly<Record<string, unknown>> = rest;
      const found = kindNames.filter((kind) => Object.hasOwn(values, kind));
      if (found.length !== 1) {
        const has = found.length === 0 ? "" : `; this one has ${found.join(" and ")}`;
        context.issues.push({
          code: "custom",
          message: `needs exactly one of ${kindNames.join(", ")}${has}`,
          input: written,
        });
      }
      const [kind = ""] = found;
      const used = policies.filter(({ field }) => Object.hasOwn(values, field));
      return {
        name: own,
        path,
        public: open,
        ...(hosts === undefined ? {} : { hosts }),
        ...(route === undefined ? {} : { route }),
        session,
        kind,
        settings: values[kind],
        policies: Object.fromEntries(used.map(({ field }) => [field, values[field]])),
      };
    }),
  );
}
