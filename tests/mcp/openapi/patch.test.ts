import { expect, test } from "bun:test";
import { applyPatch, parsePatch } from "#mcp/openapi/patch.ts";
import type { RestDocument } from "#mcp/rest/format.ts";

const DOCUMENT: RestDocument = {
  server: { name: "s", config: { a: 1 }, securitySchemes: [{ id: "k", type: "http", scheme: "bearer" }] },
  tools: [
    {
      name: "t",
      requestTemplate: {
        url: "https://h/t",
        method: "PUT",
        headers: [{ key: "Content-Type", value: "application/json" }],
      },
      responseTemplate: { maxBytes: 9 },
    },
    { name: "u", requestTemplate: { url: "https://h/u" } },
  ],
};

test("a template's server and tools are put into the document", () => {
  const patch = parsePatch(`
server:
  name: "is left as it was"
  config: { apiKey: "" }
  securitySchemes: [{ id: k, type: apiKey, in: header, name: X-Key, defaultCredential: "{{.config.apiKey}}" }]
tools:
  outputSchema: { type: object }
  security: { id: k, passthrough: true }
  requestTemplate:
    headers: [{ key: X-Nonce, value: "{{uuidv4}}" }]
    security: { id: k }
  responseTemplate: { prependBody: "# Answer" }
`);
  const added = { key: "X-Nonce", value: "{{uuidv4}}" };
  const both = { security: { id: "k", passthrough: true }, outputSchema: { type: "object" } };
  expect(applyPatch(DOCUMENT, patch)).toEqual({
    server: {
      name: "s",
      config: { a: 1, apiKey: "" },
      securitySchemes: [
        { id: "k", type: "apiKey", in: "header", name: "X-Key", defaultCredential: "{{.config.apiKey}}" },
      ],
    },
    tools: [
      {
        name: "t",
        requestTemplate: {
          url: "https://h/t",
          method: "PUT",
          headers: [{ key: "Content-Type", value: "application/json" }, added],
          security: { id: "k" },
        },
        responseTemplate: { maxBytes: 9, prependBody: "# Answer" },
        ...both,
      },
      {
        name: "u",
        requestTemplate: { url: "https://h/u", headers: [added], security: { id: "k" } },
        responseTemplate: { prependBody: "# Answer" },
        ...both,
      },
    ],
  });
});

test("an empty template changes nothing", () => {
  expect(applyPatch({ server: { name: "s" } }, parsePatch(""))).toEqual({ server: { name: "s" } });
});

test.each([
  ["tools: { requestTemplate: { headers: [{ key: s3cret }] } }", /tools\.requestTemplate\.headers\.0\.value: /],
  ["server: { securitySchemes: [{ id: k, type: s3cret }] }", /server\.securitySchemes\.0\.type: /],
  ["- 1", /it: /],
  ["a: [", /no YAML/],
])("%p is refused without its values", (text, message) => {
  expect(() => parsePatch(text)).toThrow(message);
  expect(() => parsePatch(text)).not.toThrow(/s3cret/);
});
