import { readFile } from "node:fs/promises";
import {
  create,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  fromJson,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { Json, JsonObject } from "#src/core/json.ts";
import { faultyField } from "./faulty-field.ts";

/** Written by `scripts/xds-descriptors.ts`. */
const DESCRIPTORS = new URL("messages.binpb", import.meta.url);

/** What is wrong with a message that cannot be encoded. */
export class MessageError extends Error {
  /** As `virtual_hosts[3].routes[0].match.prefix`; empty when the message itself is wrong. */
  readonly field: string;

  constructor(field: string, reason: string) {
    super(reason);
    this.name = "MessageError";
    this.field = field;
  }
}

/** Envoy's messages, known by their full names and written in proto3's JSON form, as Envoy's documentation shows them. */
export class Messages {
  readonly registry: FileRegistry;

  constructor(registry: FileRegistry) {
    this.registry = registry;
  }

  /** The message's description; throws when there is none of that name. */
  describe(message: string): DescMessage {
    const found = this.registry.getMessage(message);
    if (found === undefined) throw new MessageError("", `there is no message ${message}`);
    return found;
  }

  /** The binary form. Throws a MessageError that names the field for what is unknown or has a wrong type. */
  encode(message: string, json: Json): Uint8Array {
    const description = this.describe(message);
    try {
      return toBinary(description, fromJson(description, json, { registry: this.registry }));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new MessageError(faultyField(this.registry, description, json), reason);
    }
  }

  /** The JSON form of what `encode` or a client has written. */
  toJson(message: string, bytes: Uint8Array): JsonObject {
    const description = this.describe(message);
    const json = toJson(description, fromBinary(description, bytes), { registry: this.registry });
    return typeof json === "object" && json !== null && !Array.isArray(json) ? json : { value: json };
  }

  /** A message as it came over the wire; fields have proto3's JSON names. */
  read(message: string, bytes: Uint8Array): MessageShape<DescMessage> {
    return fromBinary(this.describe(message), bytes);
  }

  write(message: string, fields: MessageInitShape<DescMessage>): Uint8Array {
    const description = this.describe(message);
    return toBinary(description, create(description, fields));
  }
}

let loaded: Promise<Messages> | undefined;

/** Reads the descriptions once; takes some 30 ms, so only who needs them calls it. */
export function loadMessages(): Promise<Messages> {
  loaded ??= readFile(DESCRIPTORS).then(
    (bytes) => new Messages(createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes))),
  );
  return loaded;
}
