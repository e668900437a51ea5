import type { McpKind, McpWorld } from "#src/core/mcp/kind.ts";
import { guardedWorld } from "#src/core/network/guarded.ts";
import { urlsIn } from "#src/core/network/named-urls.ts";
import { createUpstreamCredentials } from "../auth/upstream/create.ts";
import type { UpstreamCredentials } from "../auth/upstream/credentials.ts";
import { headerCredentials } from "../auth/upstream/headers.ts";
import { HttpDoor } from "./http-door.ts";
import { RemoteEndpoint } from "./remote-endpoint.ts";
import { RemoteServer } from "./remote-server.ts";
import { DEFAULTS, limitsOf, type RemoteSettings, remoteSettings } from "./settings.ts";
import { ToolHeaders } from "./tool-headers.ts";
import { userHeader } from "./user-header.ts";

/** Remote servers: `url`. */
export const urlKind: McpKind<RemoteSettings> = {
  kind: "url",
  schema: remoteSettings,
  create(name, settings, world) {
    const { endpoints, era, transport: way, network, loadBalance = "round_robin" } = settings;
    if (era === "modern" && way === "sse") throw new Error("A server of era 'modern' has no transport 'sse'.");
    if (new Set(endpoints).size < endpoints.length) throw new Error("An endpoint is named twice.");
    const { clock, log, random } = world;
    const limits = limitsOf(settings);
    // An upstream says itself where its users sign in, so that what it says is guarded too.
    const named = [...endpoints, ...urlsIn(settings.credentials)];
    const guarded = guardedWorld(world, { named, ...(network !== undefined && { network }) });
    const credentials = credentialsOf(name, settings, guarded);
    const { transport } = guarded;
    const { connectTimeout } = { ...DEFAULTS, ...settings };
    const door = new HttpDoor({ name, transport, log, credentials, connectTimeout });
    const tools = new ToolHeaders(name, log);
    const known = {
      ...(era !== undefined && era !== "auto" && { era }),
      ...(way !== undefined && way !== "auto" && { transport: way }),
    };
    return new RemoteServer({
      name,
      endpoints: endpoints.map((url) => new RemoteEndpoint({ ...known, url, door, clock, limits, tools })),
      loadBalance,
      clock,
      limits,
      random,
      closed() {
        for (const one of credentials) one.close();
      },
    });
  },
};

function credentialsOf(
  name: string,
  { endpoints, headers, credentials }: RemoteSettings,
  world: McpWorld,
): readonly UpstreamCredentials[] {
  const [resource] = endpoints;
  const place = { name, ...(resource !== undefined && { resource }) };
  return [
    userHeader,
    ...(headers === undefined ? [] : [headerCredentials(headers)]),
    ...(credentials === undefined ? [] : [createUpstreamCredentials(credentials, place, world)]),
  ];
}
