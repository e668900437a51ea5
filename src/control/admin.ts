import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import type { CertificateStatus } from "./acme/managed-certificate.ts";
import type { RegistryStatus } from "#config/registries/registry.ts";
import type { ResourceReport } from "./resource-report.ts";

/** What a reload came to. `problems` are ready to be shown, one a line. */
export type ReloadResult = { readonly ok: true } | { readonly ok: false; readonly problems: readonly string[] };

/** What the admin listener shows and does. */
export interface AdminOptions {
  /** Asked for on everything but `/ready`; while there is none, the listener is open to whoever reaches it. A reload may change it. */
  token(): string | undefined;
  reload(): Promise<ReloadResult>;
  /** The Prometheus text exposition. */
  metrics(): string;
  status(): AdminStatus;
  /** How the registries do, in the order of the configuration; left out: there are none. */
  readonly registries?: () => readonly RegistryStatus[];
  /** The xDS server's pages, below `/debug`; undefined while there is none. */
  readonly xds?: () => Hono | undefined;
  /** Left out where no Kubernetes objects are read. */
  readonly resources?: () => ResourceReport;
  /** Those that are got by ACME. */
  readonly certificates?: () => readonly CertificateStatus[];
}

/** The gateway's own state, as `/ready` tells it. */
export interface AdminStatus {
  readonly draining: boolean;
  /** What is not there yet that has to be; left out: nothing. */
  readonly waitingFor?: string;
  readonly activeRequests: number;
  /** The last reload failed, so an older configuration is running. */
  readonly staleConfig: boolean;
}

const UNAUTHORIZED = { message: { error: "The admin token is needed: send it as 'Authorization: Bearer TOKEN'." } };

/** The admin listener's application. */
export function createAdmin(options: AdminOptions): Hono {
  const app = new Hono();
  app.get("/ready", (c) => {
    const { draining, waitingFor, activeRequests, staleConfig } = options.status();
    const body = {
      status: draining ? "draining" : waitingFor === undefined ? "ready" : "starting",
      ...(waitingFor === undefined ? {} : { waiting_for: waitingFor }),
      config: staleConfig ? "stale" : "current",
      active_requests: activeRequests,
    };
    return c.json(body, draining || waitingFor !== undefined ? 503 : 200);
  });
  app.use("*", async (c, next) => {
    const token = options.token();
    return token === undefined
      ? next()
      : bearerAuth({ token, realm: "sluice admin", noAuthenticationHeader: UNAUTHORIZED, invalidToken: UNAUTHORIZED })(
          c,
          next,
        );
  });
  app.get("/metrics", (c) =>
    c.body(options.metrics(), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }),
  );
  app.get("/registry/watcherStatus", (c) => c.json(options.registries?.() ?? []));
  app.post("/reload", async (c) => {
    // A page in a browser can send a POST here but cannot hide its origin.
    if (c.req.header("origin") !== undefined) return c.json({ error: "A reload is not for web pages." }, 403);
    const result = await options.reload();
    return result.ok ? c.json({ reloaded: true }) : c.json({ reloaded: false, problems: result.problems }, 422);
  });
  const { resources, certificates } = options;
  if (certificates !== undefined) app.get("/debug/certificates", (c) => c.json({ certificates: certificates() }));
  if (resources !== undefined) app.get("/debug/resources", (c) => c.json(resources()));
  app.get("/debug/:page", async (c, next) => {
    const page = options.xds?.();
    return page === undefined ? next() : page.request(`/${c.req.param("page")}${new URL(c.req.url).search}`);
  });
  app.notFound((c) => c.json({ error: "Try GET /ready, GET /metrics or POST /reload." }, 404));
  return app;
}
