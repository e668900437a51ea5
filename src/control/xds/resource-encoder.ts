import { joined } from "#src/core/collect-bytes.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { MessageError, type Messages } from "./messages.ts";
import type { ResourceKind, ResourceType } from "./resource-types.ts";

/** A repeated field whose elements are encoded apart: of a thousand virtual hosts one changes at a time. */
interface Parts {
  readonly names: readonly string[];
  readonly number: number;
  readonly message: string;
}

const PARTS: Readonly<Partial<Record<ResourceType, Parts>>> = {
  rds: { names: ["virtualHosts", "virtual_hosts"], number: 2, message: "envoy.config.route.v3.VirtualHost" },
};

/** Encodes resources; of large ones only the parts that are new objects. */
export class ResourceEncoder {
  readonly #messages: Messages;
  readonly #parts = new WeakMap<JsonObject, Uint8Array>();

  constructor(messages: Messages) {
    this.#messages = messages;
  }

  /** Throws a MessageError. */
  encode({ type, typeUrl, message }: ResourceKind, body: JsonObject): Uint8Array {
    const { "@type": stated, ...fields } = body;
    if (stated !== undefined && stated !== typeUrl) throw new MessageError("@type", `it is not ${typeUrl}`);
    const parts = PARTS[type];
    const name = parts?.names.find((one) => Array.isArray(fields[one]));
    if (parts === undefined || name === undefined) return this.#messages.encode(message, fields);
    const { [name]: elements, ...rest } = fields;
    const head = this.#messages.encode(message, rest);
    const list = Array.isArray(elements) ? elements : [];
    const encoded = list.map((element, index) => this.#part(parts, element, `${name}[${index}]`));
    return joined([head, ...encoded.flatMap((bytes) => [fieldHead(parts.number, bytes.length), bytes])]);
  }

  #part({ message }: Parts, element: Json, path: string): Uint8Array {
    const known = isObject(element) ? this.#parts.get(element) : undefined;
    if (known !== undefined) return known;
    try {
      const bytes = this.#messages.encode(message, element);
      if (isObject(element)) this.#parts.set(element, bytes);
      return bytes;
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      throw new MessageError(error.field === "" ? path : `${path}.${error.field}`, error.message);
    }
  }
}

/** What stands before an embedded message: its field's number and its length. */
function fieldHead(number: number, length: number): Uint8Array {
  const LENGTH_DELIMITED = 2;
  return Uint8Array.from([...varint((number << 3) | LENGTH_DELIMITED), ...varint(length)]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}
