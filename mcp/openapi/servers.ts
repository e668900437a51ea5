import type { Operation, Server } from "./operation.ts";
import type { Problems } from "./problem.ts";

/** Where calls go, as far as the settings say it. */
export interface ServerOptions {
  /** In place of all servers of the document. */
  readonly server?: string | undefined;
  readonly serverVariables?: Readonly<Record<string, string>> | undefined;
}

/** The address an operation's path follows, without a slash at its end; relative when nobody says where the document came from. */
export function serverOf(
  operation: Operation,
  options: ServerOptions,
  documentUrl: string | undefined,
  problems: Problems,
): string {
  const server: Server =
    options.server === undefined ? (operation.servers[0] ?? ROOT) : { url: options.server, variables: {} };
  const url = filled(server, options.serverVariables ?? {}, problems);
  const base = documentUrl !== undefined && URL.canParse(url, documentUrl) ? new URL(url, documentUrl).href : url;
  return base.replace(/[?#].*$/s, "").replace(/\/+$/, "");
}

/** What holds where a document names no server. */
const ROOT: Server = { url: "/", variables: {} };

function filled({ url, variables }: Server, values: Readonly<Record<string, string>>, problems: Problems): string {
  return url.replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    const given = Object.hasOwn(values, name) ? values[name] : undefined;
    if (given !== undefined && variable?.enum !== undefined && !variable.enum.includes(given)) {
      problems.add(
        url,
        `'${given}' is none of the values of the server variable '${name}': ${variable.enum.join(", ")}.`,
      );
    }
    const value = given ?? variable?.default;
    if (value === undefined)
      problems.add(url, `The server variable '${name}' has no value: give it one in 'serverVariables'.`);
    return value ?? whole;
  });
}
