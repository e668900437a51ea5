import type { Rest } from "../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import type { Loss, ProtocolName } from "../core/protocol.ts";

/** Fields that only group others, some of which have a canonical form: what is left in them is told one by one. */
const GROUPS: ReadonlySet<string> = new Set([
  "generationConfig",
  "thinkingConfig",
  "toolConfig",
  "functionCallingConfig",
  "output_config",
  "reasoning",
  "text",
]);

/** Collects what a conversion to one protocol lost, each field once. */
export class Losses {
  readonly list: Loss[] = [];
  private readonly protocol: ProtocolName;
  private readonly saysNothing: (field: string, value: Json) => boolean;

  /** `saysNothing` tells which fields of a `rest` nobody misses; without it, those that are null. */
  constructor(protocol: ProtocolName, saysNothing = (_field: string, value: Json): boolean => value === null) {
    this.protocol = protocol;
    this.saysNothing = saysNothing;
  }

  dropped(field: string, detail?: string): void {
    this.add("dropped", field, detail);
  }

  approximated(field: string, detail?: string): void {
    this.add("approximated", field, detail);
  }

  /** The fields of `rest` when the target protocol is its own; else undefined, and each field that says something is lost under `path`. */
  rest(rest: Rest | undefined, path: string): JsonObject | undefined {
    if (rest === undefined) return undefined;
    if (rest.protocol === this.protocol) return rest.fields;
    this.dropEach(rest.fields, path === "" ? "" : `${path}.`);
    return undefined;
  }

  private dropEach(fields: JsonObject, prefix: string): void {
    for (const key of Object.keys(fields)) {
      const value = fields[key] as Json;
      if (GROUPS.has(key) && isObject(value)) this.dropEach(value, `${prefix}${key}.`);
      else if (!this.saysNothing(key, value)) this.dropped(prefix + key);
    }
  }

  /**
   * The fields of `rest` that came with a thought, when the target protocol is its own. Another vendor's (an id, a format) mean nothing
   * without its seal, and are no loss.
   */
  restOfThought(rest: Rest | undefined): JsonObject | undefined {
    return rest?.protocol === this.protocol ? rest.fields : undefined;
  }

  private add(kind: Loss["kind"], field: string, detail: string | undefined): void {
    if (this.list.some((loss) => loss.field === field)) return;
    this.list.push(detail === undefined ? { field, kind } : { field, kind, detail });
  }
}
