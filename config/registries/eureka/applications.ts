import { entries, isMapping, type Mapping, mapping } from "../../check-values.ts";
import type { Instance } from "../instances.ts";

/** An answer of `/apps` or `/apps/delta`. */
export interface EurekaAnswer {
  readonly hashCode: string;
  readonly records: readonly EurekaRecord[];
}

/** An instance as Eureka knows it. */
export interface EurekaRecord {
  /** Of its application and itself: one is there once. */
  readonly key: string;
  readonly status: string;
  /** What has happened to it, in a delta. */
  readonly action: string;
  readonly instance: Instance;
}

/** Reads an answer's JSON, in which lists of one may be no lists. Throws an Error for what is none. */
export function readApplications(body: unknown): EurekaAnswer {
  const { applications } = mapping(body);
  if (!isMapping(applications)) throw new Error("its answer has no applications");
  const records = listOf(applications["application"]).flatMap((application) =>
    listOf(application["instance"]).map((instance) => recordOf(application, instance)),
  );
  return { hashCode: textOf(applications["apps__hashcode"]), records };
}

/** Applies a delta. */
export function withDelta(
  known: ReadonlyMap<string, EurekaRecord>,
  delta: readonly EurekaRecord[],
): ReadonlyMap<string, EurekaRecord> {
  const all = new Map(known);
  for (const record of delta) {
    if (record.action === "DELETED") all.delete(record.key);
    else all.set(record.key, record);
  }
  return all;
}

/** Eureka's own figure of what is known: how many instances have each status, as `DOWN_1_UP_4_`. */
export function hashCodeOf(records: Iterable<EurekaRecord>): string {
  const counts = new Map<string, number>();
  for (const { status } of records) counts.set(status, (counts.get(status) ?? 0) + 1);
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return sorted.map(([status, count]) => `${status}_${count}_`).join("");
}

function recordOf(application: Mapping, written: Mapping): EurekaRecord {
  const app = textOf(application["name"]) || textOf(written["app"]);
  const host = textOf(written["ipAddr"]) || textOf(written["hostName"]);
  const { port, tls } = portOf(written);
  const metadata = metadataOf(written["metadata"]);
  const protocol = metadata["protocol"] || (tls ? "https" : undefined);
  const id = textOf(written["instanceId"]) || `${host}:${port}`;
  const instance = {
    service: `${app}.eureka`,
    host,
    port,
    metadata,
    ...(protocol === undefined ? {} : { protocol }),
  };
  return { key: `${app}/${id}`, status: textOf(written["status"]), action: textOf(written["actionType"]), instance };
}

/** The plain port, unless only the one with TLS is open. */
function portOf(written: Mapping): { readonly port: number; readonly tls: boolean } {
  const [plain, secure] = [mapping(written["port"]), mapping(written["securePort"])];
  const tls = !isOpen(plain) && isOpen(secure);
  return { port: Number((tls ? secure : plain)["$"]), tls };
}

function isOpen({ "@enabled": enabled }: Mapping): boolean {
  return enabled === true || enabled === "true";
}

function metadataOf(written: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(mapping(written)).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && entry[0] !== "@class",
  );
  return Object.fromEntries(texts);
}

function listOf(value: unknown): readonly Mapping[] {
  return isMapping(value) ? [value] : entries(value).map(([, item]) => item);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
