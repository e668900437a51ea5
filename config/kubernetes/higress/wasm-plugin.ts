import type { ProviderDefinition } from "#src/core/provider.ts";
import { isMapping, type Mapping, mapping } from "../../check-values.ts";
import { formatPath, type Path } from "../../report.ts";
import type { Resource } from "../resource.ts";
import { secretValue } from "../secret.ts";
import type { Finding, Lookup, Piece, Translator, TranslatorOptions, Written } from "../translator.ts";
import { AI_PROXY, aiProxyEntry } from "./ai-proxy.ts";
import { insideRulesOf, rulesOf, type WrittenRule } from "./match-rules.ts";
import { pluginNameOf, withScheme } from "./plugin-image.ts";
import { fillTemplates, type TemplateScope } from "./templates.ts";

/** What WasmPlugins are read with. */
export interface WasmPluginParts {
  /** Names of the built-in plugins: one of theirs runs in place of an image or a file with its name. */
  readonly builtIns: ReadonlySet<string>;
  /** Types of providers, for ai-proxy. */
  readonly definitions: readonly ProviderDefinition[];
  /** An environment variable of the gateway, for `vmConfig`. */
  readonly hostVariable: (name: string) => string | undefined;
}

/** What plugins of Higress do that the gateway does by itself, and where that is told. */
const DONE_ANYWAY: Readonly<Record<string, string>> = {
  "ai-statistics":
    "tokens, times and models are in the access log and the metrics of every AI route: docs/operations.md",
};

/** `WasmPlugin` of extensions.higress.io, read in the system namespace alone. */
export function wasmPluginTranslator(parts: WasmPluginParts): Translator {
  return {
    kind: "extensions.higress.io/WasmPlugin",
    translate(resource, lookup, options) {
      if (resource.metadata.namespace !== options.systemNamespace) return NOTHING;
      const findings: Finding[] = [];
      const scope = { lookup, namespace: options.systemNamespace, findings };
      const spec = filledSpec(mapping(resource.spec), scope);
      const plugins = new WasmPluginReader(resource, spec, lookup, options, parts, findings).entries();
      return { plugins, findings };
    },
  };
}

/** A WasmPlugin's `spec` with its templates filled in. */
interface FilledSpec {
  /** All but `matchRules`. */
  readonly spec: Mapping;
  readonly rules: readonly WrittenRule[];
  /** Why it cannot be used: half of a configuration may let in whom the whole keeps out. */
  readonly broken: string | undefined;
}

function filledSpec({ matchRules, ...spec }: Mapping, scope: TemplateScope): FilledSpec {
  const filled = (value: unknown, path: Path): { readonly value: unknown; readonly broken: string | undefined } => {
    const findings: Finding[] = [];
    const found = fillTemplates(value, path, { ...scope, findings });
    scope.findings.push(...findings);
    return {
      value: found,
      broken: findings[0] === undefined ? undefined : `${findings[0].field} ${findings[0].message}`,
    };
  };
  const { value, broken } = filled(spec, ["spec"]);
  const isList = Array.isArray(matchRules);
  if (!isList && matchRules !== undefined && matchRules !== null) {
    scope.findings.push({ field: "spec.matchRules", message: "must be a list", severity: "error" });
    return { spec: mapping(value), rules: [], broken: "spec.matchRules must be a list" };
  }
  const list: readonly unknown[] = isList ? matchRules : [];
  const rules = list.map((written, index) => {
    const { value: rule, broken: lacking } = filled(written, ["spec", "matchRules", index]);
    return { rule, broken: lacking };
  });
  return { spec: mapping(value), rules, broken };
}

/** `config` and `rules`; a configuration of rules alone says nothing of everywhere else. */
function withInside({ _rules_: inside, ...config }: Mapping, rules: readonly Written[], namespace: string): Written {
  const all = rules.length > 0 ? rules : insideRulesOf(inside, namespace);
  const silent = all.length > 0 && Object.keys(config).length === 0;
  return { ...(silent ? {} : { config }), ...(all.length === 0 ? {} : { rules: all }) };
}

const NOTHING: Piece = { findings: [] };

class WasmPluginReader {
  readonly #resource: Resource;
  readonly #filled: FilledSpec;
  readonly #spec: Mapping;
  readonly #lookup: Lookup;
  readonly #options: TranslatorOptions;
  readonly #parts: WasmPluginParts;
  readonly #findings: Finding[];

  constructor(
    resource: Resource,
    filled: FilledSpec,
    lookup: Lookup,
    options: TranslatorOptions,
    parts: WasmPluginParts,
    findings: Finding[],
  ) {
    this.#resource = resource;
    this.#filled = filled;
    this.#spec = filled.spec;
    this.#lookup = lookup;
    this.#options = options;
    this.#parts = parts;
    this.#findings = findings;
  }

  /** The plugin's entry, if it is on anywhere. */
  entries(): readonly Written[] {
    const url = this.#spec["url"];
    if (typeof url !== "string" || url === "") {
      this.#complain(["spec", "url"], "is required", "as in oci://registry/plugins/key-auth:1.0.0");
      return [];
    }
    const configuration = this.#configuration();
    if (configuration === undefined) return [];
    const name = pluginNameOf(url) ?? "";
    const { name: id } = this.#resource.metadata;
    if (name === AI_PROXY) return [aiProxyEntry(id, configuration, this.#parts.definitions, this.#findings)];
    if (Object.hasOwn(DONE_ANYWAY, name)) {
      this.#warn(["spec", "url"], `is not run: ${DONE_ANYWAY[name]}`);
      return [];
    }
    const { broken } = this.#filled;
    const rest = { ...this.#place(), ...configuration, ...(broken === undefined ? {} : { broken }) };
    if (this.#parts.builtIns.has(name)) return [{ name, id, ...rest }];
    return [{ name: id, url: withScheme(url), ...this.#fetching(), ...rest, ...this.#vm() }];
  }

  /** `config` and `rules`; undefined: it is off everywhere. */
  #configuration(): Written | undefined {
    const { pluginConfig, defaultConfig, defaultConfigDisable } = this.#spec;
    const { rules: written, broken } = this.#filled;
    const { systemNamespace } = this.#options;
    if (isMapping(pluginConfig)) {
      if (written.length > 0)
        this.#warn(["spec", "matchRules"], "are ignored, as in Higress: spec.pluginConfig holds everywhere");
      return withInside(pluginConfig, [], systemNamespace);
    }
    const rules = rulesOf(written, systemNamespace, this.#findings);
    if (defaultConfigDisable === true) return rules.length === 0 && broken === undefined ? undefined : { rules };
    return withInside(mapping(defaultConfig), rules, systemNamespace);
  }

  /** What stands in the object wins over the plugin's own place; what is left out is left to it. */
  #place(): Written {
    const { phase, priority, failStrategy } = this.#spec;
    return {
      ...(typeof phase === "string" ? { phase } : {}),
      ...(priority === undefined || priority === null ? {} : { priority }),
      ...(typeof failStrategy === "string" ? { failStrategy } : {}),
    };
  }

  #fetching(): Written {
    const { sha256, imagePullPolicy, imagePullSecret, verificationKey } = this.#spec;
    if (typeof verificationKey === "string" && verificationKey !== "")
      this.#warn(["spec", "verificationKey"], "is not checked", "give the file's digest in spec.sha256");
    const pull = imagePullPolicy === "UNSPECIFIED_POLICY" ? undefined : imagePullPolicy;
    return {
      ...(typeof sha256 === "string" && sha256 !== "" ? { sha256 } : {}),
      ...(pull === undefined || pull === null ? {} : { pull }),
      ...(typeof imagePullSecret === "string" && imagePullSecret !== "" ? this.#credentials(imagePullSecret) : {}),
    };
  }

  #credentials(name: string): Written {
    const { namespace } = this.#resource.metadata;
    const secret = this.#lookup.get("/Secret", namespace, name);
    const dockerConfig = secret === undefined ? undefined : secretValue(secret, ".dockerconfigjson");
    if (dockerConfig !== undefined) return { credentials: { dockerConfig } };
    this.#complain(
      ["spec", "imagePullSecret"],
      secret === undefined
        ? `names Secret ${namespace}/${name}, which is not there`
        : `names Secret ${namespace}/${name}, which has no .dockerconfigjson`,
      "it has the type kubernetes.io/dockerconfigjson",
    );
    return {};
  }

  #vm(): Written {
    const { pluginName, vmConfig } = this.#spec;
    const environment = this.#environment(mapping(vmConfig)["env"]);
    const rootId = typeof pluginName === "string" && pluginName !== "" ? { rootId: pluginName } : {};
    const vm = { ...rootId, ...(Object.keys(environment).length === 0 ? {} : { environment }) };
    return Object.keys(vm).length === 0 ? {} : { vm };
  }

  #environment(written: unknown): Readonly<Record<string, string>> {
    const list: readonly unknown[] = Array.isArray(written) ? written : [];
    const variables = list.flatMap((item, index): [string, string][] => {
      const { name, valueFrom, value } = mapping(item);
      const path = ["spec", "vmConfig", "env", index];
      if (typeof name !== "string" || name === "") {
        this.#complain([...path, "name"], "is required", "it names the variable");
        return [];
      }
      if (valueFrom !== "HOST") return [[name, typeof value === "string" ? value : ""]];
      const found = this.#parts.hostVariable(name);
      if (found !== undefined) return [[name, found]];
      this.#warn(path, `wants the gateway's environment variable ${name}, which is not set`);
      return [];
    });
    return Object.fromEntries(variables);
  }

  #complain(path: Path, message: string, hint: string): void {
    this.#findings.push({ field: formatPath(path), message, hint, severity: "error" });
  }

  #warn(path: Path, message: string, hint?: string): void {
    const field = formatPath(path);
    this.#findings.push({ field, message, severity: "warning", ...(hint === undefined ? {} : { hint }) });
  }
}
