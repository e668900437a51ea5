import { create, createFileRegistry, fromBinary, fromJson, toBinary } from "@bufbuild/protobuf";
import { AnySchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type Mapping, mapping } from "#config/check-values.ts";

/** Nacos' nacos_grpc_service.proto, read and written by the protobuf library: a second opinion on what the gateway writes itself. */
const FILE = {
  name: "nacos_grpc_service.proto",
  syntax: "proto3",
  dependency: ["google/protobuf/any.proto"],
  messageType: [
    {
      name: "Metadata",
      field: [
        { name: "type", jsonName: "type", number: 3, type: "TYPE_STRING", label: "LABEL_OPTIONAL" },
        { name: "clientIp", jsonName: "clientIp", number: 8, type: "TYPE_STRING", label: "LABEL_OPTIONAL" },
        {
          name: "headers",
          jsonName: "headers",
          number: 7,
          type: "TYPE_MESSAGE",
          typeName: ".Metadata.HeadersEntry",
          label: "LABEL_REPEATED",
        },
      ],
      nestedType: [
        {
          name: "HeadersEntry",
          options: { mapEntry: true },
          field: [
            { name: "key", jsonName: "key", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" },
            { name: "value", jsonName: "value", number: 2, type: "TYPE_STRING", label: "LABEL_OPTIONAL" },
          ],
        },
      ],
    },
    {
      name: "Payload",
      field: [
        {
          name: "metadata",
          jsonName: "metadata",
          number: 2,
          type: "TYPE_MESSAGE",
          typeName: ".Metadata",
          label: "LABEL_OPTIONAL",
        },
        {
          name: "body",
          jsonName: "body",
          number: 3,
          type: "TYPE_MESSAGE",
          typeName: ".google.protobuf.Any",
          label: "LABEL_OPTIONAL",
        },
      ],
    },
  ],
};

const REGISTRY = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [AnySchema.file.proto, fromJson(FileDescriptorSetSchema, { file: [FILE] }).file[0] ?? never()],
  }),
);

const PAYLOAD = REGISTRY.getMessage("Payload") ?? never();

function never(): never {
  throw new Error("the description has no Payload");
}

/** A message of Nacos' gRPC services. */
export interface NacosMessage {
  readonly type: string;
  readonly clientIp: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Mapping;
}

export function readMessage(bytes: Uint8Array): NacosMessage {
  const { metadata: written, body: any }: Mapping = mapping(fromBinary(PAYLOAD, bytes));
  const metadata = mapping(written);
  const value = mapping(any)["value"];
  return {
    type: String(metadata["type"]),
    clientIp: String(metadata["clientIp"]),
    headers: Object.fromEntries(Object.entries(mapping(metadata["headers"])).map(([key, text]) => [key, String(text)])),
    body: value instanceof Uint8Array ? mapping(JSON.parse(new TextDecoder().decode(value))) : {},
  };
}

export function writeMessage({ type, headers, body }: Pick<NacosMessage, "type" | "headers" | "body">): Uint8Array {
  const any = create(AnySchema, { value: new TextEncoder().encode(JSON.stringify(body)) });
  return toBinary(PAYLOAD, create(PAYLOAD, { metadata: { type, headers, clientIp: "10.1.1.1" }, body: any }));
}

/** What a server says. */
export function said(type: string, body: Mapping): NacosMessage {
  return { type, headers: {}, clientIp: "", body: { requestId: "1", module: "naming", ...body } };
}

/** A good answer. */
export function ok(type: string, body: Mapping): NacosMessage {
  return said(type, { resultCode: 200, errorCode: 0, success: true, ...body });
}

/** A bad one. */
export function no(errorCode: number, message: string): NacosMessage {
  return said("ErrorResponse", { resultCode: 500, errorCode, message, success: false });
}
