import type { HeaderSink, HeaderView } from "#src/core/header-list.ts";
import type { McpCall } from "#src/core/mcp/server.ts";

/** An upstream's answer of status 401 or 403. */
export interface UpstreamRejection {
  readonly status: number;
  readonly wwwAuthenticate: string | null;
  /** The request's headers as `authorize` left them. */
  readonly sent: HeaderView;
}

/** What the gateway shows an upstream. The token of the client is never among it. */
export interface UpstreamCredentials {
  /**
   * Names whose credentials a call gets: what an upstream told one (sessions, lists, cached answers) must not reach a call of another
   * context. Empty: the same for everybody.
   */
  contextOf(call: McpCall): string;
  /**
   * Adds the credentials; undefined when there was nothing to wait for. Rejects with an McpError when there are none: the request must not go out then. A `SignInRequired` among them
   * says where the user can get some.
   */
  authorize(headers: HeaderSink, call: McpCall): Promise<void> | undefined;
  /** What was sent was not taken. Resolves with whether the request is worth one more try, with what `authorize` adds then. */
  rejected(rejection: UpstreamRejection, call: McpCall): Promise<boolean>;
  close(): void;
}
