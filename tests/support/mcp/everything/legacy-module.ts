/** The fixture server of the session era as a module of the gateway's own. */
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { createLegacyServer } from "./legacy-server.ts";

export default function create(): Server {
  return createLegacyServer();
}
