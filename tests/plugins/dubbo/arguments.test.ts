import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { argumentsOf } from "#plugins/dubbo/arguments.ts";
import { javaText } from "#plugins/dubbo/java-text.ts";
import type { JavaValue } from "#plugins/dubbo/hessian/java-value.ts";
import type { Method, Param } from "#plugins/dubbo/options.ts";
import { fakeCall, type FakeCallOptions } from "#tests/support/fake-call.ts";

interface Asked extends FakeCallOptions {
  readonly body?: string;
  readonly path?: readonly { readonly name: string; readonly value: string }[];
}

function taken(
  method: Partial<Method>,
  { body = "", path = [], ...options }: Asked = {},
): ReturnType<typeof argumentsOf> {
  const whole = { serviceMethod: "m", httpPath: "/", httpMethods: ["GET"], headersAttach: "", params: [], ...method };
  return argumentsOf({ method: whole, path }, fakeCall(options).request, new TextEncoder().encode(body));
}

const values = (params: readonly Param[], asked: Asked): readonly JavaValue[] => taken({ params }, asked).values;

describe("texts of Java types", () => {
  test.each<[type: string, text: string, value: JavaValue | undefined]>([
    ["byte", "-128", -128n],
    ["byte", "128", undefined],
    ["java.lang.Short", "32767", 32767n],
    ["short", "-32769", undefined],
    ["int", "2147483647", 2147483647n],
    ["int", "2147483648", undefined],
    ["int", "1.0", undefined],
    ["int", "", undefined],
    ["int", " 1", undefined],
    ["long", "-9223372036854775808", -9223372036854775808n],
    ["long", "9223372036854775808", undefined],
    ["long", "9".repeat(100), undefined],
    ["double", "-1.5e3", -1500],
    ["double", ".5", 0.5],
    ["double", "NaN", undefined],
    ["float", "0x10", undefined],
    ["boolean", "true", true],
    ["boolean", "TRUE", undefined],
    ["char", "ä", "ä"],
    ["char", "ab", undefined],
    ["java.math.BigInteger", "123456789012345678901234567890", "123456789012345678901234567890"],
    ["java.math.BigDecimal", "1e-5", "1e-5"],
    ["java.math.BigDecimal", "one", undefined],
    ["java.util.Date", "1700000000000", 1700000000000n],
    ["java.util.Date", "2026-01-02 03:04:05", "2026-01-02 03:04:05"],
    ["java.lang.String", "", ""],
    ["com.example.Color", "RED", "RED"],
  ])("%s %p: %p", (type, text, value) => {
    expect(javaText(text, type)).toEqual(value);
  });
});

test("lists and arrays take all values of a parameter", () => {
  const url = "/?a=1&b=x&a=2";
  const param = (paramType: string): Param => ({ paramSource: "QUERY", paramKey: "a", paramType });
  expect(values([param("java.util.List"), param("int[]"), param("int")], { url })).toEqual([["1", "2"], [1n, 2n], 1n]);
  expect(() => values([param("boolean[]")], { url })).toThrow("The query parameter 'a' must be of the type boolean.");
});

test("parameters of the path are taken by name, others in their order", () => {
  const path = ["a", "b", "c"].map((name) => ({ name, value: `${name}!` }));
  const of = (paramKey?: string): Param => ({
    paramSource: "PATH",
    paramType: "java.lang.String",
    ...(paramKey === undefined ? {} : { paramKey }),
  });
  expect(values([of("c"), of("other"), of()], { path })).toEqual(["c!", "a!", "b!"]);
});

test("a JSON body keeps its numbers' digits", () => {
  const param: Param = { paramSource: "BODY", paramType: "java.util.Map" };
  const body = '{"a":9007199254740993,"b":1.0,"c":-1,"d":1e2,"e":18446744073709551616,"f":[null,"x",{"__proto__":1}]}';
  const [value] = values([param], { body });
  expect(value).toEqual(
    JSON.parse(
      '{"a":0,"b":1,"c":0,"d":100,"e":18446744073709552000,"f":[null,"x",{"__proto__":0}]}',
      (key, one: unknown) => {
        const whole: Readonly<Record<string, bigint>> = { a: 9007199254740993n, c: -1n, __proto__: 1n };
        return Object.hasOwn(whole, key) ? whole[key] : key === "__proto__" ? 1n : one;
      },
    ),
  );
});

test("any JSON is taken or refused in words", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (body) => {
      try {
        values([{ paramSource: "BODY", paramType: "java.lang.Object" }], { body });
        JSON.parse(body);
      } catch (error) {
        expect((error as Error).message).toMatch(/^The body must be JSON\.$/);
        expect(() => JSON.parse(body)).toThrow();
      }
    }),
  );
});

test("members that are null are there, others have to be", () => {
  const param: Param = { paramSource: "BODY", paramKey: "a", paramType: "java.lang.String" };
  expect(values([param], { body: '{"a":null}' })).toEqual([null]);
  for (const body of ["{}", "[]", "1", "null", '{"b":1}']) {
    expect(() => values([param], { body })).toThrow("The member 'a' of the body is missing.");
  }
  expect(() => values([{ ...param, paramKey: "toString" }], { body: "{}" })).toThrow("is missing");
});

test("the whole body takes the place of parameters", () => {
  const params: readonly Param[] = [{ paramSource: "QUERY", paramKey: "a", paramType: "int" }];
  const { types, values: read } = taken({ params, paramFromEntireBody: { paramType: "a.B" } }, { body: '"x"' });
  expect([types, read]).toEqual([["a.B"], ["x"]]);
});

describe("attachments", () => {
  const headers = { "x-a": "1", "x-b": "2", generic: "nativejava", Group: "other", path: "p", timeout: "1" };

  test("are the headers that are named", () => {
    expect(taken({ headersAttach: "X-A, x-b," }, { headers }).attachments).toEqual({ "X-A": "1", "x-b": "2" });
    expect(() => taken({ headersAttach: "x-a,x-c" }, { headers })).toThrow("The header 'x-c' is missing.");
    expect(taken({}, { headers }).attachments).toEqual({});
  });

  test("are never what Dubbo reads of them", () => {
    expect(taken({ headersAttach: "*" }, { headers }).attachments).toEqual({
      host: "example.com",
      "x-a": "1",
      "x-b": "2",
    });
    expect(taken({ headersAttach: "generic,x-a" }, { headers }).attachments).toEqual({ "x-a": "1" });
  });
});
