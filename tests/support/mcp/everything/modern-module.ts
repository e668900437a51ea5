/** The fixture server of the newest revision as a module of the gateway's own. */
import type { McpServer, ServerNotifier } from "@modelcontextprotocol/server";
import { createModernServer } from "./modern-server.ts";

export default function create({ notify }: { readonly notify: ServerNotifier }): McpServer {
  return createModernServer(notify);
}
