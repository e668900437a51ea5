import process from "node:process";
import type { Config, KubernetesSettings } from "#config/model.ts";
import type { ResourceFinding } from "#config/kubernetes/checked-entries.ts";
import { KubernetesConfig, type KubernetesResult } from "#config/kubernetes/kubernetes-config.ts";
import { labelOf } from "#config/kubernetes/resource.ts";
import { entryName } from "#config/kubernetes/merge.ts";
import type { ResourceSet } from "#config/kubernetes/resource-set.ts";
import type { Translated } from "#config/kubernetes/translation.ts";
import type { ObjectName, TranslatorOptions } from "#config/kubernetes/translator.ts";
import { knownKinds } from "#config/kubernetes/translators.ts";
import type { ResourceSource } from "#config/sources/resource-source.ts";
import type { CertificateSecrets } from "../control/acme/secret-storage.ts";
import type { ResourceReport } from "../control/resource-report.ts";
import type { Log } from "../core/log.ts";
import type { Registry } from "../registry.ts";
import type { PluginFailure } from "../traffic/snapshot.ts";
import { certificateSecrets } from "./certificate-secrets.ts";

type Reported = ResourceReport["resources"][number]["findings"][number];

/** Puts what Kubernetes objects come to over the configuration's file, and says what is wrong with them. */
export class ResourceLayer {
  readonly #set: ResourceSet;
  readonly #sources: readonly ResourceSource[];
  readonly #registry: Registry;
  readonly #log: Log;
  /** For the options it was made with. */
  #engine: { readonly key: string; readonly config: KubernetesConfig } | undefined;
  #last: KubernetesResult | undefined;
  #told: ReadonlySet<string> = new Set();

  constructor(set: ResourceSet, sources: readonly ResourceSource[], registry: Registry, log: Log) {
    this.#set = set;
    this.#sources = sources;
    this.#registry = registry;
    this.#log = log;
  }

  /** Resolves when all objects are there; `changed` is called from then on. Rejects when a source cannot be read at all. */
  async open(changed: () => void): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.open(changed)));
  }

  /** The configuration with what the objects come to now. */
  over(base: Config): Config {
    const result = this.#engineFor(base).update(base);
    this.#last = result;
    this.#tell(result.findings);
    for (const { resource, piece } of result.translated) {
      if (piece.status === undefined) continue;
      for (const source of this.#sources) source.writeStatus?.(resource, piece.status);
    }
    return result.config;
  }

  /** Where the objects' certificates are kept that are got by ACME. */
  get certificateSecrets(): CertificateSecrets {
    const placeOf = (name: string): ObjectName | undefined => this.#last?.auto.find((one) => one.name === name)?.secret;
    const keeper = this.#sources.map(({ certificates }) => certificates).find((one) => one !== undefined);
    return certificateSecrets(this.#set, placeOf, keeper);
  }

  /** What the objects came to, and what cannot be read; with plugins that could not be set to work. */
  report(failures: readonly PluginFailure[]): ResourceReport {
    const { translated = [], findings = [] } = this.#last ?? {};
    const byResource = Map.groupBy(findings, ({ resource }) => resource);
    const resources = translated.map((one) => reportOf(one, byResource.get(one.resource) ?? [], failures));
    return { unread: this.unread, resources };
  }

  /** What cannot be read. */
  get unread(): ResourceReport["unread"] {
    return this.#sources.flatMap((source) => source.problems);
  }

  /** The object that a route was made of. */
  originOf(route: string): ResourceReport["resources"][number] | undefined {
    const { translated = [], findings = [] } = this.#last ?? {};
    const made = translated.find(({ piece: { routes = [] } }) => routes.some(({ name }) => name === route));
    if (made === undefined) return undefined;
    const own = findings.filter(({ resource }) => resource === made.resource);
    return reportOf(made, own);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
  }

  #engineFor(base: Config): KubernetesConfig {
    const options = translatorOptions(base);
    const key = JSON.stringify([options, base.listeners.map(({ name, port }) => [name, port])]);
    if (this.#engine?.key !== key) {
      const { providers: definitions, plugins } = this.#registry;
      const kinds = knownKinds({ plugins, definitions, env: process.env });
      const parts = { ...kinds, options, definitions, plugins, mcp: this.#registry };
      this.#engine = { key, config: new KubernetesConfig(this.#set, parts) };
    }
    return this.#engine.config;
  }

  /** Each thing once, for as long as it lasts. */
  #tell(findings: readonly ResourceFinding[]): void {
    const now = new Set<string>();
    for (const finding of findings) {
      const { resource, field, message, hint, severity } = finding;
      const key = JSON.stringify([labelOf(resource), field, message]);
      now.add(key);
      if (this.#told.has(key)) continue;
      const fields = { resource: labelOf(resource), field, problem: message, hint };
      if (severity === "error") this.#log.error("A part of a resource is not used.", fields);
      else this.#log.warn("A resource has something that does nothing here.", fields);
    }
    for (const { place, message } of this.unread) {
      const key = JSON.stringify([place, message]);
      now.add(key);
      if (!this.#told.has(key)) this.#log.error("Resources cannot be read.", { place, problem: message });
    }
    this.#told = now;
  }
}

function reportOf(
  { resource, piece: { plugins = [], status } }: Translated,
  findings: readonly ResourceFinding[],
  failures: readonly PluginFailure[] = [],
): ResourceReport["resources"][number] {
  const ids = new Set(plugins.map((written) => entryName("plugins", written)));
  const failed = failures.filter(({ id }) => ids.has(id)).map(({ why }) => notWorking(why));
  const named = { resource: labelOf(resource), findings: [...findings.map(findingOf), ...failed] };
  return status === undefined ? named : Object.assign(named, { status });
}

function notWorking(why: string): Reported {
  return { field: "spec", message: `cannot be set to work: ${why}`, severity: "error" };
}

function findingOf({ field, message, hint, severity }: ResourceFinding): Reported {
  return { field, message, severity, ...(hint === undefined ? {} : { hint }) };
}

/** What the listeners of the file and its `kubernetes` mean for the translators. */
export function translatorOptions({ listeners, kubernetes }: Config): TranslatorOptions {
  const clients = listeners.filter(({ behindEnvoy }) => behindEnvoy !== true);
  const plain = clients.find(({ tls }) => tls === undefined)?.name ?? clients[0]?.name ?? "";
  const secure = clients.find(({ tls }) => tls !== undefined)?.name;
  const { ingressClass, controllerName, systemNamespace, addresses } = kubernetes;
  return {
    httpListener: plain,
    httpsListener: secure,
    listenerOf: (port) => listenerOf(port, listeners, kubernetes, { 80: plain, 443: secure }),
    ingressClass,
    controllerName,
    systemNamespace,
    addresses,
  };
}

/** The listener that `ports` names, or that has this port, or that stands for the well-known ones. */
function listenerOf(
  port: number,
  listeners: Config["listeners"],
  { ports }: KubernetesSettings,
  wellKnown: Readonly<Record<number, string | undefined>>,
): string | undefined {
  const meant = ports[port] ?? port;
  return listeners.find((one) => one.port === meant)?.name ?? wellKnown[port];
}
