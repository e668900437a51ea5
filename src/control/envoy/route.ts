import type { HttpRoute, RouteConfig } from "#config/model.ts";
import type { JsonObject } from "#src/core/json.ts";
import { responseFields } from "./direct-response.ts";
import { forwardVariants, type Services, type Variant } from "./forward.ts";
import { joinedFields } from "./header-changes.ts";
import type { PluginPlan } from "./plugins/plugin-plan.ts";
import { redirectFields } from "./redirect.ts";
import { Refusal } from "./refusal.ts";
import { routeMatch } from "./route-match.ts";
import { tierFields } from "./tier.ts";
import type { TierEntry } from "./tier-paths.ts";
import { KEEP_LISTENER } from "./http-filters.ts";

/** What a route is to Envoy, and why Sluice answers there where Envoy itself does not. */
export interface MadeRoute {
  /** One after the other. */
  readonly bodies: readonly JsonObject[];
  readonly why: string | undefined;
}

/** What routes are made with. */
export interface RouteWorld {
  readonly services: Services;
  readonly plugins: PluginPlan;
  /** Milliseconds that HTTP routes have that say nothing; 0: no limit. */
  readonly timeout: number;
}

/** The routes of Envoy's for one virtual host. */
export function makeRoute(entry: RouteConfig | TierEntry, host: string, world: RouteWorld): MadeRoute {
  const variants = "why" in entry ? new Refusal(entry.why) : ownVariants(entry, host, world);
  const match = routeMatch(entry.match);
  const { name } = entry;
  if (!(variants instanceof Refusal)) {
    const bodies = variants.map((one) => ({ name, match: joinedFields(match, one.match ?? {}), ...one.fields }));
    return { bodies, why: undefined };
  }
  const sticky = "why" in entry ? undefined : entry.http?.sticky;
  const filters = { ...world.plugins.resting(), ...KEEP_LISTENER };
  return { bodies: [{ name, match, ...tierFields(sticky), typed_per_filter_config: filters }], why: variants.why };
}

/** What only Sluice does of what a route can ask for, beside its plugins. */
const SLUICE_ALONE: readonly (readonly [why: string, is: (route: RouteConfig) => boolean])[] = [
  ["it speaks to models", ({ ai }) => ai !== undefined],
  ["its sessions are sealed (sticky)", ({ http }) => http?.sticky !== undefined],
  ["its fallback is asked after answers (fallback.on)", ({ http }) => (http?.fallback?.on ?? []).length > 0],
  ["it limits bodies (maxBodySize)", ({ ai, maxBodySize }) => ai === undefined && maxBodySize !== undefined],
];

function ownVariants(route: RouteConfig, host: string, world: RouteWorld): readonly Variant[] | Refusal {
  const alone = SLUICE_ALONE.find(([, is]) => is(route));
  if (alone !== undefined) return new Refusal(alone[0]);
  const variants = actionVariants(route, host, world);
  if (variants instanceof Refusal) return variants;
  const at = world.plugins.atRoute(route, host);
  if (at instanceof Refusal) return at;
  const filters: JsonObject = Object.keys(at.filters).length === 0 ? {} : { typed_per_filter_config: at.filters };
  return variants.map(({ fields, match = {} }) => ({
    match,
    fields: joinedFields(fields, at.fields ?? {}, filters),
  }));
}

function actionVariants(route: RouteConfig, host: string, world: RouteWorld): readonly Variant[] | Refusal {
  const { http, redirect, response, match } = route;
  if (http !== undefined) return forwardVariants(withTimeout(http, world.timeout), match.path, world.services);
  const fields =
    redirect === undefined
      ? response === undefined
        ? new Refusal("it does nothing that Envoy knows")
        : responseFields(response)
      : redirectFields(redirect, match.path, host);
  return fields instanceof Refusal ? fields : [{ fields }];
}

function withTimeout(http: HttpRoute, timeout: number): HttpRoute {
  return http.timeout === undefined ? { ...http, timeout } : http;
}
