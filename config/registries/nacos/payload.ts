import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type Mapping, mapping } from "../../check-values.ts";

/** A message of Nacos' gRPC services (nacos_grpc_service.proto): a type's name, and its fields as JSON in a google.protobuf.Any. */
export interface Payload {
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Mapping;
}

/** The numbers of the fields of Payload, Metadata, Any and of a map's entries. */
const PAYLOAD = { metadata: 2, body: 3 };
const METADATA = { type: 3, headers: 7, clientIp: 8 };
const ANY = { value: 2 };
const ENTRY = { key: 1, value: 2 };

/** The binary form; `clientIp` is what the sender calls itself. */
export function encodePayload({ type, headers = {}, body }: Payload, clientIp = ""): Uint8Array {
  const metadata = new BinaryWriter();
  text(metadata, METADATA.type, type);
  for (const [key, value] of Object.entries(headers)) {
    const entry = new BinaryWriter();
    text(entry, ENTRY.key, key);
    text(entry, ENTRY.value, value);
    bytes(metadata, METADATA.headers, entry.finish());
  }
  text(metadata, METADATA.clientIp, clientIp);
  const any = new BinaryWriter();
  bytes(any, ANY.value, new TextEncoder().encode(JSON.stringify(body)));
  const payload = new BinaryWriter();
  bytes(payload, PAYLOAD.metadata, metadata.finish());
  bytes(payload, PAYLOAD.body, any.finish());
  return payload.finish();
}

/** Reads one; throws when it is none. */
export function decodePayload(message: Uint8Array): Payload {
  const { [PAYLOAD.metadata]: [metadata] = [], [PAYLOAD.body]: [any] = [] } = fieldsOf(message);
  const { [METADATA.type]: [type] = [], [METADATA.headers]: headers = [] } = fieldsOf(metadata);
  const { [ANY.value]: [json] = [] } = fieldsOf(any);
  return {
    type: textOf(type),
    headers: Object.fromEntries(headers.map(readEntry)),
    body: json === undefined || json.length === 0 ? {} : mapping(JSON.parse(textOf(json))),
  };
}

function readEntry(entry: Uint8Array): [string, string] {
  const { [ENTRY.key]: [key] = [], [ENTRY.value]: [value] = [] } = fieldsOf(entry);
  return [textOf(key), textOf(value)];
}

/** The fields that have a length, by number; others are left out. */
function fieldsOf(message: Uint8Array | undefined): Record<number, Uint8Array[]> {
  const fields: Record<number, Uint8Array[]> = {};
  const reader = new BinaryReader(message ?? new Uint8Array());
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (wire === WireType.LengthDelimited) (fields[number] ??= []).push(reader.bytes());
    else reader.skip(wire, number);
  }
  return fields;
}

function textOf(value: Uint8Array | undefined): string {
  return new TextDecoder().decode(value);
}

function text(writer: BinaryWriter, number: number, value: string): void {
  if (value !== "") writer.tag(number, WireType.LengthDelimited).string(value);
}

function bytes(writer: BinaryWriter, number: number, value: Uint8Array): void {
  writer.tag(number, WireType.LengthDelimited).bytes(value);
}
