import type { Written } from "../translator.ts";
import type { AnnotationName } from "./known-annotations.ts";
import type { IngressScope } from "./scope.ts";

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** `request-header-control-*` and `response-header-control-*`. */
export function headerControlOf(scope: IngressScope): Written {
  const request = changes(scope, "request");
  const response = changes(scope, "response");
  return {
    ...(request === undefined ? {} : { requestHeaders: request }),
    ...(response === undefined ? {} : { responseHeaders: response }),
  };
}

function changes(scope: IngressScope, of: "request" | "response"): Written | undefined {
  const add = lines(scope, `${of}-header-control-add`);
  const set = lines(scope, `${of}-header-control-update`);
  const remove = names(scope, `${of}-header-control-remove`);
  const all = {
    ...(Object.keys(set).length === 0 ? {} : { set }),
    ...(Object.keys(add).length === 0 ? {} : { add }),
    ...(remove.length === 0 ? {} : { remove }),
  };
  return Object.keys(all).length === 0 ? undefined : all;
}

/** One `name value` a line. */
function lines({ annotations }: IngressScope, name: AnnotationName): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const text = annotations.has(name) ? (annotations.text(name) ?? "") : "";
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, header = "", value] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    if (TOKEN.test(header) && value !== undefined) headers[header] = value;
    else
      annotations.error(
        name,
        "has a line that is not a header's name, a blank and its value",
        "one header a line: x-stage test",
      );
  }
  return headers;
}

function names({ annotations }: IngressScope, name: AnnotationName): readonly string[] {
  return annotations.words(name).filter((header) => {
    if (TOKEN.test(header)) return true;
    annotations.error(name, "has an entry that is not a header's name", "names with commas between them");
    return false;
  });
}
