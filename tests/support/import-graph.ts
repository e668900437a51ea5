import { dirname, join } from "node:path";

/** Files by their path from the repository's root, each with the files of ours that it imports. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

const IMPORT = /(?:\bfrom\s*|^import\s*|\bimport\(\s*)["']((?:\.|#)[^"']+)["']/gm;

/** The files of ours that `source` imports: statically, dynamically, for types alone, or to export again. */
export function importsOf(path: string, source: string): string[] {
  return Array.from(source.matchAll(IMPORT), ([, target = ""]) =>
    target.startsWith("#") ? target.slice(1) : join(dirname(path), target),
  );
}

/** The layer of a file: the longest of these folders that holds it; files beside them in `src/` compose and may import everything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "src/core": [],
  "src/protocols": ["src/core"],
  "src/store": ["src/core"],
  "src/observe": ["src/core"],
  "src/sessions": ["src/core"],
  "src/plugin-host": ["src/core"],
  "src/traffic": ["src/core", "src/protocols", "src/sessions", "src/plugin-host"],
  "src/control": ["src/core", "config"],
  plugins: ["src/core"],
  providers: ["src/core", "src/protocols"],
  config: ["src/core"],
  mcp: ["src/core", "src/sessions"],
};

/** Only these know the built-ins by name. */
const BUILT_INS: ReadonlySet<string | undefined> = new Set(["providers", "plugins", "mcp"]);
const KNOW_BUILT_INS: ReadonlySet<string> = new Set(["src/registry.ts", "src/main.ts", "src/deno.ts", "src/edge.ts"]);

function layerOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT).find((layer) => path.startsWith(`${layer}/`));
}

function allowed(from: string, to: string): boolean {
  const [source, target] = [layerOf(from), layerOf(to)];
  if (source === target) return true;
  if (source === undefined) return !BUILT_INS.has(target) || KNOW_BUILT_INS.has(from);
  // What is in no layer composes the layers, so no layer may know it.
  return target !== undefined && (MAY_IMPORT[source] ?? []).includes(target);
}

/** Every import that crosses a border it must not cross, in the order of the files. */
export function violationsOf(graph: ImportGraph): string[] {
  return Array.from(graph, ([from, targets]) =>
    targets.filter((to) => !allowed(from, to)).map((to) => `${from} must not import ${to}`),
  ).flat();
}

/** One cycle for each group of files that import each other in a ring, beginning at its first file. */
export function cyclesOf(graph: ImportGraph): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      cycles.push(path.slice(at));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}
