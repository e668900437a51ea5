import { LineCounter, parseDocument } from "yaml";
import { isMapping, type Mapping } from "../check-values.ts";
import { type KindName, kindNameOf, type Resource, type ResourceMetadata } from "./resource.ts";

/** Something in a text that is no object, or none that can be used. */
export interface UnreadResource {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** What a text of YAML or JSON documents holds. */
export interface ReadResources {
  readonly resources: readonly Resource[];
  readonly problems: readonly UnreadResource[];
}

/** Kinds that belong to no namespace. */
const CLUSTER_KINDS: ReadonlySet<KindName> = new Set<KindName>([
  "/Namespace",
  "networking.k8s.io/IngressClass",
  "gateway.networking.k8s.io/GatewayClass",
]);

/** One document of a text, and what it came to: a text that changed in one place is read anew in that place alone. */
interface ReadDocument {
  readonly resources: readonly Resource[];
  /** Lines from the document's own first one. */
  readonly problems: readonly UnreadResource[];
}

/** Reads texts of documents, and remembers those of the text read last under the same name. Never throws. */
export class ResourceReader {
  readonly #known = new Map<string, ReadonlyMap<string, ReadDocument>>();

  /** An object whose document is as it was before is the same object again. */
  read(name: string, text: string): ReadResources {
    const before = this.#known.get(name);
    const now = new Map<string, ReadDocument>();
    const resources: Resource[] = [];
    const problems: UnreadResource[] = [];
    for (const { line, text: document } of documentsOf(text)) {
      const read = now.get(document) ?? before?.get(document) ?? readDocument(document);
      now.set(document, read);
      resources.push(...read.resources);
      for (const problem of read.problems) problems.push({ ...problem, line: problem.line + line - 1 });
    }
    this.#known.set(name, now);
    return { resources, problems };
  }

  forget(name: string): void {
    this.#known.delete(name);
  }
}

/** The documents of a text, each with its first line's number. A line that begins with `---` is a border wherever it stands (YAML 1.2.2, 9.1.2). */
function documentsOf(text: string): { readonly line: number; readonly text: string }[] {
  let line = 1;
  return text.split(/^---(?=\s|$)/m).map((part) => {
    // What follows the border is on the next line, mostly.
    const own = part.startsWith("\n") ? part.slice(1) : part;
    const document = { line: own === part ? line : line + 1, text: own };
    line += part.split("\n").length - 1;
    return document;
  });
}

function readDocument(text: string): ReadDocument {
  const json = jsonOf(text);
  if (json !== undefined) return readValue(json);
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
    const [error] = document.errors;
    if (error !== undefined) return unread(lines.linePos(error.pos[0]).line, `is no YAML: ${error.message}`);
    return readValue(document.toJS({ maxAliasCount: 1000 }));
  } catch (error) {
    return unread(1, `is no YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** JSON is YAML, and is read some fifty times as fast as such; undefined for what is none. */
function jsonOf(text: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unread(line: number, message: string): ReadDocument {
  return { resources: [], problems: [{ line, message }] };
}

/** Reads a document's value: an object, a list of such, or nothing. */
function readValue(value: unknown): ReadDocument {
  if (value === null || value === undefined) return { resources: [], problems: [] };
  if (!isMapping(value)) return unread(1, "is no object: it needs apiVersion, kind and metadata");
  const { kind, items } = value;
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)) {
    const read = items.map(readValue);
    return { resources: read.flatMap((one) => one.resources), problems: read.flatMap((one) => one.problems) };
  }
  const resource = resourceOf(value);
  return typeof resource === "string" ? unread(1, resource) : { resources: [resource], problems: [] };
}

/** An object with all of its metadata, or why it is none. */
export function resourceOf(value: Mapping): Resource | string {
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return "is no object: it needs apiVersion and kind";
  if (!isMapping(metadata) || typeof metadata["name"] !== "string") return `is a ${kind} without metadata.name`;
  const inNamespace = !CLUSTER_KINDS.has(kindNameOf({ apiVersion, kind }));
  return { ...value, apiVersion, kind, metadata: metadataOf(metadata, metadata["name"], inNamespace) };
}

function metadataOf(metadata: Mapping, name: string, inNamespace: boolean): ResourceMetadata {
  const { namespace, labels, annotations, creationTimestamp, generation, resourceVersion, uid } = metadata;
  return {
    name,
    namespace: inNamespace ? (textOf(namespace) ?? "default") : "",
    labels: textsOf(labels),
    annotations: textsOf(annotations),
    creationTimestamp: textOf(creationTimestamp) ?? "",
    ...(typeof generation === "number" ? { generation } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
    ...(typeof uid === "string" ? { uid } : {}),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Labels and annotations are texts, but YAML reads `"true"` without its quotes as a truth value, and people forget them. */
function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isMapping(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]): [string, string][] =>
      ["string", "number", "boolean"].includes(typeof one) ? [[key, String(one)]] : [],
    ),
  );
}
