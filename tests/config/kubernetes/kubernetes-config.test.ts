import { describe, expect, test } from "bun:test";
import type { ResourceFinding } from "#config/kubernetes/checked-entries.ts";
import { KubernetesConfig } from "#config/kubernetes/kubernetes-config.ts";
import type { Resource } from "#config/kubernetes/resource.ts";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import type { Config } from "#config/model.ts";
import type { Piece, Translator } from "#config/kubernetes/translator.ts";
import { registry } from "#src/registry.ts";
import { loaded } from "../load.ts";
import { TEST_OPTIONS } from "./options.ts";

/** What each object says in its `piece` is what it comes to. */
const AS_SAID: Translator = {
  kind: "/Said",
  translate: ({ piece }) => ({ findings: [], ...(piece as Partial<Piece>) }),
};

function said(name: string, piece: Partial<Piece>): Resource {
  const metadata = { name, namespace: "default", labels: {}, annotations: {}, creationTimestamp: "" };
  return { apiVersion: "v1", kind: "Said", metadata, piece };
}

const BASE = loaded("listeners: [{ name: http, port: 80 }, { name: https, port: 443 }]\nadmin: false");

interface Updated {
  readonly config: Config;
  readonly findings: readonly ResourceFinding[];
}

function engine(): { readonly set: ResourceSet; readonly update: () => Updated } {
  const set = new ResourceSet();
  const { providers: definitions, plugins } = registry;
  const parts = { translators: [AS_SAID], joiners: [], passes: [], options: TEST_OPTIONS, definitions, plugins };
  const config = new KubernetesConfig(set, { ...parts, mcp: registry });
  return { set, update: () => ({ config: config.update(BASE).config, findings: config.findings }) };
}

const SERVICE = { name: "s", endpoints: ["127.0.0.1:1"] };
const route = (name: string, more: object = {}): object => ({ name, http: { services: [{ name: "s" }] }, ...more });

function messages({ findings }: Updated): string[] {
  return findings.map(({ resource, message }) => `${resource.metadata.name}: ${message}`);
}

describe("objects", () => {
  test("become entries, and the first of a name counts", () => {
    const { set, update } = engine();
    set.put(said("a", { services: [SERVICE], routes: [route("r", { public: true })] as Piece["routes"] as [] }));
    set.put(said("b", { routes: [route("r")] as unknown as [] }));
    const { config, findings } = update();
    expect(config.routes.map(({ name, public: open }) => [name, open])).toEqual([["r", true]]);
    expect(findings).toEqual([]);
  });

  test("that stay the same stay the same entries, even when they are written anew", () => {
    const { set, update } = engine();
    set.put(said("a", { services: [SERVICE], routes: [route("r")] as unknown as [] }));
    set.put(said("b", { routes: [route("q")] as unknown as [] }));
    const before = update().config;
    set.put(said("a", { services: [{ ...SERVICE }], routes: [route("r"), route("new")] as unknown as [] }));
    const { config: after } = update();
    expect(after.services[0]).toBe(before.services[0] as NonNullable<(typeof before.services)[0]>);
    const [r, fresh, q] = after.routes;
    expect([r === before.routes[0], fresh?.name, q === before.routes[1]]).toEqual([true, "new", true]);
  });

  test("with something wrong cost that alone, and say what it is", () => {
    const { set, update } = engine();
    const wrong = [
      route("regex", { match: { path: { regex: "(" } } }),
      route("away", { http: { services: [{ name: "none" }] } }),
      route("later", { http: { services: [{ name: "orders.dns" }] } }),
      route("plugged", { plugins: [{ name: "cors", config: { nonsense: 1 } }] }),
      route("good"),
    ];
    set.put(said("a", { services: [SERVICE], routes: wrong as unknown as [] }));
    set.put(
      said("p", { plugins: [{ name: "key-auth", config: { keys: 7, consumers: [{ name: "a", credential: "k" }] } }] }),
    );
    const result = update();
    expect(result.config.routes.map(({ name }) => name)).toEqual(["later", "good"]);
    const [plugin] = result.config.plugins;
    expect(plugin).toMatchObject({ name: "key-auth", config: {}, required: false });
    expect(plugin?.broken).toContain("config.keys");
    expect(messages(result)).toEqual([
      expect.stringContaining(
        "a: what it comes to cannot be used (regex: match.path.regex): is not a regular expression",
      ),
      expect.stringContaining("a: what it comes to cannot be used (plugged: plugins[0].config.nonsense)"),
      expect.stringContaining("p: what it comes to cannot be used (key-auth: config.keys)"),
      "a: the route away is left out: there is no service none",
    ]);
  });

  test("bring certificates to listeners; one for a listener that is not there is told", () => {
    const { set, update } = engine();
    const certificate = { cert: "C", key: "K", hosts: ["a.example"] };
    set.put(said("a", { certificates: [{ ...certificate, listeners: ["https", "else"] }] }));
    const result = update();
    expect(result.config.listeners[1]?.tls).toEqual({ certificates: [certificate] });
    expect(messages(result)).toEqual(["a: its certificate is for the listener else, which is not there"]);
  });
});
