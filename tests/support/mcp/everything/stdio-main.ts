/** The fixture server of the newest revision on standard input and output. */
import type { ServerNotifier } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createModernServer } from "./modern-server.ts";

/** The server of this connection tells its changes itself. */
const notify: ServerNotifier = {
  toolsChanged: () => server?.sendToolListChanged(),
  promptsChanged: () => server?.sendPromptListChanged(),
  resourcesChanged: () => server?.sendResourceListChanged(),
  resourceUpdated: (uri) => void server?.server.sendResourceUpdated({ uri }),
};
let server: ReturnType<typeof createModernServer> | undefined;

serveStdio(() => (server = createModernServer(notify)));
