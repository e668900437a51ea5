import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { Log, LogFields } from "#src/core/log.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import { McpRefusal, type McpPlace, type McpPolicy } from "#src/core/mcp/policy.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import { compilePatterns } from "#src/core/pattern.ts";
import { around, calledTool } from "./around.ts";
import { AuditFile } from "./audit-file.ts";
import { type AuditSettings, auditSettings, valuePatterns } from "./audit-settings.ts";
import { masked, maskedText, type MaskRules, maskRules } from "./mask.ts";

/** Characters of a call's arguments in one record. */
const MAX_ARGUMENTS = 8192;

/** The message of a record in the gateway's log. */
const MESSAGE = "tools/call";

/**
 * The policy `audit`: a record for each tools/call when it is over, whatever came of it. It stands around the other policies, so that what
 * they refuse is on record as well.
 */
export const audit: McpPolicy<AuditSettings> = {
  field: "audit",
  schema: auditSettings,
  create(place, settings, world) {
    const file = settings.file === undefined ? undefined : new AuditFile(world.resolvePath(settings.file), world);
    const recorder = new Recorder(place, settings, world, file ?? world.log);
    return {
      wrap: (server) =>
        around(server, async (request, call, next) => {
          const tool = calledTool(request);
          if (tool === undefined) return next(request, call);
          const begin = recorder.begin();
          try {
            const result = await next(request, call);
            recorder.record(tool, request, call, begin, outcomeOf(result));
            return result;
          } catch (thrown) {
            recorder.record(tool, request, call, begin, failureOf(thrown, call));
            throw thrown;
          }
        }),
      close: () => void file?.close(),
    };
  },
};

/** What came of a call. */
type Outcome = { readonly outcome: string; readonly code?: number };

interface Begin {
  readonly time: number;
  readonly at: number;
}

class Recorder {
  readonly #server: string;
  readonly #world: McpWorld;
  readonly #sink: Pick<Log, "info">;
  readonly #rules: MaskRules;
  readonly #withArguments: boolean;

  constructor({ name }: McpPlace, settings: AuditSettings, world: McpWorld, sink: Pick<Log, "info">) {
    const { mask } = settings;
    this.#server = name;
    this.#world = world;
    this.#sink = sink;
    this.#withArguments = settings.arguments;
    this.#rules = maskRules({
      names: compilePatterns(mask.names),
      values: valuePatterns(mask),
      maxText: mask.maxLength,
    });
  }

  begin(): Begin {
    const { clock } = this.#world;
    return { time: clock.now(), at: clock.monotonic() };
  }

  /** The session's hash takes a moment, which nobody waits for. */
  record(tool: string, request: McpRequest, call: McpCall, begin: Begin, outcome: Outcome): void {
    const duration = Math.round(this.#world.clock.monotonic() - begin.at);
    const fields = { ...this.#fields(tool, request, call), ...outcome, duration };
    const write = (session?: string): void =>
      this.#sink.info(MESSAGE, {
        started: new Date(begin.time).toISOString(),
        ...fields,
        ...(session === undefined ? {} : { session }),
      });
    if (call.session === undefined) write();
    else hashed(call.session.id).then(write, () => write());
  }

  #fields(tool: string, { params }: McpRequest, { caller, client }: McpCall): LogFields {
    const { subject, consumer, user, address } = caller;
    return {
      server: this.#server,
      tool: tool.slice(0, 128),
      subject,
      consumer,
      user: user?.id,
      address,
      client: clientName(client.info, this.#rules),
      protocol: client.version,
      arguments: this.#withArguments ? this.#argumentsOf(params) : undefined,
    };
  }

  #argumentsOf(params: JsonObject): string {
    const text = JSON.stringify(masked(params["arguments"] ?? {}, this.#rules));
    return text.length > MAX_ARGUMENTS ? `${text.slice(0, MAX_ARGUMENTS)}…` : text;
  }
}

function outcomeOf({ isError, resultType }: JsonObject): Outcome {
  if (resultType === "input_required") return { outcome: "input_required" };
  return { outcome: isError === true ? "tool_error" : "ok" };
}

function failureOf(thrown: unknown, { signal }: McpCall): Outcome {
  if (signal.aborted) return { outcome: "cancelled" };
  if (thrown instanceof McpRefusal) return { outcome: "refused", code: thrown.status };
  return thrown instanceof McpError ? { outcome: "error", code: thrown.code } : { outcome: "failed" };
}

/** What the client says it is: `name version`. */
function clientName(info: JsonObject | undefined, rules: MaskRules): string | undefined {
  const text = (value: Json | undefined): string => (typeof value === "string" ? value.slice(0, 100) : "");
  if (!isObject(info)) return undefined;
  return maskedText(`${text(info["name"])} ${text(info["version"])}`.trim(), rules);
}

/** A session's id opens the session; its hash only tells records of one session from those of others. */
async function hashed(id: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(id));
  return new Uint8Array(digest).toHex().slice(0, 16);
}
