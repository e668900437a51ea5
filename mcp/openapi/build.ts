import type { RestDocument } from "#mcp/rest/format.ts";
import { convertDocument } from "./convert.ts";
import { type DocumentWorld, openDocument } from "./open.ts";
import { type Problem, Problems, problemText } from "./problem.ts";
import type { OpenApiSettings } from "./settings.ts";

/** A server's tools, made from its settings. */
export interface Built {
  readonly document: RestDocument;
  readonly problems: readonly Problem[];
}

/** Reads and converts the document of a server. Throws an Error that says why there are no tools. */
export async function buildDocument(name: string, settings: OpenApiSettings, world: DocumentWorld): Promise<Built> {
  const problems = new Problems();
  const { documents, url } = await openDocument(settings.document, world, settings, problems);
  const document = convertDocument(documents, { ...settings, serverName: name, documentUrl: url }, problems);
  const told = problems.list();
  const { tools = [] } = document;
  if (tools.length === 0) {
    const why = told.slice(0, 3).map(problemText).join(" ");
    throw new Error(`The document gives no tools.${why === "" ? "" : ` ${why}`}`);
  }
  const relative = tools.find(({ requestTemplate }) => !/^https?:\/\//i.test(requestTemplate?.url ?? ""));
  if (relative !== undefined) {
    throw new Error(
      `The document does not say where its API is ('${relative.requestTemplate?.url}' is relative): set 'server'.`,
    );
  }
  return { document, problems: told };
}
