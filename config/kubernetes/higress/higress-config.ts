import { parseDocument } from "yaml";
import { isMapping, type Mapping, mapping } from "../../check-values.ts";
import { checkValue } from "../../issues.ts";
import { settingSchema } from "../../model.ts";
import { formatPath, type Path } from "../../report.ts";
import type { Finding, Translator, Written } from "../translator.ts";
import { settingsFrom } from "./global-settings.ts";
import { mcpServersFrom } from "./mcp-settings.ts";
import { fillTemplates } from "./templates.ts";

/** The ConfigMap of the system namespace with settings of the whole gateway. */
export const HIGRESS_CONFIG = "higress-config";

/** The ConfigMap `higress-config`, its key `higress` (pkg/ingress/kube/configmap). */
export const higressConfigTranslator: Translator = {
  kind: "/ConfigMap",
  translate(resource, lookup, { systemNamespace: namespace }) {
    const text = mapping(resource.data)["higress"];
    if (typeof text !== "string") return { findings: [] };
    const findings: Finding[] = [];
    const written = parsed(text, findings);
    if (written === undefined) return { findings };
    const filled = mapping(fillTemplates(written, PLACE, { lookup, namespace, findings }));
    const settings = checked(settingsFrom(filled, findings), findings);
    const mcpServers = mcpServersFrom(filled["mcpServer"], [...PLACE, "mcpServer"], lookup, namespace, findings);
    return { settings, mcpServers, findings };
  },
};

/** Where findings are: the text is a document of its own. */
const PLACE: Path = ["data", "higress"];

function parsed(text: string, findings: Finding[]): Mapping | undefined {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "silent" });
  const value: unknown = document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 });
  if (value === null) return {};
  if (isMapping(value)) return value;
  findings.push({ field: "data.higress", message: "is no YAML mapping", severity: "error" });
  return undefined;
}

/** Settings without the values that are wrong: the default stays in their place. */
function checked(settings: Written, findings: Finding[]): Written {
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, withoutWrong(key, value, findings)]));
}

function withoutWrong(key: string, value: unknown, findings: Finding[]): unknown {
  const schema = settingSchema(key);
  const outcome = schema === undefined ? undefined : checkValue(schema, value);
  if (outcome === undefined || "data" in outcome) return value;
  const wrong = new Set(outcome.problems.map(({ path }) => path[0]));
  for (const { path, message, hint } of outcome.problems) {
    const field = formatPath([...PLACE, key, ...path]);
    findings.push({ field, message, severity: "error", ...(hint === undefined ? {} : { hint }) });
  }
  return isMapping(value) ? Object.fromEntries(Object.entries(value).filter(([one]) => !wrong.has(one))) : undefined;
}
