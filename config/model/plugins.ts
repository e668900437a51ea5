import { z } from "zod";
import { FAIL_STRATEGIES, type FailStrategy, PHASES, type PluginPhase } from "#src/core/plugin.ts";
import { duration, flag, integer, name, size, text } from "#src/core/settings/scalars.ts";
import { list, makes, table, word } from "#src/core/settings/shapes.ts";

/** A mapping that is somebody else's to check. */
export type Opaque = Readonly<Record<string, unknown>>;

/** Where a plugin is configured differently; see {@link RulePlace} for how its keys go together. */
export interface PluginRule {
  readonly routes?: readonly string[];
  readonly routePrefixes?: readonly string[];
  readonly domains?: readonly string[];
  readonly services?: readonly string[];
  readonly config?: Opaque;
  readonly disabled?: boolean;
  readonly broken?: string;
}

/** Who a plugin's file is fetched as. */
export type PullCredentials =
  | { readonly username: string; readonly password: string }
  | { readonly dockerConfig: string };

/** What a WebAssembly plugin may use, for each of its instances. */
export interface PluginLimits {
  /** Bytes. */
  readonly memory: number;
  /** Steps that a hook may take: about one for each call of a function and each turn of a loop; 0: as many as it likes. */
  readonly fuel: number;
  /** Instances that may be there at a time. */
  readonly instances: number;
}

/** What a proxy-wasm module is told of its VM, as Envoy's `vm_config` and Istio's `vmConfig` say it. */
export interface PluginVm {
  /** Which of the module's root contexts is meant: Envoy's `root_id`, Istio's `pluginName`. */
  readonly rootId?: string;
  /** What `proxy_on_vm_start` gets. */
  readonly configuration?: unknown;
  /** Environment variables; it sees no others. */
  readonly environment: Readonly<Record<string, string>>;
}

/** An entry of `plugins`; phase, priority and failStrategy are the plugin's own when left out. */
export interface PluginConfig {
  readonly name: string;
  readonly id?: string;
  readonly url?: string;
  readonly sha256?: string;
  readonly pull?: "IfNotPresent" | "Always";
  readonly credentials?: PullCredentials;
  readonly insecure: boolean;
  readonly phase?: PluginPhase;
  readonly priority?: number;
  readonly failStrategy?: FailStrategy;
  readonly timeout: number;
  readonly config?: Opaque;
  readonly disabled: boolean;
  readonly rules: readonly PluginRule[];
  readonly secrets: Readonly<Record<string, string>>;
  readonly callouts: readonly string[];
  readonly limits: PluginLimits;
  readonly isolation: "none" | "process";
  readonly vm?: PluginVm;
  readonly broken?: string;
  readonly required: boolean;
}

/** A built-in plugin of one route. */
export interface RoutePlugin {
  readonly name: string;
  readonly config: Opaque;
  readonly timeout?: number;
}

const broken = text("Why it cannot be set to work here: it fails at each request, and failStrategy holds.");
const opaque: z.ZodType<Opaque> = z.record(z.string(), z.unknown());
const texts = list(text("A name."), "Names.");

const pluginRule: z.ZodType<PluginRule> = makes<PluginRule>()(
  z.strictObject({
    routes: texts.describe("Names of routes.").exactOptional(),
    routePrefixes: texts.describe("Beginnings of routes' names.").exactOptional(),
    domains: texts.describe("Hosts: exact, *.example.com or www.example.*.").exactOptional(),
    services: texts.describe("Services, or providers of AI routes.").exactOptional(),
    config: opaque.describe("What is different here.").exactOptional(),
    disabled: flag("Whether the plugin is off here.").exactOptional(),
    broken: broken.exactOptional(),
  }),
);

const limits: z.ZodType<PluginLimits> = makes<PluginLimits>()(
  z.strictObject({
    memory: size("Memory of an instance.").prefault("64MiB"),
    fuel: integer("Steps of a hook; 0: no limit.").prefault(20_000_000),
    instances: integer("Instances at a time.", 1, 1024).prefault(32),
  }),
);

const vm: z.ZodType<PluginVm> = makes<PluginVm>()(
  z.strictObject({
    rootId: text("Which of the module's root contexts is meant: Istio's pluginName.").exactOptional(),
    configuration: z.unknown().describe("What proxy_on_vm_start gets: text as it is, else JSON.").exactOptional(),
    environment: table(text("A value."), "Environment variables that the module sees.").prefault({}),
  }),
);

const pullCredentials: z.ZodType<PullCredentials> = z.union([
  z.strictObject({ username: text("The user."), password: text("The password, or a token.") }),
  z.strictObject({ dockerConfig: text("A Docker config.json: a Kubernetes pull secret's .dockerconfigjson.") }),
]);

/** One entry of `plugins`. */
export const plugin: z.ZodType<PluginConfig> = makes<PluginConfig>()(
  z.strictObject({
    name: name("A built-in plugin's name, or any name with url."),
    id: name("Its name in logs and metrics, where one plugin is there more than once.").exactOptional(),
    url: text("Where the plugin is: file:, http(s): or oci://.").exactOptional(),
    sha256: text("The digest that the file must have, in hexadecimal.").exactOptional(),
    pull: word(["IfNotPresent", "Always"], "Whether a tag is looked up although its file is there.").exactOptional(),
    credentials: pullCredentials.describe("Who the file is fetched as.").exactOptional(),
    insecure: flag("Whether the registry is asked without TLS.").prefault(false),
    phase: word(PHASES, "When it runs.").exactOptional(),
    priority: integer("Higher runs first.", -1_000_000_000, 1_000_000_000).exactOptional(),
    failStrategy: word(FAIL_STRATEGIES, "What holds when it fails.").exactOptional(),
    timeout: duration("How long a hook may be waited for.", 1).prefault("10s"),
    config: opaque
      .describe("The plugin's own configuration; with Higress' _rules_ in it, if you like.")
      .exactOptional(),
    disabled: flag("Whether it is off where no rule holds.").prefault(false),
    rules: list(pluginRule, "Where it is configured differently; the first that holds counts.").prefault([]),
    secrets: table(text("A secret."), "What the plugin may ask its host for, by name.").prefault({}),
    callouts: list(
      text("An origin, such as https://auth.example.com, or *."),
      "Whom it may ask beside services.",
    ).prefault([]),
    limits: limits.prefault({}).describe("What a WebAssembly plugin may use."),
    isolation: word(["none", "process"], "Whether it runs in a process of its own.").prefault("none"),
    vm: vm.describe("What a proxy-wasm module is told of its VM.").exactOptional(),
    broken: broken.exactOptional(),
    required: flag(
      "Whether there is no configuration without it; if not, one that cannot be set to work is broken, and tried again.",
    ).prefault(true),
  }),
);

/** One entry of `routes[].plugins`. */
export const routePlugin: z.ZodType<RoutePlugin> = makes<RoutePlugin>()(
  z.strictObject({
    name: name("A built-in plugin's name."),
    config: opaque.prefault({}).describe("Its configuration."),
    timeout: duration("How long a hook may be waited for; 10s when left out.", 1).exactOptional(),
  }),
);
