/**
 * Writes `src/control/xds/messages.binpb`: descriptions of Envoy's messages, cut down to what the control module can send and read.
 *
 *     bun scripts/xds-descriptors.ts
 *
 * The .proto files are those of the npm package @grpc/grpc-js-xds, a development dependency; they are compiled by buf, which is fetched
 * for this run alone, because it is large and the set changes rarely. The same files give the same bytes.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
  file_google_protobuf_wrappers as WRAPPERS,
} from "@bufbuild/protobuf/wkt";
import { ROOTS } from "./xds-roots.ts";

const BUF = "@bufbuild/buf@1.75.0";
const ROOT = join(import.meta.dir, "..");
const DEPS = join(ROOT, "node_modules/@grpc/grpc-js-xds/deps");
const SOURCES = ["envoy-api", "xds", "googleapis", "protoc-gen-validate"].map((name) => join(DEPS, name));
const TARGET = join(ROOT, "src/control/xds/messages.binpb");

/** What Envoy's files import and the package does not bring: nothing of it is used by the messages that are kept. */
const MISSING: Readonly<Record<string, string>> = {
  "opencensus/proto/trace/v1/trace_config.proto":
    'syntax = "proto3"; package opencensus.proto.trace.v1; message TraceConfig {}',
  "opentelemetry/proto/common/v1/common.proto":
    'syntax = "proto3"; package opentelemetry.proto.common.v1; message KeyValueList {} message AnyValue {} message KeyValue {}',
};

/** The numbers of the field options `udpa.annotations.sensitive` and `xds.annotations.v3.sensitive`. */
const UDPA_SENSITIVE = 76_569_463;
const XDS_SENSITIVE = 61_008_053;

/** Options only: they are cut off, so that nothing needs these files. */
const ANNOTATIONS =
  /^(validate|udpa\/annotations|xds\/annotations|envoy\/annotations|google\/api\/(annotations|http|field_behavior))\b/;

/** Copies the files that declare the roots and all they import. */
function collect(folder: string): void {
  const seen = new Set<string>();
  const queue = [...ROOTS];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path) || path.startsWith("google/protobuf/")) continue;
    seen.add(path);
    const text = sourceOf(path);
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    for (const [, imported] of text.matchAll(/^import\s+(?:public\s+)?"([^"]+)"/gm))
      if (imported !== undefined) queue.push(imported);
  }
}

function sourceOf(path: string): string {
  const found = SOURCES.map((source) => join(source, path)).find((file) => existsSync(file));
  const text = found === undefined ? MISSING[path] : readFileSync(found, "utf8");
  if (text === undefined) throw new Error(`${path} is not in ${DEPS}.`);
  // The package's validation rules are older than Envoy's use of them.
  return path === "validate/validate.proto"
    ? text.replace("message StringRules {", "message StringRules { optional bool ignore_empty = 26;")
    : text;
}

/** Full names of a file's messages and services. */
function declaredIn(path: string): string[] {
  const text = sourceOf(path);
  const scope = /^package\s+([\w.]+);/m.exec(text)?.[1] ?? "";
  return [...text.matchAll(/^(?:message|service)\s+(\w+)/gm)].map(([, name]) => `${scope}.${name}`);
}

function build(folder: string): Uint8Array {
  const image = join(folder, "image.binpb");
  const types = ROOTS.flatMap(declaredIn).map((name) => `--type=${name}`);
  const command = [
    process.execPath,
    "x",
    BUF,
    "build",
    folder,
    ...types,
    "--as-file-descriptor-set",
    "--exclude-source-info",
    "-o",
    image,
  ];
  const { exitCode, stderr } = Bun.spawnSync(command, { stdout: "ignore", stderr: "pipe" });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return readFileSync(image);
}

/** Envoy's mark of a secret becomes protobuf's own. */
function isSensitive({ options }: FieldDescriptorProto): boolean {
  return options?.$unknown?.some(({ no }) => no === UDPA_SENSITIVE || no === XDS_SENSITIVE) === true;
}

/** Of a message's options only the one that tells a map from a list of messages is of use. */
function stripMessage(message: DescriptorProto): void {
  if (message.options?.mapEntry === true) message.options = { ...message.options, $unknown: [] };
  else delete message.options;
  message.reservedName = [];
  message.reservedRange = [];
  message.extension = [];
  for (const field of message.field) {
    if (isSensitive(field)) field.options = create(FieldOptionsSchema, { debugRedact: true });
    else delete field.options;
  }
  for (const oneof of message.oneofDecl) delete oneof.options;
  message.nestedType.forEach(stripMessage);
  message.enumType.forEach(stripEnum);
}

function stripEnum(one: EnumDescriptorProto): void {
  delete one.options;
  one.reservedName = [];
  one.reservedRange = [];
  for (const value of one.value) delete value.options;
}

function stripFile(file: FileDescriptorProto): void {
  delete file.options;
  file.extension = [];
  const kept = file.dependency.filter((path) => !ANNOTATIONS.test(path));
  file.publicDependency = file.publicDependency.map((index) => kept.indexOf(file.dependency[index] ?? ""));
  file.weakDependency = [];
  file.dependency = kept;
  file.messageType.forEach(stripMessage);
  file.enumType.forEach(stripEnum);
  for (const service of file.service) {
    delete service.options;
    for (const method of service.method) delete method.options;
  }
}

const folder = mkdtempSync(join(tmpdir(), "sluice-xds-"));
try {
  collect(folder);
  const set = fromBinary(FileDescriptorSetSchema, build(folder));
  set.file = set.file.filter(({ name }) => !ANNOTATIONS.test(name) && name !== "google/protobuf/descriptor.proto");
  // Whole, since a StringValue stands in an Any, where nothing names it: the configuration of proxy-wasm modules.
  set.file = set.file.map((file) => (file.name === WRAPPERS.proto.name ? WRAPPERS.proto : file));
  set.file.forEach(stripFile);
  const bytes = toBinary(FileDescriptorSetSchema, set);
  writeFileSync(TARGET, bytes);
  console.log(`${TARGET}: ${set.file.length} files, ${bytes.length} bytes`);
} finally {
  rmSync(folder, { recursive: true });
}
