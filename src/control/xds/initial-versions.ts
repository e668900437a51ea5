import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { joined } from "#src/core/collect-bytes.ts";

/** `DeltaDiscoveryRequest.initial_resource_versions`, and the fields of its entries. */
const VERSIONS = 5;
const ENTRY = { key: 1, value: 2 };

/**
 * Takes what a client says it has out of a DeltaDiscoveryRequest: that of one that comes back has ten thousand entries, which reading by
 * description takes ten times as long for. Throws when it is no message.
 */
export function takeVersions(request: Uint8Array): {
  readonly versions: ReadonlyMap<string, string>;
  readonly rest: Uint8Array;
} {
  const reader = new BinaryReader(request);
  const versions = new Map<string, string>();
  const rest: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const from = reader.pos;
    const [field, wireType] = reader.tag();
    if (field === VERSIONS && wireType === WireType.LengthDelimited) versions.set(...entryOf(reader.bytes()));
    else {
      reader.skip(wireType, field);
      rest.push(request.subarray(from, reader.pos));
    }
  }
  return { versions, rest: versions.size === 0 ? request : joined(rest) };
}

function entryOf(bytes: Uint8Array): [name: string, version: string] {
  const reader = new BinaryReader(bytes);
  let [name, version] = ["", ""];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === ENTRY.key) name = reader.string();
    else if (field === ENTRY.value) version = reader.string();
    else reader.skip(wireType, field);
  }
  return [name, version];
}
