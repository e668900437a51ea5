import { EXPORTS, GUEST, IMPORTS, PACKAGE, TYPES, VERSION, WAITING, type WorldFunction } from "./world.ts";

const HEAD = `// Written by \`bun run wit\` from src/plugin-host/component/world.ts.
package ${PACKAGE}@${VERSION};
`;

/** The world as WIT. */
export function witText(): string {
  const types = `interface types {\n${TYPES.map(({ declaration }) => declaration).join("\n")}}\n`;
  const imports = Object.entries(IMPORTS).map(([name, { doc, functions }]) => interfaceText(name, doc, functions));
  const exported = interfaceText(GUEST, "What a plugin is.", EXPORTS);
  const names = Object.keys(IMPORTS);
  return [
    HEAD,
    types,
    ...imports,
    exported,
    world("plugin", "What plugins are built for.", names),
    world(
      "local",
      "The same for those that wait for nobody, where a toolchain has all of a world imported: calls cost less.",
      names.filter((name) => !WAITING.has(name)),
    ),
  ].join("\n");
}

function world(name: string, doc: string, imports: readonly string[]): string {
  const lines = [...imports.map((one) => `  import ${one};\n`), `  export ${GUEST};\n`];
  return `/// ${doc}\nworld ${name} {\n${lines.join("")}}\n`;
}

function interfaceText(name: string, doc: string, functions: Readonly<Record<string, WorldFunction>>): string {
  const written = Object.entries(functions).map(([own, { doc: said, params, result }]) => {
    const listed = Object.entries(params).map(([param, { wit }]) => `${param}: ${wit}`);
    const arrow = result === undefined ? "" : ` -> ${result.wit}`;
    return `${said === "" ? "" : `  /// ${said}\n`}  ${own}: func(${listed.join(", ")})${arrow};\n`;
  });
  const text = written.join("");
  const used = TYPES.filter(({ wit }) => new RegExp(`(?<![\\w-])${wit}(?![\\w:-])`).test(signatures(functions)));
  const uses = used.length === 0 ? "" : `  use types.{${used.map(({ wit }) => wit).join(", ")}};\n\n`;
  return `/// ${doc}\ninterface ${name} {\n${uses}${text}}\n`;
}

/** The types alone: a word of a comment is no use of a type. */
function signatures(functions: Readonly<Record<string, WorldFunction>>): string {
  const params = Object.values(functions).flatMap((own) => Object.values(own.params));
  const results = Object.values(functions).flatMap(({ result }) => (result === undefined ? [] : [result]));
  return [...params, ...results].map(({ wit }) => wit).join(" ");
}
