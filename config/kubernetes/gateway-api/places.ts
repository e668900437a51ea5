import type { Lookup, TranslatorOptions } from "../translator.ts";
import type { Attachment } from "./attachments.ts";
import { ownHosts } from "./listener-isolation.ts";
import type { GatewayListener } from "./listeners.ts";
import { nativeListener, usableListeners } from "./native-listeners.ts";

/** Listeners where a route is reached under the same hosts. */
export interface Place {
  /** Names of native listeners. */
  readonly listeners: readonly string[];
  readonly hosts: readonly string[];
  /** The port of the Gateway; of several listeners' the first. */
  readonly port: number;
  /** Clients' TLS ends here. */
  readonly terminated: boolean;
}

/** Where a route is reached: on every listener that took it and can be opened, for the hosts that are its own there. */
export function placesOf(
  attachments: readonly Attachment[],
  lookup: Lookup,
  options: TranslatorOptions,
  byPort: boolean,
): readonly Place[] {
  const hosts = new Map<string, { readonly listener: GatewayListener; readonly hosts: Set<string> }>();
  for (const { gateway, listeners } of attachments) {
    const usable = listeners.length === 0 ? [] : usableListeners(gateway, lookup, options);
    for (const { listener, hosts: taken } of listeners) {
      if (!usable.includes(listener)) continue;
      const name = nativeListener(listener.port, options);
      const known = hosts.get(name) ?? { listener, hosts: new Set<string>() };
      for (const host of ownHosts(taken, listener, usable)) known.hosts.add(host);
      hosts.set(name, known);
    }
  }
  const places = new Map<string, Place>();
  for (const [name, { listener, hosts: taken }] of hosts) {
    if (taken.size === 0) continue;
    const { port, protocol, passthrough } = listener;
    const terminated = protocol === "HTTPS" || (protocol === "TLS" && !passthrough);
    const key = JSON.stringify([...taken, byPort ? port : 0, terminated]);
    const known = places.get(key);
    places.set(key, {
      port,
      terminated,
      ...known,
      hosts: [...taken],
      listeners: [...(known?.listeners ?? []), name],
    });
  }
  return [...places.values()];
}
