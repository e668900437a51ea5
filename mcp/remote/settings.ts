import { z } from "zod";
import { checkedText, Complaint, duration, integer, size, text } from "#src/core/settings/scalars.ts";
import { type NetworkSettings, networkSchema } from "#src/core/network/settings.ts";
import { type UpstreamAuth, upstreamAuth } from "../auth/upstream/settings.ts";
import { makes, someOf, table, word } from "#src/core/settings/shapes.ts";
import type { LoadBalance } from "./endpoint-choice.ts";
import type { PoolLimits } from "./session-pool.ts";
import type { PeerLimits } from "./rpc-peer.ts";

/** What bounds the work with one remote server. */
export interface RemoteLimits extends PeerLimits, PoolLimits {
  /** The most bytes of one message. */
  readonly message: number;
}

/** The settings of a remote server, written out. */
export interface RemoteSettings {
  readonly endpoints: readonly string[];
  readonly transport?: "auto" | "http" | "sse";
  readonly era?: "auto" | "modern" | "legacy";
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: UpstreamAuth;
  readonly network?: NetworkSettings;
  readonly loadBalance?: LoadBalance;
  readonly connectTimeout?: number;
  readonly timeout?: number;
  readonly totalTimeout?: number;
  readonly maxMessageSize?: number;
  readonly maxPending?: number;
  readonly maxSessions?: number;
  readonly sessionIdle?: number;
}

/** What holds where nothing else is said. */
export const DEFAULTS = {
  connectTimeout: 5000,
  timeout: 60_000,
  totalTimeout: 600_000,
  maxMessageSize: 16_777_216,
  maxPending: 256,
  maxSessions: 256,
  sessionIdle: 300_000,
} as const;

/** As it is written, a slash at its end included: to many servers it makes a difference. */
function endpointUrl(description: string): z.ZodType<string> {
  return checkedText({ description, examples: ["https://example.com/mcp"] }, (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || !/^https?:\/\/[^/]/i.test(value)) {
      return new Complaint("is not an http or https URL", "as in https://example.com/mcp");
    }
    if (url.username !== "" || url.password !== "") {
      return new Complaint("must not hold a user or password", "send them by 'headers' or 'credentials'");
    }
    return url.hash === "" ? url.href : new Complaint("must not hold a fragment");
  });
}

const endpoints: z.ZodType<readonly string[]> = z
  .union([
    endpointUrl("The server's URL."),
    someOf(endpointUrl("One URL."), "URLs that are one server; calls are spread over them."),
  ])
  .transform((value): readonly string[] => (typeof value === "string" ? [value] : value))
  .describe("The server's URL, or a list of URLs over which calls are spread.");

const written: z.ZodType<RemoteSettings> = makes<RemoteSettings>()(
  z.strictObject({
    endpoints,
    transport: word(
      ["auto", "http", "sse"],
      "How the server is reached: http is streamable HTTP, sse is HTTP+SSE of 2024-11-05. Default: auto, found out.",
    ).exactOptional(),
    era: word(
      ["auto", "modern", "legacy"],
      "What the server speaks: modern is 2026-07-28, legacy are the revisions with sessions. Default: auto, found out.",
    ).exactOptional(),
    headers: table(text("The header's value."), "Headers that are sent with every request.").exactOptional(),
    credentials: upstreamAuth.exactOptional(),
    network: networkSchema.exactOptional(),
    loadBalance: word(
      ["round_robin", "least_request"],
      "How calls are spread over several endpoints. Default: round_robin.",
    ).exactOptional(),
    connectTimeout: duration("How long a connection may take. 0 is no limit. Default: 5s.").exactOptional(),
    timeout: duration(
      "The longest silence of the server while it works on a call. 0 is no limit. Default: 60s.",
    ).exactOptional(),
    totalTimeout: duration("How long a call may take in all. 0 is no limit. Default: 10m.").exactOptional(),
    maxMessageSize: size("The largest message that is read. Default: 16MiB.").exactOptional(),
    maxPending: integer("The most calls that wait in one session. Default: 256.", 1, 100_000).exactOptional(),
    maxSessions: integer(
      "The most sessions that are held with a server that has them. Default: 256.",
      1,
      100_000,
    ).exactOptional(),
    sessionIdle: duration("After how long a session that nobody uses is ended. Default: 5m.", 1).exactOptional(),
  }),
);

/** The field `url` of an MCP server: a URL, or the settings. */
export const remoteSettings: z.ZodType<RemoteSettings> = z
  .union([endpointUrl("The server's URL.").transform((url): RemoteSettings => ({ endpoints: [url] })), written])
  .describe("A remote MCP server of any revision, by streamable HTTP or HTTP+SSE.");

/** The limits that the settings give. */
export function limitsOf(settings: RemoteSettings): RemoteLimits {
  const { timeout, totalTimeout, maxMessageSize, maxPending, maxSessions, sessionIdle } = { ...DEFAULTS, ...settings };
  return {
    idle: timeout,
    total: totalTimeout,
    message: maxMessageSize,
    pending: maxPending,
    sessions: maxSessions,
    sessionIdle,
  };
}
