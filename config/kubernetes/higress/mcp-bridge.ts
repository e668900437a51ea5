import { entries, isMapping, type Mapping, mapping } from "../../check-values.ts";
import { checkValue } from "../../issues.ts";
import { registry, registryProxy } from "../../model/registries.ts";
import { formatPath, type Path } from "../../report.ts";
import { secretValue } from "../secret.ts";
import type { Finding, Lookup, Piece, Translator, Written } from "../translator.ts";
import { fillTemplates } from "./templates.ts";

/** `McpBridge` of networking.higress.io: the object `default` in the system namespace, the only one that Higress reads. */
export const mcpBridgeTranslator: Translator = {
  kind: "networking.higress.io/McpBridge",
  translate(resource, lookup, { systemNamespace: namespace }) {
    const { metadata } = resource;
    if (metadata.namespace !== namespace) return { findings: [] };
    if (metadata.name !== "default") return unread(namespace);
    const findings: Finding[] = [];
    const spec = mapping(fillTemplates(resource.spec, ["spec"], { lookup, namespace, findings }));
    const reader = new BridgeReader(lookup, namespace, findings);
    const proxies = reader.proxies(spec["proxies"]);
    const registries = reader.registries(spec["registries"], new Set(proxies.map(({ name }) => name)));
    return { registries, proxies, findings };
  },
};

function unread(namespace: string): Piece {
  const message = `is not read: only ${namespace}/default is`;
  return { findings: [{ field: "metadata.name", message, severity: "warning" }] };
}

/** Keys of a registry's Secret. */
const AUTH_KEYS = ["nacosUsername", "nacosPassword", "consulToken", "etcdUsername", "etcdPassword"];

/** Higress keeps these in nanoseconds, and takes no shorter ones than 10 s. */
const INTERVALS: ReadonlySet<string> = new Set(["nacosRefreshInterval", "consulRefreshInterval"]);
const LEAST_INTERVAL = 10_000;

class BridgeReader {
  readonly #lookup: Lookup;
  readonly #namespace: string;
  readonly #findings: Finding[];

  constructor(lookup: Lookup, namespace: string, findings: Finding[]) {
    this.#lookup = lookup;
    this.#namespace = namespace;
    this.#findings = findings;
  }

  registries(written: unknown, proxies: ReadonlySet<unknown>): readonly Written[] {
    const seen = new Set<string>();
    return entries(written).flatMap(([index, entry]) => {
      const path = ["spec", "registries", index];
      const { type, name, proxyName } = entry;
      const known = `${String(type)}/${String(name)}`;
      if (seen.has(known)) {
        this.#complain([...path, "name"], "is the name of another registry of this type", "the first one is used");
        return [];
      }
      seen.add(known);
      const usable = typeof proxyName !== "string" || proxyName === "" || this.#proxied(entry, proxies, path);
      const { proxyName: _, ...others } = entry;
      const read = this.#registry(usable ? entry : others, path);
      return this.#isGood(registry, read, path) ? [read] : [];
    });
  }

  proxies(written: unknown): readonly Written[] {
    return entries(written).flatMap(([index, entry]) => {
      const path = ["spec", "proxies", index];
      const { type = "HTTP", listenerPort: _, connectTimeout, ...others } = entry;
      if (typeof type !== "string" || type.toUpperCase() !== "HTTP") {
        this.#complain([...path, "type"], "is not known", "HTTP is the only one");
        return [];
      }
      const proxy = { ...others, ...(isSet(connectTimeout) ? { connectTimeout: Number(connectTimeout) } : {}) };
      return this.#isGood(registryProxy, proxy, path) ? [proxy] : [];
    });
  }

  #proxied({ type, proxyName }: Mapping, proxies: ReadonlySet<unknown>, path: Path): boolean {
    const field = formatPath([...path, "proxyName"]);
    const known = proxies.has(proxyName);
    if (type === "dns" && known) return true;
    const message = known ? "is only for registries of type dns" : "names no proxy of spec.proxies";
    this.#findings.push({ field, message, severity: known ? "warning" : "error" });
    return false;
  }

  #registry(entry: Mapping, path: Path): Written {
    const { authSecretName, metadata, ...written } = entry;
    const fields = Object.entries(written).filter(([, value]) => isSet(value));
    const auth = isSet(authSecretName) ? this.#auth(String(authSecretName), [...path, "authSecretName"]) : undefined;
    const wanted = isMapping(metadata) ? this.#metadata(metadata, [...path, "metadata"]) : {};
    return {
      ...Object.fromEntries(fields.flatMap(([key, value]) => this.#field(key, value))),
      ...(auth === undefined ? {} : { auth }),
      ...(Object.keys(wanted).length === 0 ? {} : { metadata: wanted }),
    };
  }

  #field(key: string, value: unknown): [string, unknown][] {
    if (!INTERVALS.has(key)) return [[key, value]];
    const nanoseconds = Number(value);
    if (!Number.isFinite(nanoseconds) || nanoseconds <= 0) return [];
    return [[key, Math.max(LEAST_INTERVAL, Math.round(nanoseconds / 1e6))]];
  }

  #auth(name: string, path: Path): Readonly<Record<string, string>> | undefined {
    const secret = this.#lookup.get("/Secret", this.#namespace, name);
    const label = `Secret ${this.#namespace}/${name}`;
    if (secret === undefined) {
      this.#complain(path, `names ${label}, which is not there`, "the registry is asked without credentials");
      return undefined;
    }
    const auth = AUTH_KEYS.flatMap((key): [string, string][] => {
      const value = secretValue(secret, key);
      return value === undefined ? [] : [[key, value]];
    });
    if (auth.length > 0) return Object.fromEntries(auth);
    this.#complain(path, `names ${label}, which has none of ${AUTH_KEYS.slice(0, 3).join(", ")}`, "add them to it");
    return undefined;
  }

  /** Pairs; Higress' deeper ones are for its own use of Nacos. */
  #metadata(written: Mapping, path: Path): Readonly<Record<string, string>> {
    const pairs = Object.entries(written).flatMap(([key, value]): [string, string][] => {
      if (typeof value === "string") return [[key, value]];
      this.#findings.push({ field: formatPath([...path, key]), message: "is no text: not used", severity: "warning" });
      return [];
    });
    return Object.fromEntries(pairs);
  }

  #isGood(schema: typeof registry | typeof registryProxy, value: Written, path: Path): boolean {
    const outcome = checkValue<unknown>(schema, value);
    if (!("problems" in outcome)) return true;
    for (const { path: place, message, hint } of outcome.problems) {
      const field = formatPath([...path, ...place]);
      this.#findings.push({ field, message, severity: "error", ...(hint === undefined ? {} : { hint }) });
    }
    return false;
  }

  #complain(path: Path, message: string, hint: string): void {
    this.#findings.push({ field: formatPath(path), message, hint, severity: "error" });
  }
}

/** The API server leaves empty fields in place of those that are not there. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
}
