import type { AccessRecord, McpRecord } from "../core/exchange.ts";
import { isLegacy, isModern } from "../core/mcp/versions.ts";
import type { McpActive, McpSessionEnd } from "../core/mcp/host.ts";
import type { Observer } from "../core/observer.ts";
import { BoundedNames } from "./bounded-names.ts";
import type { Histogram, HistogramSeries, Metrics } from "./metrics.ts";

/** Bucket bounds as the OpenTelemetry conventions advise for MCP, in seconds. */
const BOUNDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] as const;

/** What clients may send to a server, in either era; any other method is `_OTHER`. */
const METHODS: ReadonlySet<string> = new Set([
  "initialize",
  "ping",
  "server/discover",
  "subscriptions/listen",
  "tools/list",
  "tools/call",
  "prompts/list",
  "prompts/get",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "completion/complete",
  "logging/setLevel",
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/roots/list_changed",
]);

const OTHER = "_OTHER";

/** More combinations of labels than this and the look-up is built anew; the metrics themselves stay. */
const MAX_SERIES = 20_000;
const MAX_KEY = 1024;

/**
 * Turns access records of MCP servers into metrics with the OpenTelemetry names, in their Prometheus form. A tool or a prompt counts as
 * itself only once it has answered, so that guessing names cannot fill the metrics.
 */
export class McpMetrics implements Observer {
  readonly #operations: Histogram;
  readonly #sessions: Histogram;
  readonly #series = new Map<string, HistogramSeries>();
  readonly #tools = new BoundedNames(1000);
  readonly #prompts = new BoundedNames(500);
  readonly #codes = new BoundedNames(100);

  constructor(metrics: Metrics, active: () => McpActive) {
    this.#operations = metrics.histogram(
      "mcp_server_operation_duration_seconds",
      "Time from an MCP message's arrival to the last byte of its answer.",
      [
        "mcp_server",
        "mcp_method_name",
        "mcp_protocol_version",
        "gen_ai_operation_name",
        "gen_ai_tool_name",
        "gen_ai_prompt_name",
        "rpc_response_status_code",
        "error_type",
      ],
      BOUNDS,
    );
    this.#sessions = metrics.histogram(
      "mcp_server_session_duration_seconds",
      "Time from the begin to the end of an MCP session, told by the replica where it began.",
      ["mcp_server", "mcp_protocol_version"],
      BOUNDS,
    );
    metrics.gauge("sluice_mcp_active_sessions", "MCP sessions that began at this replica and are not over.", () => {
      return active().sessions;
    });
    metrics.gauge("sluice_mcp_active_streams", "Streams of MCP clients held by this replica.", () => active().streams);
  }

  done(record: AccessRecord): void {
    const { mcp, startedAt, endedAt = startedAt } = record;
    if (mcp?.method === undefined) return;
    this.#seriesOf(record, mcp, mcp.method).observe((endedAt - startedAt) / 1000);
  }

  /** A session is over. */
  sessionEnded({ server, version, seconds }: McpSessionEnd): void {
    this.#sessions.with(server, versionLabel(version)).observe(seconds);
  }

  #seriesOf(record: AccessRecord, mcp: McpRecord, asked: string): HistogramSeries {
    const { server, tool = "", prompt = "", error = "" } = mcp;
    const [method, version] = [METHODS.has(asked) ? asked : OTHER, versionLabel(mcp.version ?? "")];
    const failure = errorType(record, mcp);
    // A line break stands in none of the parts but the name, of which there is at most one.
    const key = `${server}\n${method}\n${version}\n${error}\n${failure}\n${tool}${prompt}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= MAX_SERIES) this.#series.clear();
    const answered = failure === "";
    const code = error === "" ? "" : this.#codes.of(String(error));
    const made = this.#operations.with(
      server,
      method,
      version,
      method === "tools/call" ? "execute_tool" : "",
      tool === "" ? "" : this.#tools.of(tool, answered),
      prompt === "" ? "" : this.#prompts.of(prompt, answered),
      code,
      error === "" ? failure : code,
    );
    // Not kept while a name counts as `other` for never having answered: it may answer later.
    if (key.length <= MAX_KEY && answered) this.#series.set(key, made);
    return made;
  }
}

/** How an operation failed, in the conventions' words; empty when it did not. */
function errorType({ fault, status }: AccessRecord, { error, toolError }: McpRecord): string {
  if (error !== undefined) return String(error);
  if (toolError === true) return "tool_error";
  return fault ?? (status >= 400 ? String(status) : "");
}

function versionLabel(version: string): string {
  return version === "" || isLegacy(version) || isModern(version) ? version : OTHER;
}
