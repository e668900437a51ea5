import { type Add, type CheckScope, entries, type Mapping, mapping } from "./check-values.ts";
import type { Path } from "./report.ts";
import { nearest } from "./suggest.ts";

/** What providers must keep to, each for itself and among each other. */

export function providerIds(config: Mapping, add: Add, scope: CheckScope): void {
  const providers = entries(config["providers"]);
  const seen = new Map<string, number>();
  for (const [index, { id, type }] of providers) {
    const ofType = providers.filter(([, other]) => other["type"] === type).length;
    if (id === undefined && ofType > 1) {
      add(["providers", index], "needs an id", "several providers have this type");
      continue;
    }
    const own = id ?? type;
    if (typeof own !== "string") continue;
    const first = seen.get(own);
    if (first === undefined) seen.set(own, index);
    else {
      const path: Path = id === undefined ? ["providers", index] : ["providers", index, "id"];
      add(path, `providers[${first}] has the id ${scope.show(path, own)} already`);
    }
  }
}

/** Settings that lead to a server that is not the vendor's. */
const OWN_ADDRESS = ["baseUrl", "openaiCustomUrl", "providerDomain"];

export function providerTokens(config: Mapping, add: Add, { definitions }: CheckScope): void {
  const needy = new Set(definitions.filter((definition) => definition.needsToken).map((definition) => definition.type));
  for (const [index, provider] of entries(config["providers"])) {
    const { type, apiTokens } = provider;
    // Somebody's own server may well want no key.
    if (OWN_ADDRESS.some((key) => provider[key] !== undefined)) continue;
    // A key meant to be apiTokens is reported as such.
    if (Object.keys(provider).some((key) => key !== "apiTokens" && nearest(key, ["apiTokens"]) !== undefined)) continue;
    const none = apiTokens === undefined || (Array.isArray(apiTokens) && apiTokens.length === 0);
    if (typeof type !== "string" || !needy.has(type) || !none) continue;
    const path: Path = apiTokens === undefined ? ["providers", index] : ["providers", index, "apiTokens"];
    add(path, `type ${type} needs at least one of apiTokens`, 'as in apiTokens: ["${env:NAME}"]');
  }
}

/** Files that a conversation knows, and another text before it: Higress refuses the two together as well. */
export function providerContext(config: Mapping, add: Add): void {
  for (const [index, provider] of entries(config["providers"])) {
    if (provider["context"] === undefined) continue;
    for (const key of ["qwenFileIds", "moonshotFileId"]) {
      const files = provider[key];
      if (files === undefined || (Array.isArray(files) && files.length === 0)) continue;
      add(["providers", index, key], "does not go together with context", "keep one of them");
    }
  }
}

/** Settings that say the same thing, or nothing without another. */
export function providerAddresses(config: Mapping, add: Add): void {
  for (const [index, provider] of entries(config["providers"])) {
    const path = ["providers", index];
    if (provider["providerDomain"] !== undefined && provider["baseUrl"] !== undefined) {
      add(
        [...path, "providerDomain"],
        "says what baseUrl says already",
        "keep one of them; baseUrl has the scheme, too",
      );
    }
    if (provider["basePathHandling"] !== undefined && provider["basePath"] === undefined) {
      add([...path, "basePathHandling"], "is of no use without basePath");
    }
    if (provider["firstByteTimeout"] !== undefined && mapping(provider["timeouts"])["firstByte"] !== undefined) {
      add([...path, "firstByteTimeout"], "is the same as timeouts.firstByte", "keep one of them");
    }
  }
}
