import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { z } from "zod";
import { isObject, type JsonObject } from "#src/core/json.ts";
import type { DiscoveryRequest } from "./discovery-stream.ts";
import { takeVersions } from "./initial-versions.ts";
import type { Messages } from "./messages.ts";
import type { XdsNode } from "./node.ts";
import type { Entry, Protocol, Push } from "./push.ts";
import type { ResourceKind } from "./resource-types.ts";
import type { XdsResource } from "./snapshot.ts";

/** A request as it came, and who sent it; only the first one on a stream has to say that. */
export interface ReceivedRequest extends DiscoveryRequest {
  readonly node: XdsNode | undefined;
}

const MESSAGES: Readonly<Record<Protocol, string>> = {
  sotw: "envoy.service.discovery.v3.DiscoveryRequest",
  delta: "envoy.service.discovery.v3.DeltaDiscoveryRequest",
};

/** The numbers of the fields of DiscoveryResponse, DeltaDiscoveryResponse, Resource and Any. */
const RESPONSE = { version: 1, resources: 2, typeUrl: 4, nonce: 5, removed: 6 };
const RESOURCE = { version: 1, resource: 2, name: 3, aliases: 4 };
const ANY = { typeUrl: 1, value: 2 };

const version = z.object({ majorNumber: z.number(), minorNumber: z.number(), patch: z.number() });

const node = z.object({
  id: z.string(),
  cluster: z.string(),
  metadata: z.custom<JsonObject>((value) => value === undefined || isObject(value)).optional(),
  userAgentName: z.string(),
  userAgentVersionType: z
    .union([
      z.object({ case: z.literal("userAgentVersion"), value: z.string() }),
      z.object({ case: z.literal("userAgentBuildVersion"), value: z.object({ version: version.optional() }) }),
      z.object({ case: z.undefined() }),
    ])
    .optional(),
  locality: z.object({ zone: z.string() }).optional(),
});

/** What is read of a request, with protobuf's defaults for what is not in it. Fields of the other protocol are empty. */
const request = z.object({
  node: node.optional(),
  typeUrl: z.string(),
  responseNonce: z.string(),
  errorDetail: z.object({ message: z.string() }).optional(),
  versionInfo: z.string().default(""),
  resourceNames: z.array(z.string()).default([]),
  resourceNamesSubscribe: z.array(z.string()).default([]),
  resourceNamesUnsubscribe: z.array(z.string()).default([]),
});

/** Refusals come from clients and are kept: a long one is cut. */
const MAX_ERROR_LENGTH = 4096;

const NO_VERSIONS: ReadonlyMap<string, string> = new Map();

/** Reads a request; throws when it is none. */
export function readRequest(messages: Messages, protocol: Protocol, bytes: Uint8Array): ReceivedRequest {
  const { versions, rest } = protocol === "delta" ? takeVersions(bytes) : { versions: NO_VERSIONS, rest: bytes };
  const read = request.parse(messages.read(MESSAGES[protocol], rest));
  return {
    node: read.node === undefined ? undefined : readNode(read.node),
    typeUrl: read.typeUrl,
    nonce: read.responseNonce,
    error: read.errorDetail?.message.slice(0, MAX_ERROR_LENGTH),
    version: read.versionInfo,
    names: read.resourceNames,
    subscribe: read.resourceNamesSubscribe,
    unsubscribe: read.resourceNamesUnsubscribe,
    versions,
  };
}

function readNode(read: z.infer<typeof node>): XdsNode {
  return {
    id: read.id,
    cluster: read.cluster,
    metadata: read.metadata ?? {},
    agent: [read.userAgentName, agentVersion(read.userAgentVersionType)].filter((part) => part !== "").join(" "),
    zone: read.locality?.zone ?? "",
  };
}

function agentVersion(told: z.infer<typeof node>["userAgentVersionType"]): string {
  if (told?.case === "userAgentVersion") return told.value;
  const build = told?.case === "userAgentBuildVersion" ? told.value.version : undefined;
  return build === undefined ? "" : `${build.majorNumber}.${build.minorNumber}.${build.patch}`;
}

/** Writes an answer but for its nonce, which is one client's own. */
export function writeBody(protocol: Protocol, kind: ResourceKind, push: Pick<Push, "version" | "entries">): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(RESPONSE.version, WireType.LengthDelimited).string(push.version);
  for (const entry of push.entries) {
    if (isRemoval(entry)) writer.tag(RESPONSE.removed, WireType.LengthDelimited).string(entry.name);
    else writer.tag(RESPONSE.resources, WireType.LengthDelimited).bytes(entryBytes(protocol, kind.typeUrl, entry));
  }
  writer.tag(RESPONSE.typeUrl, WireType.LengthDelimited).string(kind.typeUrl);
  return writer.finish();
}

/** What makes a body an answer. */
export function writeNonce(nonce: string): Uint8Array {
  return new BinaryWriter().tag(RESPONSE.nonce, WireType.LengthDelimited).string(nonce).finish();
}

function isRemoval({ resource, aliases }: Entry): boolean {
  return resource === undefined && aliases === undefined;
}

function entryBytes(protocol: Protocol, typeUrl: string, { name, resource, aliases }: Entry): Uint8Array {
  return protocol === "sotw" && resource !== undefined
    ? anyBytes(typeUrl, resource.bytes)
    : resourceBytes(typeUrl, name, resource, aliases);
}

function resourceBytes(
  typeUrl: string,
  name: string,
  resource: XdsResource | undefined,
  aliases: readonly string[] = [],
): Uint8Array {
  const writer = new BinaryWriter();
  if (resource !== undefined) {
    writer.tag(RESOURCE.version, WireType.LengthDelimited).string(resource.version);
    writer.tag(RESOURCE.resource, WireType.LengthDelimited).bytes(anyBytes(typeUrl, resource.bytes));
  }
  writer.tag(RESOURCE.name, WireType.LengthDelimited).string(name);
  for (const alias of aliases) writer.tag(RESOURCE.aliases, WireType.LengthDelimited).string(alias);
  return writer.finish();
}

function anyBytes(typeUrl: string, value: Uint8Array): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(ANY.typeUrl, WireType.LengthDelimited).string(typeUrl);
  writer.tag(ANY.value, WireType.LengthDelimited).bytes(value);
  return writer.finish();
}
