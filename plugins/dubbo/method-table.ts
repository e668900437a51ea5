import type { Method } from "./options.ts";
import { type PathTemplate, pathTemplate } from "./path-template.ts";

/** A method and what its path's placeholders stand for. */
export interface FoundMethod {
  readonly method: Method;
  readonly path: readonly { readonly name: string; readonly value: string }[];
}

/** Finds the method of a request: of several whose paths fit, the one that says most of it. Otherwise: the HTTP methods that the path has. */
export type MethodTable = (httpMethod: string, path: string) => FoundMethod | { readonly allowed: readonly string[] };

interface Entry {
  readonly method: Method;
  readonly template: PathTemplate;
}

export function methodTable(methods: readonly Method[]): MethodTable {
  const entries = methods
    .map((method): Entry => ({ method, template: pathTemplate(method.httpPath) }))
    .toSorted((a, b) => (a.template.order < b.template.order ? -1 : a.template.order > b.template.order ? 1 : 0));
  return (httpMethod, path) => {
    const allowed = new Set<string>();
    for (const { method, template } of entries) {
      const values = template.match(path);
      if (values === undefined) continue;
      if (method.httpMethods.includes(httpMethod)) {
        return { method, path: template.names.map((name, index) => ({ name, value: values[index] ?? "" })) };
      }
      for (const one of method.httpMethods) allowed.add(one);
    }
    return { allowed: [...allowed] };
  };
}
