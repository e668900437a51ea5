import type { Header, HeaderView } from "../../core/header-list.ts";
import type { Json } from "../../core/json.ts";
import type { Call, CallHeaders } from "../../core/plugin.ts";
import type { CallSnapshot } from "./messages.ts";

/** In the gateway: a request as its plugin's process sees it. */
export function snapshotOf({ id, request, response, route, connection, consumer, record }: Call): CallSnapshot {
  const { method, host, path, search, hasBody } = request;
  const { remoteAddress, secure } = connection;
  return {
    id,
    request: {
      method,
      host,
      path,
      search,
      headers: listed(request.headers),
      ...(hasBody === undefined ? {} : { hasBody }),
    },
    ...(response === undefined ? {} : { response: { status: response.status, headers: listed(response.headers) } }),
    route,
    connection: { secure, ...(remoteAddress === undefined ? {} : { remoteAddress }) },
    ...(consumer === undefined ? {} : { consumer }),
    record,
  };
}

function listed(headers: HeaderView): readonly Header[] {
  const list: Header[] = [];
  headers.forEach((value, name) => list.push([name, value]));
  return list;
}

type Apply = (call: Call, first: string, second: string | null) => void;

function headerEdits(name: string, of: (call: Call) => CallHeaders | undefined): Readonly<Record<string, Apply>> {
  return {
    [`${name}.headers.set`]: (call, header, value) => of(call)?.set(header, value ?? ""),
    [`${name}.headers.append`]: (call, header, value) => of(call)?.append(header, value ?? ""),
    [`${name}.headers.delete`]: (call, header) => of(call)?.delete(header),
  };
}

/** What a plugin may change. */
const EDITS: Readonly<Record<string, Apply>> = {
  ...headerEdits("request", (call) => call.request.headers),
  ...headerEdits("response", (call) => call.response?.headers),
  "request.method": (call, value) => void (call.request.method = value),
  "request.host": (call, value) => void (call.request.host = value),
  "request.path": (call, value) => void (call.request.path = value),
  "request.search": (call, value) => void (call.request.search = value),
  "response.status": ({ response }, value) => {
    if (response !== undefined) response.status = Number(value);
  },
  consumer: (call, name) => void (call.consumer = name === "" ? undefined : name),
  property: (call, path, value) => call.setProperty(path, value ?? undefined),
  reroute: (call) => call.reroute(),
  overrideUpstream: (call, address) => call.overrideUpstream(address),
};

/** In the gateway: changes the request as the plugin did. Throws an Error for what cannot be. */
export function applyEdits(call: Call, edits: Json | undefined): void {
  if (!Array.isArray(edits)) throw new Error("The plugin's process sent what cannot be understood.");
  for (const edit of edits) {
    const [what, first, second = null] = Array.isArray(edit) ? edit : [];
    const apply = typeof what === "string" && Object.hasOwn(EDITS, what) ? EDITS[what] : undefined;
    if (apply === undefined || typeof first !== "string" || (second !== null && typeof second !== "string")) {
      throw new Error("The plugin's process changed what it cannot.");
    }
    apply(call, first, second);
  }
}
