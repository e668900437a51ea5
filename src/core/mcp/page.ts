import type { Exchange } from "../exchange.ts";

/** A page that is served beside the servers' own paths, such as RFC 9728 metadata or an OAuth callback. No policy stands before it. */
export interface McpPage {
  /** The whole path on the gateway. `{name}` stands for one segment that is not empty, as `matchPath` in `path.ts` has it. */
  readonly path: string;
  handle(exchange: Exchange): Promise<Response> | Response;
}
