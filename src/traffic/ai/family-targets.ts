import { isStateful, type Maker, makerOf, objectsOf } from "./affinity.ts";
import type { FamilyRequest } from "./family-request.ts";
import { hasApi } from "./has-api.ts";
import { noObject } from "./stored/stored-api.ts";
import type { StoredDeps } from "./stored/stored-deps.ts";
import type { Target } from "./target.ts";

/** Who may be asked on a route. */
export interface RouteTargets {
  /** The targets for a model, in the order they are asked; throws `model_not_found` when there is none. */
  readonly plan: (model: string) => readonly Target[];
  /** All of the route's, its fallbacks last: for requests that name no model. */
  readonly targets: readonly Target[];
}

/** Who is asked, in order, and whose object it is about. */
export interface Chosen {
  readonly targets: readonly Target[];
  readonly maker: Maker | undefined;
}

/** APIs whose objects are their consumer's alone, whoever else can name them. */
const PRIVATE: ReadonlySet<string> = new Set(["responses", "conversations"]);

/**
 * The targets of a request. What is about an object goes to the provider that made it; what names a model goes where the model is; all the
 * rest goes to the first provider of the route that has the API.
 */
export async function chooseTargets(
  { plan, targets }: RouteTargets,
  { store, answers }: StoredDeps,
  request: FamilyRequest,
  consumer: string | undefined,
): Promise<Chosen> {
  const { call, body, model } = request;
  const maker = isStateful(call.api)
    ? await makerOf(
        store,
        targets,
        objectsOf(call.id ?? request.upload, body.kind === "json" ? body.json.object : undefined),
      )
    : undefined;
  if (maker !== undefined) {
    const missing = PRIVATE.has(call.api) && maker.consumer !== consumer ? noObject(request) : undefined;
    if (missing !== undefined) throw missing;
    return { targets: [maker.target], maker };
  }
  if (model !== undefined) return { targets: plan(model), maker };
  const having = targets.filter((target) => hasApi(target, request));
  if (having.length > 0) return { targets: isStateful(call.api) ? having.slice(0, 1) : having, maker };
  // Nobody else can have what the gateway itself would keep.
  const missing = answers === undefined ? undefined : noObject(request);
  if (missing !== undefined) throw missing;
  return { targets: targets.slice(0, 1), maker };
}
