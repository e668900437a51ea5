import type { ProtocolName } from "../../core/protocol.ts";
import type { Provider, UpstreamCall } from "../../core/provider.ts";
import { type AddressFields, apiUrl, passedUrl, withoutPrefix } from "./address.ts";
import { Capabilities, type CapabilityPaths } from "./capabilities.ts";
import { type CustomSetting, withCustomSettings } from "./custom-settings.ts";

/** Settings that any type of provider has, and no type knows of: what they do is done around the provider. */
export interface CommonFields extends AddressFields {
  readonly capabilities?: CapabilityPaths;
  readonly customSettings?: readonly CustomSetting[];
}

/** The provider with these settings; itself when there are none. */
export function withCommonFields(provider: Provider, fields: CommonFields): Provider {
  const { capabilities, customSettings = [], providerDomain, providerBasePath, basePath } = fields;
  let made = provider;
  if (capabilities !== undefined) made = withCapabilities(made, new Capabilities(capabilities));
  if (providerDomain !== undefined || providerBasePath !== undefined || basePath !== undefined) {
    made = withAddress(made, fields);
  }
  return customSettings.length > 0 ? withSettings(made, customSettings) : made;
}

/** Paths of the user's own, some of them for APIs the provider is not known to have. */
function withCapabilities(provider: Provider, own: Capabilities): Provider {
  const added = (spoken: readonly ProtocolName[]): readonly ProtocolName[] => [
    ...new Set<ProtocolName>([...spoken, ...own.protocols]),
  ];
  return {
    ...provider,
    protocols: added(provider.protocols),
    protocolsFor: (model) => added(provider.protocolsFor?.(model) ?? provider.protocols),
    url(call) {
      const path = own.pathOf(call);
      const usual = provider.url(call);
      if (path === undefined) return usual;
      const beside = usual ?? anyUrl(provider, call.model);
      return beside === undefined ? undefined : onSameServer(beside, path);
    },
    shape(api, model) {
      const call: UpstreamCall = { api, protocol: "openai-chat", model, stream: false };
      // What the provider has anyway keeps its format: only its path is another.
      const shape = provider.url(call) === undefined ? own.shapeOf(api) : undefined;
      return shape ?? provider.shape?.(api, model) ?? "openai";
    },
  };
}

/** A URL of the provider's that shows its server, for an API it does not have itself. */
function anyUrl(provider: Provider, model: string): string | undefined {
  const [protocol = "openai-chat"] = provider.protocols;
  const base = { protocol, model, stream: false } as const;
  return provider.url({ ...base, api: "chat" }) ?? provider.url({ ...base, api: "models" });
}

function onSameServer(url: string, path: string): string {
  const query = url.indexOf("?");
  return /^[a-z]+:\/\/[^/?]*/i.exec(url)?.[0] + path + (query < 0 ? "" : url.slice(query));
}

function withAddress(provider: Provider, fields: AddressFields): Provider {
  const takesAny = provider.passThrough !== undefined;
  return {
    ...provider,
    // Somebody else's server may well want no key.
    keyless: provider.keyless || fields.providerDomain !== undefined,
    url(call) {
      const url = provider.url(call);
      return url === undefined ? undefined : apiUrl(url, fields);
    },
    ...(takesAny ? { passThrough: (path: string) => passed(provider, path, fields) } : {}),
  };
}

function passed(provider: Provider, path: string, fields: AddressFields): string | undefined {
  const url = provider.passThrough?.(withoutPrefix(path, fields.basePath));
  return url === undefined ? undefined : passedUrl(url, fields);
}

function withSettings(provider: Provider, settings: readonly CustomSetting[]): Provider {
  return {
    ...provider,
    adjust(body, call) {
      const adjusted = provider.adjust?.(body, call) ?? body;
      return withCustomSettings(adjusted, settings, call, provider.dialect(call.protocol, call.model));
    },
  };
}
