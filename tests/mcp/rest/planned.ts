import type { JsonObject } from "#src/core/json.ts";
import { readRestDocument } from "#mcp/rest/read.ts";
import { requestPlan } from "#mcp/rest/request.ts";
import { JsonNode } from "#src/core/gjson/node.ts";
import { CONTEXT } from "./template/context.ts";

/** A request as it would be sent. */
export interface Planned {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** The request of the only tool in a document; `yaml` is what stands below `- name: t`. */
export function plan(yaml: string, args: JsonObject, config: JsonObject = {}): Planned {
  const lines = yaml
    .trim()
    .split("\n")
    .map((line) => `    ${line}`);
  const [tool] = readRestDocument(`server: { name: s }\ntools:\n  - name: t\n${lines.join("\n")}\n`).tools ?? [];
  const data = JsonNode.parse(JSON.stringify({ config, args }))!;
  const { method, url, headers, body } = requestPlan(tool!)(args, data, CONTEXT);
  const seen: Record<string, string> = {};
  headers.forEach((value, name) => (seen[name] = value));
  return {
    method,
    url,
    headers: seen,
    body: typeof body === "string" || body === undefined ? body : new TextDecoder().decode(body),
  };
}
