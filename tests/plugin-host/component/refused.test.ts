import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, expect, test } from "bun:test";
import { buildC, clangMissing } from "#tests/support/wasm/clang.ts";
import { compiled, hostOf } from "./probe.ts";

/** A component that imports one function and exports nothing of the world. */
async function importing(wit: string, module: string, name: string): Promise<Uint8Array> {
  const core = await buildC(
    `__attribute__((import_module("${module}"), import_name("${name}"))) void import(int *);
     __attribute__((export_name("run"))) void run(void) { int given[2]; import(given); }
     __attribute__((export_name("cabi_realloc"))) void *give(void *old, int size, int align, int more) { return old; }`,
  );
  return componentNew(await componentEmbed({ world: "plugin", witSource: wit, binary: core }));
}

const worldOf = (name: string): string => `package test:guest;
  world plugin { import ${name}; export run: func(); }`;

describe.skipIf(clangMissing !== undefined)(`a component (${clangMissing ?? "in C"})`, () => {
  test("that asks for the environment is refused, whatever it would do with it", async () => {
    const wit = `${worldOf("wasi:cli/environment@0.2.0")}
      package wasi:cli@0.2.0 { interface environment { get-environment: func() -> list<tuple<string, string>>; } }`;
    const component = await importing(wit, "wasi:cli/environment@0.2.0", "get-environment");
    expect(compiled(component)).rejects.toThrow(/wasi:cli\/environment@0\.2\.0.* without WASI/);
  });

  test("of another version of the world is told which one there is", async () => {
    const wit = `${worldOf("sluice:plugin/request@0.2.0")}
      package sluice:plugin@0.2.0 { interface request { get-method: func() -> string; } }`;
    const component = await importing(wit, "sluice:plugin/request@0.2.0", "get-method");
    expect(compiled(component)).rejects.toThrow("This gateway has sluice:plugin@0.1.0");
  });

  test("without the hooks of the world is refused", async () => {
    const wit = `${worldOf("sluice:plugin/request@0.1.0")}
      package sluice:plugin@0.1.0 { interface request { get-method: func() -> string; } }`;
    const plugin = await compiled(await importing(wit, "sluice:plugin/request@0.1.0", "get-method"));
    expect(plugin.configure({}, hostOf())).rejects.toThrow("does not export");
  });
});

test("what is no component is refused", async () => {
  expect(compiled(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))).rejects.toThrow("no component");
  expect(compiled(new Uint8Array())).rejects.toThrow("no component");
});
