import { describe, expect, test } from "bun:test";
import { CAPABILITIES } from "#src/core/capabilities.ts";
import type { Provider, UpstreamCall } from "#src/core/provider.ts";
import { type CommonFields, withCommonFields } from "#src/traffic/fields/with-common-fields.ts";
import { claude } from "#providers/claude.ts";
import { gemini } from "#providers/gemini.ts";
import { generic } from "#providers/generic.ts";
import { openai } from "#providers/openai.ts";
import { configure } from "#tests/contracts/provider.ts";

const vendor = configure(openai);

function call(more: Partial<UpstreamCall> = {}): UpstreamCall {
  return { api: "chat", protocol: "openai-chat", model: "some/model", stream: false, ...more };
}

function urlOf(fields: CommonFields, more: Partial<UpstreamCall> = {}, provider: Provider = vendor) {
  return withCommonFields(provider, fields).url(call(more));
}

test("without settings the provider is left as it is", () => {
  expect(withCommonFields(vendor, { customSettings: [] })).toBe(vendor);
});

describe("capabilities", () => {
  test("a user's path wins over the provider's", () => {
    const fields = {
      capabilities: { "openai/v1/chatcompletions": "/my/chat", "openai/v1/embeddings": "/my/{model}/e" },
    };
    expect(urlOf(fields)).toBe("https://api.openai.com/my/chat");
    expect(urlOf(fields, { api: "embeddings" })).toBe("https://api.openai.com/my/some%2Fmodel/e");
    expect(urlOf(fields, { api: "models" })).toBe("https://api.openai.com/v1/models");
  });

  test("the query that every URL gets is kept, and Gemini's own for streams", () => {
    const asked = configure(openai, { baseUrl: "https://proxy.test/v1?api-version=1" });
    expect(urlOf({ capabilities: { "openai/v1/chatcompletions": "/c" } }, {}, asked)).toBe(
      "https://proxy.test/c?api-version=1",
    );
    const fields = {
      capabilities: { "gemini/v1beta/streamgeneratecontent": "/s/{model}", "gemini/v1beta/generatecontent": "/g" },
    };
    const google = configure(gemini);
    const at = (stream: boolean) => urlOf(fields, { protocol: "gemini", stream, model: "g" }, google);
    expect([at(true), at(false)]).toEqual([
      "https://generativelanguage.googleapis.com/s/g?alt=sse",
      "https://generativelanguage.googleapis.com/g",
    ]);
  });

  test("an API the provider lacks is added, in the format of its key", () => {
    const bare = configure(claude);
    const fields = { capabilities: { "openai/v1/embeddings": "/v1/embeddings", "cohere/v1/rerank": "/v1/rerank" } };
    const made = withCommonFields(bare, fields);
    expect(bare.url(call({ api: "rerank" }))).toBeUndefined();
    expect(made.url(call({ api: "rerank" }))).toBe("https://api.anthropic.com/v1/rerank");
    expect([made.shape?.("rerank", "m"), made.shape?.("embeddings", "m")]).toEqual(["cohere", "openai"]);
  });

  test("an API the provider has keeps its format at another path", () => {
    const made = withCommonFields(configure(gemini), { capabilities: { "openai/v1/embeddings": "/e" } });
    expect(made.shape?.("embeddings", "m")).toBe("gemini");
    expect(made.url(call({ api: "embeddings" }))).toBe("https://generativelanguage.googleapis.com/e");
  });

  test("a protocol the provider does not speak is added to those it does", () => {
    const made = withCommonFields(vendor, { capabilities: { "anthropic/v1/messages": "/anthropic/v1/messages" } });
    expect(made.protocols).toEqual(["openai-chat", "openai-responses", "anthropic-messages"]);
    expect(made.protocolsFor?.("any")).toEqual(made.protocols);
    expect(made.url(call({ protocol: "anthropic-messages" }))).toBe("https://api.openai.com/anthropic/v1/messages");
  });

  test("paths inside an API: the exact one, else below the API's own", () => {
    const capabilities = {
      "openai/v1/files": "/f",
      "openai/v1/retrievefilecontent": "/content-of/{file_id}",
      "openai/v1/deletefine-tuningjobcheckpointpermission": "/p/{a}/of/{b}",
    };
    const at = (api: UpstreamCall["api"], rest?: string, protocol: UpstreamCall["protocol"] = "openai-chat") =>
      urlOf({ capabilities }, { api, protocol, ...(rest === undefined ? {} : { rest }) });
    const server = "https://api.openai.com";
    expect(at("files")).toBe(`${server}/f`);
    expect(at("files", "/file-1")).toBe(`${server}/f/file-1`);
    expect(at("files", "/file-1/content")).toBe(`${server}/content-of/file-1`);
    expect(at("fine-tuning", "/checkpoints/c-1/permissions/p-2")).toBe(`${server}/p/c-1/of/p-2`);
    expect(at("fine-tuning", "/jobs")).toBe(`${server}/v1/fine_tuning/jobs`);
    // Anthropic's file store is another one.
    expect(at("files", undefined, "anthropic-messages")).toBeUndefined();
  });

  test("every capability is a call of its own", () => {
    const capabilities = Object.fromEntries([...CAPABILITIES.keys()].map((name) => [name, `/at/${name}`]));
    for (const [name, { api, protocol = "openai-chat", stream = false, rest }] of CAPABILITIES) {
      const asked = rest === undefined ? {} : { rest: rest.replaceAll(/\{[^}]*\}/g, "x") };
      const url = urlOf({ capabilities }, { api, protocol, stream, ...asked });
      // The two formats of rerank share one call; the first of them is found.
      expect(url?.replace(/^wss/, "https")).toBe(
        `https://api.openai.com/at/${name === "qwen/v1/rerank" ? "cohere/v1/rerank" : name}`,
      );
    }
  });
});

describe("addresses", () => {
  test("providerDomain replaces the host and nothing else", () => {
    const fields = { providerDomain: "llm.test:8443" };
    expect(urlOf(fields)).toBe("https://llm.test:8443/v1/chat/completions");
    expect(urlOf(fields, { api: "realtime" })).toBe("wss://llm.test:8443/v1/realtime");
    expect([vendor.keyless, withCommonFields(vendor, fields).keyless]).toEqual([false, true]);
  });

  test("providerBasePath stands before every path, a user's own included", () => {
    const fields = { providerBasePath: "/team", capabilities: { "openai/v1/embeddings": "/e" } };
    expect(urlOf(fields)).toBe("https://api.openai.com/team/v1/chat/completions");
    expect(urlOf(fields, { api: "embeddings" })).toBe("https://api.openai.com/team/e");
  });

  test("basePath: prepend stands before everything that does not begin with it", () => {
    const fields: CommonFields = { basePath: { path: "/v1", handling: "prepend" } };
    expect(urlOf(fields)).toBe("https://api.openai.com/v1/chat/completions");
    const other: CommonFields = { basePath: { path: "/gw", handling: "prepend" }, providerBasePath: "/team" };
    expect(urlOf(other)).toBe("https://api.openai.com/gw/team/v1/chat/completions");
  });

  test("paths that go on as they are: removePrefix takes whole segments off, prepend puts them on", () => {
    const any = configure(generic, { baseUrl: "https://any.test" });
    const passed = (handling: "removePrefix" | "prepend", path: string) =>
      withCommonFields(any, { basePath: { path: "/ai", handling }, providerBasePath: "/not-here" }).passThrough?.(path);
    expect(passed("removePrefix", "/ai/x/y")).toBe("https://any.test/x/y");
    expect(passed("removePrefix", "/ai")).toBe("https://any.test/");
    expect(passed("removePrefix", "/aim/x")).toBe("https://any.test/aim/x");
    expect(passed("prepend", "/x")).toBe("https://any.test/ai/x");
    expect(passed("prepend", "/ai/x")).toBe("https://any.test/ai/x");
    const closed = withCommonFields(configure(claude), { basePath: { path: "/ai", handling: "prepend" } });
    expect("passThrough" in closed).toBe(false);
  });
});
