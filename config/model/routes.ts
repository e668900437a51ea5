import { z } from "zod";
import type { RouteMatch } from "#src/core/route.ts";
import { type AiRoute, aiRoute } from "./ai-route.ts";
import {
  type DirectResponse,
  directResponse,
  type HttpRoute,
  httpRoute,
  type RedirectRoute,
  redirectRoute,
} from "./http-route.ts";
import { match } from "./match.ts";
import { type RoutePlugin, routePlugin } from "./plugins.ts";
import { flag, name, size, text } from "#src/core/settings/scalars.ts";
import { list, makes } from "#src/core/settings/shapes.ts";

/** One route: what it matches, and exactly one of `ai`, `http`, `redirect`, `response`. */
export interface RouteConfig {
  readonly name: string;
  readonly match: RouteMatch;
  readonly public: boolean;
  readonly strict: boolean;
  /** Bytes of a request's body; left out: no limit. Always there on AI routes. */
  readonly maxBodySize?: number;
  readonly ai?: AiRoute;
  readonly http?: HttpRoute;
  readonly redirect?: RedirectRoute;
  readonly response?: DirectResponse;
  /** Plugins for this route alone, beside those of `plugins`. */
  readonly plugins?: readonly RoutePlugin[];
  /** What it was made of, where that is another form than this: `Ingress default/shop`. */
  readonly origin?: string;
}

/** What a route can do, of which it does one. */
const ROUTE_ACTIONS = ["ai", "http", "redirect", "response"] as const;

const AI_BODY_SIZE = 100 * 2 ** 20;

/** One entry of `routes`. */
export const route: z.ZodType<RouteConfig> = makes<RouteConfig>()(
  z
    .strictObject({
      name: name("The route's name, for logs, metrics and plugins."),
      match: match.prefault({}).describe("Which requests are meant; all when left out."),
      public: flag("Open to everybody although there are consumers.").prefault(false),
      strict: flag("Refuse, with 400, a request that cannot be converted without a loss.").prefault(false),
      maxBodySize: size(
        "The largest request body; 100MiB on AI routes and no limit on others when left out.",
      ).exactOptional(),
      ai: aiRoute.describe("Speak to models.").exactOptional(),
      http: httpRoute.describe("Pass requests on to services.").exactOptional(),
      redirect: redirectRoute.describe("Send the client elsewhere.").exactOptional(),
      response: directResponse.describe("Answer at once.").exactOptional(),
      plugins: list(routePlugin, "Built-in plugins for this route alone.").exactOptional(),
      origin: text("What it was made of, where that is another form than this.").exactOptional(),
    })
    .transform((written, context): RouteConfig => {
      const actions = ROUTE_ACTIONS.filter((action) => Object.hasOwn(written, action));
      if (actions.length !== 1) {
        const found = actions.length === 0 ? "" : `; this one has ${actions.join(" and ")}`;
        const message = `needs exactly one of ${ROUTE_ACTIONS.join(", ")}${found}`;
        context.issues.push({ code: "custom", message, input: written });
      }
      return written.ai === undefined ? written : { ...written, maxBodySize: written.maxBodySize ?? AI_BODY_SIZE };
    }),
);
