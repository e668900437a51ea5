import { ask, readBody } from "./download.ts";
import { checkedModule, type LoadedModule, type Loading } from "./loading.ts";
import { basicAuthorization } from "./registry-auth.ts";

/** Downloads a file. One whose digest is configured is taken from the disk if it is there. */
export async function loadFromWeb({ reference, cache, downloads, maxBytes }: Loading): Promise<LoadedModule> {
  const { url, sha256: wanted, imagePullPolicy = wanted === undefined ? "Always" : "IfNotPresent" } = reference;
  const known = wanted ?? (imagePullPolicy === "IfNotPresent" ? (await cache.link(url))?.module : undefined);
  const kept = known === undefined ? undefined : await cache.module(known);
  if (kept !== undefined && known !== undefined) return { bytes: kept, sha256: known };

  const { href, headers } = withoutUser(url);
  const response = await ask(downloads, href, headers);
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the server answered with status ${response.status}.`);
  }
  const bytes = await readBody(response, maxBytes, { what: "it", signal: downloads.signal });
  const module = await checkedModule(bytes, wanted);
  if (wanted !== undefined || imagePullPolicy === "IfNotPresent") {
    await cache.keep(bytes, { module: module.sha256, manifests: [] }, [url]);
  }
  return module;
}

/** User and password of a URL go into a header: `fetch` takes no URL with them. */
function withoutUser(text: string): { readonly href: string; readonly headers: Readonly<Record<string, string>> } {
  const url = URL.parse(text);
  if (url === null) throw new Error("its url is none.");
  if (url.username === "" && url.password === "") return { href: url.href, headers: {} };
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = "";
  url.password = "";
  return { href: url.href, headers: { authorization: basicAuthorization({ username, password }) } };
}
