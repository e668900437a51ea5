import { expect, test } from "bun:test";
import type { PluginConfig } from "#config/model.ts";
import { EnvoyModules } from "#src/command/envoy-modules.ts";
import { Refusal } from "#src/control/envoy/refusal.ts";
import { configOf } from "#tests/support/envoy-translation.ts";

const HEAD = [0, 97, 115, 109, 1, 0, 0, 0];

/** A module that exports one function, as much of it as anybody looks at. */
function module(exported: string): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(exported);
  return Uint8Array.from([...HEAD, 7, name.length + 4, 1, name.length, ...name, 0, 0]);
}

const STOCK = module("proxy_abi_version_0_2_1");
const FILES: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "file:stock.wasm": STOCK,
  "https://modules.example.com/stock.wasm": STOCK,
  "oci://registry.example.com/stock": STOCK,
  "file:higress.wasm": module("proxy_abi_version_0_2_100"),
};

const DIGEST = "a".repeat(64);

function entryOf(url: string, more: object = {}): PluginConfig {
  const [entry] = configOf({ plugins: [{ name: "p", url, ...more }] }).plugins;
  if (entry === undefined) throw new Error("there is no entry");
  return entry;
}

async function found(...entries: readonly PluginConfig[]) {
  const asked: string[] = [];
  const modules = new EnvoyModules({
    load({ url }) {
      asked.push(url);
      const bytes = FILES[url];
      return bytes === undefined
        ? Promise.reject(new Error("there is no such file"))
        : Promise.resolve({ bytes, sha256: DIGEST });
    },
  });
  await modules.prepare(entries);
  return { asked, modules, sources: entries.map((entry) => modules.sourceOf(entry)) };
}

test("Envoy fetches what has an address and a digest, and is sent all else", async () => {
  const { sources } = await found(
    entryOf("https://modules.example.com/stock.wasm", { sha256: DIGEST }),
    entryOf("https://modules.example.com/stock.wasm", {
      sha256: DIGEST,
      credentials: { username: "u", password: "p" },
    }),
    entryOf("https://modules.example.com/stock.wasm"),
    entryOf("oci://registry.example.com/stock"),
    entryOf("file:stock.wasm"),
  );
  const bytes = { bytes: STOCK };
  const fetched = { url: "https://modules.example.com/stock.wasm", sha256: DIGEST };
  expect(sources).toEqual([fetched, bytes, bytes, bytes, bytes]);
});

test("what Envoy cannot run, or nobody can load, is refused with the reason", async () => {
  const { sources } = await found(entryOf("file:higress.wasm"), entryOf("file:plugin.ts"), entryOf("file:none.wasm"));
  expect(sources.map((one) => (one instanceof Refusal ? one.why : one))).toEqual([
    "it speaks proxy_abi_version_0_2_100, which Envoy does not",
    "it is a file of TypeScript",
    "there is no such file",
  ]);
});

test("what has a digest is loaded once, and the same bytes stay the same object", async () => {
  const entries = [entryOf("https://modules.example.com/stock.wasm", { sha256: DIGEST }), entryOf("file:stock.wasm")];
  const { asked, modules, sources } = await found(...entries);
  await modules.prepare(entries);
  expect(asked).toEqual(["https://modules.example.com/stock.wasm", "file:stock.wasm", "file:stock.wasm"]);
  expect(modules.sourceOf(entries[1] as PluginConfig)).toBe(sources[1] as never);
});
