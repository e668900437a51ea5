import { mcpRouteOf } from "#config/mcp-route.ts";
import type { Config } from "#config/model.ts";
import type { Route } from "#src/core/route.ts";
import { createRouteTable, isModelChoice, type RouteInput } from "#src/traffic/route-table.ts";

/** A request that is asked about. */
export interface AskedRequest extends RouteInput {
  /** The model in its body. */
  readonly model: string | undefined;
}

/** What becomes of a request's look-up. */
export interface FoundRoute {
  readonly route: Route | undefined;
  /** Routes choose it by its model, and none was told. */
  readonly needsModel: boolean;
  /** Of the other routes for its host and path, why they are not it. */
  readonly others: readonly { readonly name: string; readonly why: string }[];
}

/** Looks a request up as the gateway does. Throws a Fault for a path that hides another one. */
export function findRoute({ routes: written, mcpServers }: Config, asked: AskedRequest): FoundRoute {
  const handle = (): Promise<never> => Promise.reject(new Error("Nothing is asked here."));
  const routes: Route[] = written.map((one) => ({ ...one, ai: one.ai !== undefined, handle }));
  for (const { path, public: open, ...server } of mcpServers) {
    const { name, hosts } = mcpRouteOf(server);
    routes.push({
      name,
      match: { hosts, path: { exact: path } },
      ai: false,
      mcp: true,
      public: open,
      handle,
    });
  }
  const found = lookUp(routes, asked);
  const others = routes.filter((one) => one !== found.route).flatMap((one) => explained(one, asked));
  return { ...found, others };
}

function lookUp(routes: readonly Route[], asked: AskedRequest): Pick<FoundRoute, "route" | "needsModel"> {
  const found = createRouteTable(routes).find(asked);
  if (found === undefined || !isModelChoice(found)) return { route: found, needsModel: false };
  if (asked.model === undefined) return { route: undefined, needsModel: true };
  return { route: found.pick(asked.model), needsModel: false };
}

/** What a route is looked up without, to see whether that keeps it from being the one. */
const CONDITIONS = ["listeners", "methods", "headers", "query", "models"] as const;

/** Why a route for the same host and path is not the one; nothing for a route that is for others. */
function explained(route: Route, asked: AskedRequest): FoundRoute["others"] {
  const matches = (match: Route["match"]): boolean => lookUp([{ ...route, match }], asked).route !== undefined;
  const { hosts, path } = route.match;
  if (!matches({ hosts, path })) return [];
  if (matches(route.match)) return [{ name: route.name, why: "matches too, but less exactly or later in the file" }];
  const failing = CONDITIONS.filter(
    (name) => route.match[name] !== undefined && !matches({ hosts, path, [name]: route.match[name] }),
  );
  return [
    {
      name: route.name,
      why: `its ${failing.join(" and ")} ${failing.length === 1 && failing[0] === "query" ? "does" : "do"} not match`,
    },
  ];
}
