import { type Context, Hono } from "hono";
import type { Messages } from "../messages.ts";
import { RESOURCE_KINDS, type ResourceType } from "../resource-types.ts";
import type { XdsServer } from "../server.ts";
import type { XdsSnapshot } from "../snapshot.ts";
import { configDump } from "./config-dump.ts";
import { endpointList } from "./endpoint-list.ts";
import { syncStatus } from "./sync-status.ts";

/** What the debug pages show. */
export interface XdsDebugOptions {
  /** Undefined while there is none. */
  server(): XdsServer | undefined;
  readonly messages: Messages;
}

/** `/syncz`, `/config_dump`, `/endpointz` and `/nacks`, as Istio and Higress have them, to be mounted at `/debug`. */
export function xdsDebug(options: XdsDebugOptions): Hono {
  const app = new Hono();
  app.get("/syncz", (c) => c.json(options.server()?.clients.map(syncStatus) ?? []));
  app.get("/config_dump", (c) => {
    const types = typesAsked(c.req.query("type"));
    if (types === undefined) return c.json({ error: `type is one of ${TYPES.join(", ")}.` }, 400);
    return withSnapshot(options.server(), c, (snapshot) => c.json(configDump(options.messages, snapshot, types)));
  });
  app.get("/endpointz", (c) => withSnapshot(options.server(), c, (snapshot) => c.json(endpointList(snapshot.eds))));
  app.get("/nacks", (c) => {
    const server = options.server();
    const current = (server?.clients ?? []).flatMap(({ node, stream }) =>
      stream.states.flatMap(({ kind, nacked }) =>
        nacked === undefined ? [] : [{ node: node.id, type: kind.type, ...nacked, names: nacked.names.slice(0, 20) }],
      ),
    );
    return c.json({ current, recent: server?.nacks.all ?? [] });
  });
  return app;
}

const TYPES: readonly ResourceType[] = RESOURCE_KINDS.map(({ type }) => type);

function typesAsked(written: string | undefined): readonly ResourceType[] | undefined {
  if (written === undefined) return TYPES;
  const found = TYPES.filter((type) => type === written.toLowerCase());
  return found.length === 0 ? undefined : found;
}

/** What is there for `?node=`, or for a node that says nothing of itself. */
function withSnapshot(server: XdsServer | undefined, c: Context, show: (snapshot: XdsSnapshot) => Response): Response {
  const id = c.req.query("node");
  const node = server?.clients.find((client) => client.node.id === id)?.node;
  if (id !== undefined && node === undefined)
    return c.json({ error: "No such node is connected: /debug/syncz lists them." }, 404);
  const snapshot = server?.view?.(node ?? { id: "", cluster: "", metadata: {}, agent: "", zone: "" });
  return snapshot === undefined ? c.json({ error: "There is nothing to serve yet." }, 503) : show(snapshot);
}
