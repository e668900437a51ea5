/** Google's resumable uploads: their first answer names the address that the bytes go to. Format: https://ai.google.dev/api/files */
import type { Exchange } from "../../core/exchange.ts";

const ADDRESS = "x-goog-upload-url";
const ID = "upload_id";

/** The upload a request's query, or an address, is about. */
export function uploadIn(search: string): string | undefined {
  return new URLSearchParams(search).get(ID) ?? undefined;
}

/** The upload that an answer begins; undefined when it begins none. */
export function uploadBegun(headers: Headers): string | undefined {
  const address = URL.parse(headers.get(ADDRESS) ?? "");
  return address === null ? undefined : uploadIn(address.search);
}

/** Puts the gateway in the place of the provider in the address an answer names, so that the bytes come here as well, with a consumer's key. */
export function throughGateway(headers: Headers, { request, path }: Exchange): void {
  const address = URL.parse(headers.get(ADDRESS) ?? "");
  if (address === null) return;
  const query = new URLSearchParams(address.search);
  query.delete("key");
  headers.set(ADDRESS, `${new URL(request.url).origin}${path}?${query.toString()}`);
}
