import { expect, test } from "bun:test";
import type { RestTool } from "#mcp/rest/format.ts";
import { converted } from "./converted.ts";

/** The same API in each version, which becomes the same tools. */
const SWAGGER = `
swagger: "2.0"
info: { title: Pets, version: "1" }
host: pets.example.com
basePath: /v1
schemes: [http, https]
consumes: [application/json]
produces: [application/json]
securityDefinitions:
  key: { type: apiKey, in: header, name: X-Key }
security: [{ key: [] }]
paths:
  /pets/{petId}:
    parameters:
      - { name: petId, in: path, required: true, type: integer, description: Which one. }
    get:
      operationId: showPet
      summary: Info for a pet
      parameters:
        - { name: fields, in: query, type: array, items: { type: string }, collectionFormat: multi }
      responses:
        200: { description: A pet, schema: { $ref: "#/definitions/Pet" } }
    put:
      operationId: changePet
      parameters:
        - { name: pet, in: body, required: true, schema: { $ref: "#/definitions/Pet" } }
      responses:
        204: { description: Done }
definitions:
  Pet:
    type: object
    required: [id, name]
    properties:
      id: { type: integer, readOnly: true }
      name: { type: string, description: What it is called. }
      kind: { type: string, enum: [cat, dog] }
`;

const OPENAPI_30 = `
openapi: 3.0.3
info: { title: Pets, version: "1" }
servers: [{ url: "https://pets.example.com/v1/" }]
security: [{ key: [] }]
paths:
  /pets/{petId}:
    parameters:
      - { $ref: "#/components/parameters/petId" }
    get:
      operationId: showPet
      summary: Info for a pet
      parameters:
        - { name: fields, in: query, schema: { type: array, items: { type: string } } }
      responses:
        "200": { $ref: "#/components/responses/Pet" }
    put:
      operationId: changePet
      requestBody: { $ref: "#/components/requestBodies/Pet" }
      responses:
        "204": { description: Done }
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Key }
  parameters:
    petId: { name: petId, in: path, required: true, description: Which one., schema: { type: integer } }
  requestBodies:
    Pet: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
  responses:
    Pet: { description: A pet, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: { type: integer, readOnly: true }
        name: { type: string, description: What it is called. }
        kind: { type: string, enum: [cat, dog] }
`;

const TOOLS: readonly RestTool[] = [
  {
    name: "showPet",
    description: "Info for a pet",
    args: [
      { name: "petId", description: "Which one.", type: "integer", required: true, position: "path" },
      {
        name: "fields",
        type: "array",
        items: { type: "string" },
        position: "query",
        wire: { style: "form", explode: true },
      },
    ],
    requestTemplate: { url: "https://pets.example.com/v1/pets/{petId}", method: "GET", security: { id: "key" } },
    responseTemplate: {},
    outputSchema: {
      type: "object",
      properties: {
        id: { type: ["number", "null"] },
        name: { type: ["string", "null"], description: "What it is called." },
        kind: { type: ["string", "null"], examples: ["cat", "dog"] },
      },
    },
    annotations: { title: "Info for a pet", readOnlyHint: true, openWorldHint: true },
  },
  {
    name: "changePet",
    description: "PUT /pets/{petId}",
    args: [
      { name: "petId", description: "Which one.", type: "integer", required: true, position: "path" },
      { name: "name", description: "What it is called.", type: "string", required: true, position: "body" },
      { name: "kind", type: "string", enum: ["cat", "dog"], position: "body" },
    ],
    requestTemplate: {
      url: "https://pets.example.com/v1/pets/{petId}",
      method: "PUT",
      headers: [{ key: "Content-Type", value: "application/json" }],
      security: { id: "key" },
    },
    responseTemplate: {},
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  },
];

test.each([
  ["Swagger 2.0", SWAGGER],
  ["OpenAPI 3.0", OPENAPI_30],
  ["OpenAPI 3.1", OPENAPI_30.replace("3.0.3", "3.1.0")],
  ["OpenAPI 3.2", OPENAPI_30.replace("3.0.3", "3.2.0")],
])("%s becomes Higress' form", async (_, document) => {
  const { document: made, problems } = await converted(document);
  expect(problems).toEqual([]);
  expect(made).toEqual({
    server: {
      name: "test",
      version: "1",
      description: "Pets",
      securitySchemes: [{ id: "key", type: "apiKey", in: "header", name: "X-Key" }],
    },
    tools: TOOLS,
  });
});

test.each([
  ["{}", "The document is no OpenAPI: it has neither 'openapi' nor 'swagger'."],
  ["[1]", "The document is no JSON or YAML object."],
  ["openapi: 4.0.0", "OpenAPI 4.0.0 is not known: 2.0, 3.0, 3.1 and 3.2 are."],
  ["swagger: '1.2'", "OpenAPI 1.2 is not known: 2.0, 3.0, 3.1 and 3.2 are."],
  ["a: [", "The document is neither JSON nor YAML: "],
  [`{"a":${'{"a":'.repeat(300)}1${"}".repeat(300)}}`, "The document is nested more than 200 deep."],
])("%p is refused", async (text, message) => {
  expect(converted(text)).rejects.toThrow(message);
});

test("a document without operations says so", async () => {
  expect(await converted({ openapi: "3.1.0" })).toMatchObject({
    tools: {},
    problems: ["The document has no 'paths'."],
  });
});
