import { joined } from "#src/core/collect-bytes.ts";
import type { DiscoveryAnswer } from "./discovery-stream.ts";
import type { Entry, Protocol, Push } from "./push.ts";
import type { ResourceKind } from "./resource-types.ts";
import { writeBody, writeNonce } from "./wire.ts";

/** An answer as it was written, without what is one client's own. */
interface Body {
  readonly protocol: Protocol;
  readonly kind: ResourceKind;
  readonly version: string;
  readonly entries: readonly Entry[];
  readonly bytes: Uint8Array;
}

/** Answers of fewer resources are quicker written than looked for. */
const WORTH_KEEPING = 16;

/** How many answers are kept, and up to what size, in bytes. */
const MOST_KEPT = 8;
const MAX_KEPT_BYTES = 32 * 1024 * 1024;

/** Writes answers. Clients that come at once are sent the same: that is encoded once. */
export class AnswerWriter {
  #kept: readonly Body[] = [];

  write(protocol: Protocol, { kind, nonce, push }: DiscoveryAnswer): Uint8Array {
    const body =
      push.entries.length < WORTH_KEEPING ? writeBody(protocol, kind, push) : this.#body(protocol, kind, push);
    return joined([body, writeNonce(nonce)]);
  }

  /** There is something else to send now. */
  forget(): void {
    this.#kept = [];
  }

  /** Found by what is in it: each client has a list of its own. */
  #body(protocol: Protocol, kind: ResourceKind, { version, entries }: Push): Uint8Array {
    const known = this.#kept.find(
      (one) =>
        one.kind === kind && one.protocol === protocol && one.version === version && isSame(one.entries, entries),
    );
    if (known !== undefined) return known.bytes;
    const bytes = writeBody(protocol, kind, { version, entries });
    if (bytes.length <= MAX_KEPT_BYTES)
      this.#kept = [{ protocol, kind, version, entries, bytes }, ...this.#kept].slice(0, MOST_KEPT);
    return bytes;
  }
}

function isSame(known: readonly Entry[], entries: readonly Entry[]): boolean {
  return (
    known.length === entries.length &&
    known.every(({ name, resource, aliases }, index) => {
      const other = entries[index];
      return name === other?.name && resource === other.resource && aliases === other.aliases;
    })
  );
}
