import type { Rest } from "../core/chat.ts";
import type { JsonObject } from "../core/json.ts";
import type { Loss, ProtocolName } from "../core/protocol.ts";

/** Collects what a conversion to one protocol lost, each field once. */
export class Losses {
  readonly list: Loss[] = [];
  private readonly protocol: ProtocolName;

  constructor(protocol: ProtocolName) {
    this.protocol = protocol;
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
    for (const key of Object.keys(rest.fields)) {
      if (rest.fields[key] !== null) this.dropped(path === "" ? key : `${path}.${key}`);
    }
    return undefined;
  }

  private add(kind: Loss["kind"], field: string, detail: string | undefined): void {
    if (this.list.some((loss) => loss.field === field)) return;
    this.list.push(detail === undefined ? { field, kind } : { field, kind, detail });
  }
}
