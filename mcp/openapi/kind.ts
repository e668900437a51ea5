import type { McpKind, McpWorld } from "#src/core/mcp/kind.ts";
import { guardedWorld } from "#src/core/network/guarded.ts";
import { createRestServer } from "#mcp/rest/tools.ts";
import { buildDocument } from "./build.ts";
import { problemText } from "./problem.ts";
import { type OpenApiSettings, openApiSettings } from "./settings.ts";

/** How many problems are told one by one. */
const MOST_TOLD = 10;

/** The operations of an API that has an OpenAPI document. */
export const openapiKind: McpKind<OpenApiSettings> = {
  kind: "openapi",
  schema: openApiSettings,
  async create(name, settings, world) {
    const { document: source, server, network, upstream } = settings;
    const fetched = typeof source === "string" && /^https?:/i.test(source);
    if (fetched && upstream !== undefined && server === undefined) {
      throw new Error("With 'upstream' and a document from a URL, 'server' must say where the credentials go.");
    }
    const named = [...(fetched ? [source] : []), ...(server === undefined ? [] : [server])];
    const guarded = guardedWorld(world, { named, ...(network !== undefined && { network }) });
    const { document, problems } = await buildDocument(name, settings, guarded);
    for (const problem of problems.slice(0, MOST_TOLD)) {
      world.log.warn("The OpenAPI document was not taken over whole.", { server: name, problem: problemText(problem) });
    }
    if (problems.length > MOST_TOLD) {
      world.log.warn("There are more problems: 'sluice openapi-to-mcp' tells them all.", {
        server: name,
        problems: problems.length,
      });
    }
    // Where a document from elsewhere sends calls is its author's word, not that of who configured the gateway.
    const calling: McpWorld = fetched ? guarded : world;
    return createRestServer(name, network === undefined ? document : { ...document, network }, calling, upstream);
  },
};
