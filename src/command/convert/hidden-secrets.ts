import { Buffer } from "node:buffer";
import { isMapping, mapping } from "#config/check-values.ts";
import { kindNameOf, type Resource } from "#config/kubernetes/resource.ts";

/** A reference that stands for a secret, and where the secret is. */
export interface HiddenSecret {
  /** `env:SHOP_KEYS_TOKEN`, `file:secrets/shop-keys-tls.key`. */
  readonly reference: string;
  /** `Secret shop/keys, key token`, or the place in the configuration. */
  readonly of: string;
}

/** Shorter ones would tear words apart. */
const SHORTEST = 6;

/**
 * Puts references in the place of secrets: of what comes from Secrets, wherever it stands, and of all that stands under a secret's key.
 * Texts of several lines become files. A `${` that is no reference is written `$${`.
 */
export class SecretHider {
  /** Longest first: one may be a part of another. */
  readonly #known: readonly { readonly value: string; readonly reference: string; readonly of: string }[];
  readonly #used = new Map<string, HiddenSecret>();

  constructor(resources: readonly Resource[]) {
    this.#known = resources
      .filter((resource) => kindNameOf(resource) === "/Secret")
      .flatMap(valuesOf)
      .toSorted((a, b) => b.value.length - a.value.length);
  }

  get used(): readonly HiddenSecret[] {
    return [...this.#used.values()];
  }

  hide(value: unknown, place: Place = { names: [], keys: [] }): unknown {
    if (typeof value === "string") return this.#text(value, place);
    if (Array.isArray(value)) return value.map((one, index) => this.hide(one, below(place, String(index + 1))));
    if (!isMapping(value)) return value;
    const name = value["id"] ?? value["name"];
    const own = typeof name === "string" ? { names: [...place.names, name], keys: [] } : place;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.hide(one, below(own, key))]));
  }

  #text(text: string, place: Place): string {
    const found = this.#known.find(({ value }) => text.includes(value));
    if (found === undefined) return isSecret(place) ? this.#placed(text, place) : text.replaceAll("${", () => "$${");
    this.#used.set(found.reference, { reference: found.reference, of: found.of });
    return text
      .split(found.value)
      .map((part) => (part === "" ? "" : this.#text(part, NOWHERE)))
      .join(`\${${found.reference}}`);
  }

  /** A secret that no Secret holds: it stands in another object as it is. */
  #placed(text: string, { names, keys }: Place): string {
    if (text === "") return text;
    const of = [...names, ...keys].join(" ");
    const reference = `env:${variable([...names, ...keys])}`;
    this.#used.set(reference, { reference, of });
    return `\${${reference}}`;
  }
}

/** Where a value stands: names of the entries around it, and keys within the last of them. */
interface Place {
  readonly names: readonly string[];
  readonly keys: readonly string[];
}

const NOWHERE: Place = { names: [], keys: [] };

function below({ names, keys }: Place, key: string): Place {
  return { names, keys: [...keys, key] };
}

/** Keys whose values are secrets. (`keys` of plugins are names of headers.) */
const SECRET_KEY =
  /^(?:api_?tokens?|access_?tokens?|tokens?|credentials?|authorization|dsn|\w+AuthKey)$|secret|password/i;

function isSecret({ keys }: Place): boolean {
  return keys.some((key) => SECRET_KEY.test(key));
}

function valuesOf(secret: Resource): { value: string; reference: string; of: string }[] {
  const { namespace, name } = secret.metadata;
  const plain = Object.entries(mapping(secret["stringData"]));
  const encoded = Object.entries(mapping(secret.data)).map(
    ([key, value]) => [key, Buffer.from(String(value), "base64").toString("utf8")] as const,
  );
  return [...encoded, ...plain].flatMap(([key, value]) => {
    if (typeof value !== "string" || value.length < SHORTEST) return [];
    const lines = value.includes("\n");
    const reference = lines ? `file:secrets/${namespace}-${name}-${key}` : `env:${variable([namespace, name, key])}`;
    return [{ value, reference, of: `Secret ${namespace}/${name}, key ${key}` }];
  });
}

function variable(parts: readonly string[]): string {
  const name = parts
    .map((part) => part.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2"))
    .join("_")
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
  return /^\d/.test(name) ? `_${name}` : name;
}
