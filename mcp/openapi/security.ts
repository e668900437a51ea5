import { isObject, type JsonObject } from "#src/core/json.ts";
import type { SecurityRequirement, SecurityScheme } from "#mcp/rest/format.ts";
import { objectOf, scalarOf, textOf } from "./fields.ts";
import type { Operation } from "./operation.ts";
import type { Problems } from "./problem.ts";
import type { Documents } from "./references.ts";

/** What is shown to the API: a secret, or that which the client shows the gateway for this scheme. */
export type Credential = string | { readonly passthrough: true };

/** Credentials by the document's names of its security schemes. */
export type Credentials = Readonly<Record<string, Credential>>;

/** The ways into an API that a call can go. */
export class Security {
  /** Sorted by their names. */
  readonly schemes: readonly SecurityScheme[];
  readonly #known: ReadonlyMap<string, SecurityScheme>;
  readonly #credentials: Credentials;
  readonly #problems: Problems;

  constructor(documents: Documents, credentials: Credentials, problems: Problems) {
    const { value, root } = { value: documents.value, root: documents.root };
    const written = {
      ...objectOf(value["securityDefinitions"]),
      ...objectOf(objectOf(value["components"])["securitySchemes"]),
    };
    const schemes = Object.entries(written).flatMap(([id, scheme]) => {
      const found = documents.object({ value: scheme, document: root });
      return found === undefined ? [] : schemeOf(id, found.value, credentials[id]);
    });
    this.schemes = schemes.sort((one, other) => (one.id < other.id ? -1 : 1));
    this.#known = new Map(schemes.map((scheme) => [scheme.id, scheme]));
    this.#credentials = credentials;
    this.#problems = problems;
    for (const id of Object.keys(credentials)) {
      if (!Object.hasOwn(written, id))
        problems.add("", `'credentials' names '${id}', which is no security scheme of the document.`);
    }
  }

  /**
   * What a call of the operation shows: of the ways the document allows the first one for which all credentials are there, none where none
   * is needed, else the first that can be gone at all. `false` when there is no such way.
   */
  of({ security, method, path }: Operation): SecurityRequirement | undefined | false {
    if (security === undefined || security.length === 0) return undefined;
    const usable = security.filter((ids) => ids.every((id) => this.#known.has(id)));
    const ready = usable.find((ids) => ids.length > 0 && ids.every((id) => this.#hasCredential(id)));
    const chosen = ready ?? usable.find((ids) => ids.length === 0) ?? usable[0];
    if (chosen !== undefined) return this.#requirement(chosen);
    const named = security.map((ids) => ids.join(" and ")).join(", or ");
    this.#problems.add(
      `${method} ${path}`,
      `Left out: it asks for ${named}, which a call cannot show. 'security: false' takes it all the same.`,
    );
    return false;
  }

  #hasCredential(id: string): boolean {
    return Object.hasOwn(this.#credentials, id) || this.#known.get(id)?.defaultCredential !== undefined;
  }

  #requirement(ids: readonly string[]): SecurityRequirement | undefined {
    const [first, ...others] = ids.map((id): SecurityRequirement => {
      const credential = Object.hasOwn(this.#credentials, id) ? this.#credentials[id] : undefined;
      return isObject(credential) ? { id, passthrough: true } : { id };
    });
    return first === undefined || others.length === 0 ? first : { ...first, and: others };
  }

  /** The parameters that a requirement fills: the model is not asked for them. */
  fills(requirement: SecurityRequirement | undefined): ReadonlySet<string> {
    const all = requirement === undefined ? [] : [requirement, ...(requirement.and ?? [])];
    return new Set(
      all.flatMap(({ id }) => {
        const scheme = this.#known.get(id);
        return scheme?.name === undefined ? [] : [`${scheme.in} ${scheme.name.toLowerCase()}`];
      }),
    );
  }
}

/** A scheme as Higress writes it; nothing for one that a call cannot show, such as a client's certificate. */
function schemeOf(id: string, scheme: JsonObject, credential: Credential | undefined): SecurityScheme[] {
  const shown = shownBy(scheme);
  if (shown === undefined) return [];
  const preset = textOf(scheme["x-defaultCredential"]) ?? textOf(scheme["defaultCredential"]);
  const defaultCredential = typeof credential === "string" ? credential : preset;
  return [{ id, ...shown, ...(defaultCredential === undefined ? {} : { defaultCredential }) }];
}

function shownBy(scheme: JsonObject): Omit<SecurityScheme, "id"> | undefined {
  const name = textOf(scheme["name"]);
  switch (scheme["type"]) {
    case "apiKey": {
      const place = (["header", "query", "cookie"] as const).find((one) => one === scheme["in"]);
      return place === undefined || name === undefined ? undefined : { type: "apiKey", in: place, name };
    }
    case "http": {
      const kind = scalarOf(scheme["scheme"])?.toLowerCase();
      return kind === "basic" || kind === "bearer" ? { type: "http", scheme: kind } : undefined;
    }
    case "basic":
      return { type: "http", scheme: "basic" };
    case "oauth2":
    case "openIdConnect":
      // Whoever got the token, it is shown as a bearer's.
      return { type: "http", scheme: "bearer" };
    default:
      return undefined;
  }
}
