import { type Capability, CAPABILITIES } from "../../core/capabilities.ts";
import type { ApiName, Shape } from "../../core/api.ts";
import type { ClientProtocol } from "../../core/protocol.ts";
import type { UpstreamCall } from "../../core/provider.ts";

/** Paths of one's own by capability (see core/capabilities.ts), each from the root of the provider's server. */
export type CapabilityPaths = Readonly<Record<string, string>>;

interface Entry {
  readonly capability: Capability;
  readonly path: string;
  /** Takes apart what follows the API's own path. */
  readonly rest: RegExp;
}

/** Finds the path a user has given for a call. */
export class Capabilities {
  readonly #entries: readonly Entry[];

  /** Names that are no capability stand for nothing. */
  constructor(paths: CapabilityPaths) {
    this.#entries = Object.entries(paths)
      .flatMap(([name, path]): Entry[] => {
        const capability = CAPABILITIES.get(name);
        return capability === undefined ? [] : [{ capability, path, rest: restPattern(capability.rest ?? "") }];
      })
      // A path for what is inside an API counts for more than one for the API as a whole.
      .toSorted((a, b) => segments(b) - segments(a));
  }

  /** The protocols chats may be asked in because of these paths. */
  get protocols(): ClientProtocol[] {
    return [...new Set(this.#entries.flatMap(({ capability }) => capability.protocol ?? []))];
  }

  /** The format of the requests of an API whose path is given. */
  shapeOf(api: ApiName): Shape | undefined {
    const entry = this.#entries.find(({ capability }) => capability.api === api);
    return entry && (entry.capability.shape ?? "openai");
  }

  /** The path of a call, its placeholders filled in; undefined when none is given for it. */
  pathOf(call: UpstreamCall): string | undefined {
    const rest = call.rest ?? "";
    for (const { capability, path, rest: pattern } of this.#entries) {
      if (!isFor(capability, call)) continue;
      const found = pattern.exec(rest);
      if (found !== null) return filled(path, found.slice(1), call.model);
      if (capability.rest === undefined) return filled(path, [], call.model) + rest;
    }
    return undefined;
  }
}

function segments({ capability: { rest = "" } }: Entry): number {
  return rest.split("/").length;
}

function restPattern(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/\{[^}]*\}/g, "([^/]+)")}/?$`);
}

function isFor({ api, protocol, stream, openaiOnly }: Capability, call: UpstreamCall): boolean {
  if (api !== call.api) return false;
  if (protocol !== undefined && protocol !== call.protocol) return false;
  if (stream !== undefined && stream !== call.stream) return false;
  return openaiOnly !== true || call.protocol === "openai-chat" || call.protocol === "openai-responses";
}

/** `{model}` is the model's name; every other placeholder takes the next segment of the client's path. */
function filled(path: string, ids: readonly string[], model: string): string {
  let next = 0;
  return path.replace(/\{([^}]*)\}/g, (whole, name: string) =>
    name === "model" ? encodeURIComponent(model) : (ids[next++] ?? whole),
  );
}
