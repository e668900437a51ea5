import { EditError } from "#src/core/gjson/edit.ts";
import type { JsonNode } from "#src/core/gjson/node.ts";
import { type Bytes, type Call, definePlugin, type Plugin } from "#src/core/plugin.ts";
import { changeJson, changeValues, type Sources } from "./transform/apply.ts";
import { isReadable, type ParsedBody, printJson, queryText, queryValues, readBody } from "./transform/bodies.ts";
import { type Asked, type Changes, compileChanges } from "./transform/compile.ts";
import { requestHeaders, responseHeaders, writeHeaders } from "./transform/header-values.ts";
import type { KeyValues } from "./transform/key-values.ts";
import { type Rule, type TransformerOptions, transformerOptions } from "./transform/settings.ts";

/** Changes of requests and answers. */
export const transformer: Plugin<TransformerOptions> = definePlugin({
  name: "transformer",
  summary: "Changes headers, queries and bodies of requests, and headers and bodies of answers.",
  phase: "AUTHN",
  priority: 410,
  failStrategy: "FAIL_OPEN",
  options: transformerOptions,
  async configure({ reqRules, respRules, reroute }, host) {
    if (reqRules === undefined && respRules === undefined) throw new Error("Give reqRules, respRules or both.");
    const [ofRequest, ofResponse] = await Promise.all([
      compileChanges(reqRules ?? []),
      compileChanges(respRules ?? []),
    ]);
    const request = { ...ofRequest, fromBody: mapsFromBody(reqRules) };
    const response = { ...ofResponse, fromBody: mapsFromBody(respRules) };
    const readsRequest = request.fromBody || request.body.length > 0;
    const readsResponse = response.fromBody || response.body.length > 0;
    const tell = once((reason) =>
      host.log("warn", "A body was left as it is, because it could not be changed. Further ones are not told.", {
        reason,
      }),
    );
    return {
      hooks: [
        "requestHeaders",
        "responseHeaders",
        ...(readsRequest ? (["requestBody"] as const) : []),
        ...(readsResponse ? (["responseBody"] as const) : []),
      ],
      open() {
        const way = new Way(request, response, { reroute, tell });
        return {
          requestHeaders: (call) => way.requestHeaders(call),
          ...(readsRequest ? { requestBody: (call: Call, body: Bytes) => way.requestBody(call, body) } : {}),
          responseHeaders: (call) => way.responseHeaders(call),
          ...(readsResponse ? { responseBody: (call: Call, body: Bytes) => way.responseBody(call, body) } : {}),
        };
      },
    };
  },
});

function mapsFromBody(rules: readonly Rule[] = []): boolean {
  return rules.some(({ operate, mapSource, headers, querys }) => {
    return operate === "map" && mapSource === "body" && headers.length + querys.length > 0;
  });
}

function once(tell: (reason: string) => void): (reason: string) => void {
  let told = false;
  return (reason) => {
    if (!told) tell(reason);
    told = true;
  };
}

/** Changes of a message; `fromBody`: those of its headers have to wait for its body. */
type MessageChanges = Changes & { readonly fromBody: boolean };

const NO_BODY = new Set([204, 205, 304]);

/** One request's way there and back. */
class Way {
  readonly #request: MessageChanges;
  readonly #response: MessageChanges;
  readonly #reroute: boolean;
  readonly #tell: (reason: string) => void;
  /** As the client has sent it: rules for the answer are compared with it too. */
  #asked: Asked = { host: "", path: "" };

  constructor(
    request: MessageChanges,
    response: MessageChanges,
    { reroute, tell }: { readonly reroute: boolean; readonly tell: (reason: string) => void },
  ) {
    this.#request = request;
    this.#response = response;
    this.#reroute = reroute;
    this.#tell = tell;
  }

  requestHeaders(call: Call): "pass-body" | void {
    const { host, path, search, headers, hasBody } = call.request;
    this.#asked = { host, path: path + search };
    const readable = hasBody !== false && isReadable(headers.get("content-type"), "request");
    if (!readable || !this.#request.fromBody) this.#changeRequest(call, undefined);
    return readable ? undefined : "pass-body";
  }

  requestBody(call: Call, body: Bytes): Bytes | void {
    // Before the headers are changed: the type among them.
    const type = call.request.headers.get("content-type") ?? "";
    const parsed = readBody(body, type);
    if (this.#request.fromBody) this.#changeRequest(call, parsed);
    const sources = { headers: requestHeaders(call), querys: queryValues(call.request.search) };
    return this.#changeBody(parsed, this.#request, sources);
  }

  responseHeaders(call: Call): "pass-body" | void {
    const { response } = call;
    if (response === undefined) return "pass-body";
    const none = call.request.method === "HEAD" || NO_BODY.has(response.status);
    const readable =
      !none && response.hasBody !== false && isReadable(response.headers.get("content-type"), "response");
    if (!readable || !this.#response.fromBody) this.#changeResponse(call, undefined);
    return readable ? undefined : "pass-body";
  }

  responseBody(call: Call, body: Bytes): Bytes | void {
    const parsed = readBody(body, call.response?.headers.get("content-type") ?? "");
    if (this.#response.fromBody) this.#changeResponse(call, parsed);
    return this.#changeBody(parsed, this.#response, { headers: responseHeaders(call) });
  }

  #changeRequest(call: Call, body: ParsedBody | undefined): void {
    const { headers, querys } = this.#request;
    const changed = [this.#changeRequestHeaders(call, headers, body), this.#changeQuery(call, querys, body)];
    if (this.#reroute && changed.includes(true)) call.reroute();
  }

  #changeRequestHeaders(call: Call, changes: Changes["headers"], body: ParsedBody | undefined): boolean {
    if (changes.length === 0) return false;
    const before = requestHeaders(call);
    const after = new Map(before);
    changeValues(after, changes, this.#asked, {
      headers: after,
      querys: queryValues(call.request.search),
      body: sourceOf(body),
    });
    return writeHeaders(call, call.request.headers, before, after);
  }

  #changeQuery(call: Call, changes: Changes["querys"], body: ParsedBody | undefined): boolean {
    if (changes.length === 0) return false;
    const values = queryValues(call.request.search);
    const before = queryText(values);
    changeValues(values, changes, this.#asked, { headers: requestHeaders(call), querys: values, body: sourceOf(body) });
    const after = queryText(values);
    if (after === before) return false;
    call.request.search = after === "" ? "" : `?${after}`;
    return true;
  }

  #changeResponse(call: Call, body: ParsedBody | undefined): void {
    const changes = this.#response.headers;
    if (changes.length === 0 || call.response === undefined) return;
    const before = responseHeaders(call);
    const after = new Map(before);
    changeValues(after, changes, this.#asked, { headers: after, body: sourceOf(body) });
    writeHeaders(call, call.response.headers, before, after);
  }

  #changeBody(parsed: ParsedBody | undefined, { body: changes }: MessageChanges, sources: Sources): Bytes | undefined {
    if (parsed === undefined || changes.length === 0) return undefined;
    if (parsed.kind === "form") {
      const values: KeyValues = new Map(parsed.values);
      changeValues(values, changes, this.#asked, { ...sources, body: values });
      return parsed.print(values);
    }
    try {
      const changed = changeJson(parsed.node, changes, this.#asked, sources);
      return changed.raw === parsed.node.raw ? undefined : printJson(changed);
    } catch (error) {
      if (!(error instanceof EditError)) throw error;
      this.#tell(error.message);
      return undefined;
    }
  }
}

function sourceOf(body: ParsedBody | undefined): KeyValues | JsonNode | undefined {
  return body?.kind === "json" ? body.node : body?.values;
}
