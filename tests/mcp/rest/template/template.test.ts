import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, jsonValue, property, string } from "fast-check";
import { JsonNode } from "#src/core/gjson/node.ts";
import type { TemplateLimits } from "#mcp/rest/template/run.ts";
import { compileTemplate } from "#mcp/rest/template/template.ts";
import { TemplateError } from "#mcp/rest/template/value.ts";
import { CONTEXT } from "./context.ts";

function render(template: string, data: unknown, limits?: TemplateLimits): string {
  const json = typeof data === "string" ? data : JSON.stringify(data);
  return compileTemplate(template, limits === undefined ? {} : { limits }).render(JsonNode.parse(json)!, CONTEXT);
}

const BASE =
  '{"String":"hello","Number":42,"Bool":true,"Array":[1, 2],"Object":{"Name": "test","Value":123},"Empty":{"String":"","Array":[],"Object":{}},"Null":null}';

describe("Higress' templates", () => {
  const cases: readonly (readonly [template: string, data: string, result: string])[] = [
    ['{{.Number | printf "%04d"}}', BASE, "0042"],
    ["{{.Object}} {{.Array}}", BASE, '{"Name": "test","Value":123} [1, 2]'],
    ["{{.Missing}}{{.Number.Field}}|{{.Null}}", BASE, "|null"],
    ["{{range $k, $v := .Object}}{{$k}}={{$v}},{{end}}", BASE, "Name=test,Value=123,"],
    [
      "{{if .Empty.Object}}y{{else}}n{{end}}{{if .Empty.Array}}y{{else}}n{{end}}{{if .Empty.String}}y{{else}}n{{end}}",
      BASE,
      "nnn",
    ],
    ["{{or .Empty.String .Empty.Array}}", BASE, "[]"],
    ['{{index .Object "Name"}} {{index .Array 1}} {{len .Object}}', BASE, "test 2 2"],
    ['{{eq .Number 42}} {{eq .Number "42"}} {{ne .Number "42"}} {{eq "42" .Number}}', BASE, "true true false true"],
    [
      '{{gjson "Object.Name"}} {{gjson `Array.#`}} {{gjson "{n:Number,o:Object.Value}"}}',
      BASE,
      'test 2 {"n":42,"o":123}',
    ],
    ["{{.Array.0}} {{$x := .Array}}{{$x.1}}", BASE, "1 2"],
    [
      '{{range $u := gjson "users.#(on==true)#"}}{{$u.name}};{{end}}',
      '{"users":[{"name":"a","on":true},{"name":"b"},{"name":"c","on":true}]}',
      "a;c;",
    ],
    [
      '{{gjson "users.#(on==true && age>30)#.name"}}',
      '{"users":[{"name":"a","on":true,"age":28},{"name":"c","on":true,"age":42}]}',
      '["c"]',
    ],
    [
      'status {{gjson "_headers.\\\\:status"}} {{gjson "_headers.x-ca-error-code"}} {{.data.value}}',
      '{"data":{"value":7},"_headers":{":status":"500","x-ca-error-code":"E1"}}',
      "status 500 E1 7",
    ],
    ['{{dateFormat "Monday" .at | title}} {{dateFormat "15:04" .at}}', '{"at":1700000000}', "Tuesday 22:13"],
    ["{{range slice .hour 1 8 3}}{{.}},{{end}}", '{"hour":[0,1,2,3,4,5,6,7,8]}', "1,4,7,"],
    ["{{slice .hour 1 3 9}}", '{"hour":[0,1,2,3]}', "[1 2]"],
    [
      "{{.price}} {{.big}} {{.exp}} {{add .n 1}}",
      '{"price":3.10,"big":12345678901234567890,"exp":3e0,"n":1}',
      "3.10 12345678901234567890 3e0 2",
    ],
    [
      '{"query":"{{.args.query}}","filters":{{toJson .args.filters}},"limit":{{.args.limit}}}',
      '{"args":{"query":"q","filters":{"b":[1.50],"a":null},"limit":10}}',
      '{"query":"q","filters":{"a":null,"b":[1.50]},"limit":10}',
    ],
    ["{{urlqueryescape .a}} {{getRealIP}} {{getSocketIP}}", '{"a":"é &"}', "%C3%A9+%26 203.0.113.7 10.0.0.1"],
    ["{{range .missing}}x{{else}}none{{end}}{{range .a}}x{{else}}none{{end}}", '{"a":null}', "nonenone"],
    ['{{range $i, $c := "hé"}}{{$i}}{{$c}}{{end}}', "{}", "0h1é"],
  ];
  for (const [template, data, result] of cases) {
    test(template, () => expect(render(template, data)).toBe(result));
  }

  test("a markdown document with loops in loops", () => {
    const template = [
      "# Geocoding Information",
      "{{- range $index, $geo := .geocodes }}",
      "## Location {{add $index 1}}",
      "",
      "- **Country**: {{ $geo.country }}",
      "{{- range $geo.tags }} #{{ . }}{{ end }}",
      "{{- end }}",
      "",
    ].join("\n");
    const data = {
      geocodes: [
        { country: "China", tags: ["a", "b"] },
        { country: "Peru", tags: [] },
      ],
    };
    expect(render(template, data)).toBe(
      "# Geocoding Information\n## Location 1\n\n- **Country**: China #a #b\n## Location 2\n\n- **Country**: Peru\n",
    );
  });

  test("text and data without templates stay as they are", () => {
    assert(property(string(), (text) => text.includes("{{") || render(text, {}) === text));
    assert(
      property(jsonValue(), (value) =>
        expect(JSON.parse(render("{{toJson .v}}", { v: value }))).toEqual(JSON.parse(JSON.stringify(value))),
      ),
    );
    assert(property(string(), (text) => expect(render("{{.v}}", { v: text })).toBe(text)));
    assert(
      property(string(), (text) =>
        expect(render(`{{ ${JSON.stringify(text).replaceAll(/[\u2028\u2029]/g, "")} }}`, {})).toBe(
          text.replaceAll(/[\u2028\u2029]/g, ""),
        ),
      ),
    );
  });
});

describe("a template that is wrong", () => {
  const cases: readonly (readonly [template: string, message: string])[] = [
    ["{{.a", "not closed by }}"],
    ["{{.user-id}}", 'gjson "a.b-c"'],
    ["{{nope .a}}", "there is no function nope"],
    ['{{env "HOME"}}', "must not see the gateway's environment"],
    ["{{if .a}}x", "{{if}} has no {{end}}"],
    ["{{end}}", "unexpected {{end}}"],
    ["{{$x}}", "there is no variable $x"],
    ['{{template "x"}}', 'there is no template "x"'],
    ["{{upper .a .b}}", "upper takes 1 values, not 2"],
    ["{{/* a }}", "a comment must end"],
    ['{{if .a}}{{define "x"}}{{end}}{{end}}', "stands on its own"],
    ['{{"a\\z"}}', "no escape"],
    [`{{${"(".repeat(500)}1${")".repeat(500)}}}`, "more than 100 deep"],
    [`${"{{if 1}}".repeat(500)}${"{{end}}".repeat(500)}`, "more than 100 deep"],
  ];
  for (const [template, message] of cases) {
    test(`is refused: ${template.slice(0, 40)}`, () => {
      expect(() => compileTemplate(template)).toThrow(TemplateError);
      expect(() => compileTemplate(template)).toThrow(message);
    });
  }

  test("or anything at all is refused in words, and never breaks", () => {
    const piece = constantFrom(
      "{{",
      "}}",
      "{{-",
      "-}}",
      " ",
      ".",
      ".a",
      ".0",
      "$",
      "$x",
      ":=",
      "=",
      "|",
      "(",
      ")",
      '"s"',
      "`r`",
      "'c'",
      "1",
      "2.5",
      ",",
      "if",
      "else",
      "end",
      "range",
      "with",
      "define",
      "template",
      "block",
      "break",
      "continue",
      "nil",
      "true",
      "len",
      "index",
      "printf",
      "list",
      "dict",
      "add",
      "first",
      "toJson",
      "gjson",
      "/*",
      "*/",
      "x",
      "\n",
      '"%d%s%v"',
      "-",
    );
    assert(
      property(array(piece, { maxLength: 14 }), (pieces) => {
        try {
          render(pieces.join(""), { a: [1, { a: "x" }], x: null });
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
        }
      }),
      { numRuns: 3000 },
    );
    assert(
      property(array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        try {
          render(`{{ ${pieces.join(" ")} }}`, { a: [1, { a: "x" }], x: null });
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe("limits", () => {
  const small: TemplateLimits = { output: 1000, steps: 500 };

  test("loops, recursion, output and what functions make are bounded", () => {
    expect(() => render("{{range 1000000000000}}{{end}}", {}, small)).toThrow("more than 500 steps");
    expect(() => render('{{define "r"}}{{template "r"}}{{end}}{{template "r"}}', {})).toThrow("more than 200 deep");
    expect(() => render('{{repeat 900 "a"}}{{repeat 900 "a"}}', {}, small)).toThrow("longer than 1000");
    expect(() => render('{{repeat 1000000000 "abc"}}', {})).toThrow("too often");
    expect(() => render("{{until 1000000000}}", {})).toThrow("too many");
    expect(() => render('{{printf "%999999999d" 1}}', {}, small)).toThrow("longer than 1000");
    expect(() => render("{{range 100}}{{range 100}}{{end}}{{end}}", {}, small)).toThrow("more than 500 steps");
  });
});
