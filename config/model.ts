import { z } from "zod";
import type { McpParts } from "#src/core/mcp/host.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import type { AiRoute, AiUpstream } from "./model/ai-route.ts";
import { acme, type AcmeConfig } from "./model/acme.ts";
import { type PluginConfig, plugin } from "./model/plugins.ts";
import {
  addXRealIpHeader,
  compression,
  type CompressionConfig,
  disableXEnvoyHeaders,
  downstream,
  type DownstreamConfig,
  tracing,
  type TracingConfig,
  upstream,
  type UpstreamConfig,
} from "./model/global.ts";
import { withHigressRules } from "./higress-rules.ts";
import { type AdminConfig, admin, type ListenerConfig, listener } from "./model/listeners.ts";
import { kubernetes, type KubernetesSettings } from "./model/kubernetes.ts";
import { type McpServerConfig, mcpServer } from "./model/mcp-servers.ts";
import { type PriceConfig, prices } from "./model/prices.ts";
import { type ProviderConfig, type ProviderEntry, providerEntry } from "./model/providers.ts";
import { type RegistryConfig, type RegistryProxy, registry, registryProxy } from "./model/registries.ts";
import { type RouteConfig, route } from "./model/routes.ts";
import { name, text } from "#src/core/settings/scalars.ts";
import { list, makes, someOf } from "#src/core/settings/shapes.ts";
import { type ServiceConfig, service } from "./model/services.ts";
import { sessions, type SessionsConfig } from "./model/sessions.ts";
import { type TcpRoute, tcpRoute } from "./model/tcp-routes.ts";
import { xds, type XdsConfig } from "./model/xds.ts";
import { storedResponses, type StoredResponsesConfig } from "./model/stored-responses.ts";

/**
 * The one model of the configuration. Every form (the native file, the environment, later Kubernetes resources) becomes a {@link Config};
 * checks that span several entries are in `checks.ts`, and run beside this schema so that all errors are found at once.
 */

export type { AcmeConfig } from "./model/acme.ts";
export type { AiRoute, AiUpstream } from "./model/ai-route.ts";
export type { PluginConfig, PluginRule } from "./model/plugins.ts";
export type { CompressionConfig, DownstreamConfig, TracingConfig, UpstreamConfig } from "./model/global.ts";
export type { HttpRoute, PathRewrite } from "./model/http-route.ts";
export type { AdminConfig, CertificateConfig, ListenerConfig, TlsConfig } from "./model/listeners.ts";
export type { KubernetesSettings } from "./model/kubernetes.ts";
export type { McpServerConfig } from "./model/mcp-servers.ts";
export type { ProviderConfig } from "./model/providers.ts";
export type { RegistryConfig, RegistryProxy } from "./model/registries.ts";
export type { TcpRoute } from "./model/tcp-routes.ts";
export type { XdsConfig } from "./model/xds.ts";
export type { RouteConfig } from "./model/routes.ts";
export type { ServiceConfig } from "./model/services.ts";
export type { StoredResponsesConfig } from "./model/stored-responses.ts";
export { DEFAULT_TIMEOUTS } from "./model/timeouts.ts";

/** Somebody who may use the gateway. */
export interface ConsumerConfig {
  readonly name: string;
  /** Keys, each as it is or as `sha256:` with its digest in hexadecimal, lower case. */
  readonly credentials: readonly string[];
}

/** A whole configuration, defaults filled in and everything checked. Times are milliseconds, sizes bytes. */
export interface Config {
  readonly listeners: readonly ListenerConfig[];
  readonly admin: AdminConfig;
  readonly acme: AcmeConfig;
  /** `memory`, or the URL of a Redis. */
  readonly store: string;
  readonly storedResponses: StoredResponsesConfig;
  readonly sessions: SessionsConfig;
  readonly consumers: readonly ConsumerConfig[];
  readonly providers: readonly ProviderConfig[];
  /** One's own prices, by model pattern. */
  readonly prices: Readonly<Record<string, PriceConfig>>;
  readonly compression: false | CompressionConfig;
  readonly downstream: DownstreamConfig;
  readonly upstream: UpstreamConfig;
  readonly tracing: false | TracingConfig;
  readonly addXRealIpHeader: boolean;
  readonly disableXEnvoyHeaders: boolean;
  readonly services: readonly ServiceConfig[];
  readonly registries: readonly RegistryConfig[];
  /** HTTP CONNECT proxies, for registries. */
  readonly proxies: readonly RegistryProxy[];
  readonly routes: readonly RouteConfig[];
  readonly tcpRoutes: readonly TcpRoute[];
  readonly plugins: readonly PluginConfig[];
  readonly mcpServers: readonly McpServerConfig[];
  readonly kubernetes: KubernetesSettings;
  /** Left out: no Envoy is driven. */
  readonly xds?: XdsConfig;
}

const consumer: z.ZodType<ConsumerConfig> = makes<ConsumerConfig>()(
  z.strictObject({
    name: name("The consumer's name, for logs, metrics and limits."),
    credentials: someOf(
      text("A key, or sha256: and the key's digest in hexadecimal."),
      "The consumer's keys, from Authorization: Bearer, x-api-key, x-goog-api-key or ?key=.",
    ),
  }),
);

/** No kind of MCP server is known. */
const NO_MCP: McpParts = { mcpKinds: [], mcpPolicies: [] };

/** What is there once. */
const SETTINGS = {
  acme: acme.prefault({}).describe("How certificates for listeners[].tls.auto are got."),
  admin: admin.prefault({}).describe("The operators' port: admin API, /metrics, /ready; false turns it off."),
  store: text("Where state is kept that replicas share: memory, or redis://host:6379/0.").prefault("memory"),
  sessions: sessions.prefault({}).describe("How sessions of MCP servers and sticky routes are sealed."),
  storedResponses: storedResponses
    .prefault({})
    .describe("Answers of /v1/responses and conversations, kept for providers that keep none; false: not at all."),
  prices: prices.prefault({}),
  compression: compression.prefault(false).describe("Compresses answers with gzip for clients that take it."),
  downstream: downstream.prefault({}).describe("Connections of clients."),
  upstream: upstream.prefault({}).describe("Connections to services."),
  tracing: tracing.prefault(false).describe("Which requests are traced, and who is told; only by Envoy."),
  addXRealIpHeader: addXRealIpHeader.prefault(false),
  disableXEnvoyHeaders: disableXEnvoyHeaders.prefault(false),
  kubernetes: kubernetes.prefault({}).describe("How Kubernetes objects are read, with --resources or --kube."),
  xds: xds.describe("Where Envoy proxies get their configuration from; left out: nowhere.").exactOptional(),
};

/** The schema of a top-level key that is no list of entries; undefined for what is none. */
export function settingSchema(key: string): z.ZodType | undefined {
  return Object.hasOwn(SETTINGS, key) ? SETTINGS[key as keyof typeof SETTINGS] : undefined;
}

/** The schemas of the lists' entries, for forms of the configuration whose entries come one by one. */
export interface EntrySchemas {
  readonly listeners: z.ZodType<ListenerConfig>;
  readonly routes: z.ZodType<RouteConfig>;
  readonly tcpRoutes: z.ZodType<TcpRoute>;
  readonly services: z.ZodType<ServiceConfig>;
  readonly providers: z.ZodType<ProviderEntry>;
  readonly plugins: z.ZodType<PluginConfig>;
  readonly mcpServers: z.ZodType<McpServerConfig>;
  readonly registries: z.ZodType<RegistryConfig>;
  readonly proxies: z.ZodType<RegistryProxy>;
  readonly consumers: z.ZodType<ConsumerConfig>;
}

/** See {@link configSchema}. */
export function entrySchemas(definitions: readonly ProviderDefinition[], mcp: McpParts = NO_MCP): EntrySchemas {
  return {
    listeners: listener,
    routes: route,
    tcpRoutes: tcpRoute,
    services: service,
    providers: providerEntry(definitions),
    plugins: plugin,
    mcpServers: mcpServer(mcp),
    registries: registry,
    proxies: registryProxy,
    consumers: consumer,
  };
}

/** The schema of a configuration whose providers may have the types of `definitions`; none: any type, its own fields unchecked. */
export function configSchema(definitions: readonly ProviderDefinition[], mcp: McpParts = NO_MCP): z.ZodType<Config> {
  const entry = entrySchemas(definitions, mcp);
  const written = z.strictObject({
    $schema: z.string().describe("The JSON Schema, for editors of JSON files.").exactOptional(),
    listeners: someOf(entry.listeners, "Ports that clients connect to.").prefault([{ port: 8080 }]),
    ...SETTINGS,
    consumers: list(entry.consumers, "Who may use AI routes; everybody when left out or empty.").prefault([]),
    providers: list(entry.providers, "Where models are.").prefault([]),
    services: list(entry.services, "HTTP servers that routes pass requests on to.").prefault([]),
    registries: list(entry.registries, "Where services are found: Higress' McpBridge registries.").prefault([]),
    proxies: list(entry.proxies, "HTTP CONNECT proxies, for registries.").prefault([]),
    routes: list(entry.routes, "What happens to which request.").prefault([]),
    tcpRoutes: list(entry.tcpRoutes, "Which connections are passed on as they are; only by Envoy.").prefault([]),
    plugins: list(entry.plugins, "What requests and answers pass through.").prefault([]),
    mcpServers: list(entry.mcpServers, "MCP servers.").prefault([]),
  });
  return written.transform((read): Config => settledConfig(withoutSchema(read), definitions));
}

/** What is read, before what entries leave to each other is filled in. */
export interface UnsettledConfig extends Omit<Config, "providers"> {
  readonly providers: readonly ProviderEntry[];
}

/** Fills in what entries leave to each other: names of providers, and what `pick: owner` asks of them. Entries it changes nothing in stay the same objects. */
export function settledConfig(read: UnsettledConfig, definitions: readonly ProviderDefinition[]): Config {
  const providers = read.providers.map((entry) => (hasId(entry) ? entry : { ...entry, id: entry.type }));
  const owners = ownersOf(providers, definitions);
  const routes = read.routes.map((entry) =>
    entry.ai?.pick === "owner" ? { ...entry, ai: settled(entry.ai, owners) } : entry,
  );
  return { ...read, providers, routes, plugins: read.plugins.map(withHigressRules) };
}

function hasId(entry: ProviderEntry): entry is ProviderConfig {
  return entry.id !== undefined;
}

function withoutSchema<T extends { $schema?: string }>(read: T): Omit<T, "$schema"> {
  const config = { ...read };
  delete config.$schema;
  return config;
}

/** What `pick: owner` has to know of a provider. */
interface Owner {
  /** Beginnings of model names. */
  readonly owns: readonly string[];
  /** False for `echo`, which only stands in for a provider. */
  readonly real: boolean;
}

/** Provider ids in the order written, with what their types say. */
function ownersOf(
  providers: readonly ProviderConfig[],
  definitions: readonly ProviderDefinition[],
): ReadonlyMap<string, Owner> {
  const owns = new Map(definitions.map((definition) => [definition.type, definition.owns ?? []]));
  return new Map(providers.map(({ id, type }) => [id, { owns: owns.get(type) ?? [], real: type !== "echo" }]));
}

/** Fills in what `pick: owner` leaves to the providers: the upstreams, what they own, and the only one for models nobody owns. */
function settled(ai: AiRoute, owners: ReadonlyMap<string, Owner>): AiRoute {
  const named: readonly AiUpstream[] =
    ai.upstreams.length > 0 ? ai.upstreams : [...owners.keys()].map((provider) => ({ provider, weight: 1 }));
  const upstreams = named.map((upstream) => owning(upstream, owners));
  const real = upstreams.filter(({ provider }) => owners.get(provider)?.real === true);
  const candidates = real.length > 0 ? real : upstreams;
  const otherwise = ai.otherwise ?? (candidates.length === 1 ? candidates[0]?.provider : undefined);
  return { ...ai, upstreams, ...(otherwise === undefined ? {} : { otherwise }) };
}

function owning(upstream: AiUpstream, owners: ReadonlyMap<string, Owner>): AiUpstream {
  return { ...upstream, owns: upstream.owns ?? owners.get(upstream.provider)?.owns ?? [] };
}
