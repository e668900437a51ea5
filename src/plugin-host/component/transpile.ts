import { EXPORTS, GUEST, IMPORTS, interfaceName, PACKAGE } from "./world.ts";

/** A component taken apart: its core modules, and the glue that puts them together. */
export interface Transpiled {
  /** Core modules by the names that the glue asks for. */
  readonly modules: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** A module of JavaScript that imports nothing and exports `instantiate`. */
  readonly glue: Uint8Array<ArrayBuffer>;
  /** Interfaces of the world that it imports, by their short names. */
  readonly imports: readonly string[];
}

/** Takes a component apart; `suspends`: its glue lets the host's waiting functions be waited for. Rejects when it wants what the world has not. */
export async function transpile(component: Uint8Array, suspends: boolean): Promise<Transpiled> {
  // Imported only here: it is a compiler of some megabytes. The package's main module would bring native code, which Deno asks leave for.
  const { $init: ready, generate } = await import("@bytecodealliance/jco-transpile/component");
  await ready;
  const jspi = { tag: "jspi", val: { imports: waitingImports(), exports: guestExports() } } as const;
  const { files, imports } = generate(component, {
    name: "plugin",
    instantiation: { tag: "async" },
    noTypescript: true,
    noNodejsCompat: true,
    noComponentErrorWrapping: true,
    base64Cutoff: 0,
    ...(suspends ? { asyncMode: jspi } : {}),
  });
  const foreign = imports.filter((name) => shortName(name) === undefined);
  if (foreign.length > 0) throw new Error(refusal(foreign));
  const glue = files.find(([name]) => name.endsWith(".js"))?.[1];
  if (glue === undefined) throw new Error("the component could not be taken apart");
  return {
    modules: new Map(
      files.filter(([name]) => name.endsWith(".wasm")).map(([name, bytes]) => [name, new Uint8Array(bytes)]),
    ),
    glue: new Uint8Array(glue),
    imports: imports.map(shortName).filter((name) => name !== undefined),
  };
}

/** The interface's own name, if it is one of the world's. */
function shortName(name: string): string | undefined {
  const [, own = ""] = name.replace(/@.*$/, "").split("/");
  const known = Object.hasOwn(IMPORTS, own) || own === "types";
  return name.startsWith(`${PACKAGE}/`) && known ? own : undefined;
}

function refusal(foreign: readonly string[]): string {
  const wasi = foreign.some((name) => name.startsWith("wasi:"))
    ? " Plugins have no files, network or environment: build it without WASI (docs/plugin-components.md)."
    : "";
  return `the component imports what plugins do not have: ${foreign.join(", ")}.${wasi}`;
}

function waitingImports(): string[] {
  return Object.entries(IMPORTS).flatMap(([name, { functions }]) =>
    Object.entries(functions)
      .filter(([, { waits }]) => waits === true)
      .map(([own]) => `${interfaceName(name)}#${own}`),
  );
}

function guestExports(): string[] {
  return Object.keys(EXPORTS).map((name) => `${interfaceName(GUEST)}#${name}`);
}
