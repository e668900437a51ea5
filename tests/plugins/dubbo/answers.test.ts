import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { answerJson } from "#plugins/dubbo/answer-json.ts";
import { joined } from "#plugins/dubbo/bytes.ts";
import { DubboError, type DubboResult } from "#plugins/dubbo/call.ts";
import { HESSIAN2, OK } from "#plugins/dubbo/frame.ts";
import type { JavaValue } from "#plugins/dubbo/hessian/java-value.ts";
import { HessianWriter } from "#plugins/dubbo/hessian/writer.ts";
import { resultOf } from "#plugins/dubbo/invocation.ts";
import { tripleHeaders, tripleResult } from "#plugins/dubbo/triple-call.ts";
import { unwrapped, wrapped } from "#plugins/dubbo/triple-wrapper.ts";

/** What is thrown, as its failure and words. */
function failure(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof DubboError) return [error.failure, error.message];
    throw error;
  }
  throw new Error("nothing was thrown");
}

const int = (value: number): Uint8Array => Uint8Array.of(0x90 + value);
const hessian = (value: JavaValue): Uint8Array => new HessianWriter().write(value).bytes;
const FASTJSON2 = 23;

describe("an answer of the Dubbo protocol", () => {
  const read = (parts: readonly Uint8Array[], status = OK, serialization = HESSIAN2): DubboResult =>
    resultOf({ status, serialization, body: joined(parts) });

  test.each<[number, readonly JavaValue[], DubboResult]>([
    [0, ["bad"], { error: "bad" }],
    [1, ["good"], { value: "good" }],
    [2, [], { value: null }],
    [3, ["bad", {}], { error: "bad", attachment: {} }],
    [4, ["good", { a: "b" }], { value: "good", attachment: { a: "b" } }],
    [5, [{ a: "b" }], { value: null, attachment: { a: "b" } }],
    [5, [null], { value: null }],
  ])("of the kind %d %j", (kind, values, expected) => {
    expect(structuredClone(read([int(kind), ...values.map(hessian)]))).toEqual(expected);
  });

  test("that cannot be read", () => {
    expect(failure(() => read([int(6)]))).toEqual(["broken", "the answer cannot be read: it is of an unknown kind"]);
    expect(failure(() => read([int(1)]))).toEqual(["broken", "the answer cannot be read: it is not Hessian 2"]);
    expect(failure(() => read([int(1)], OK, FASTJSON2))[0]).toBe("broken");
    expect(failure(() => resultOf({ status: OK, serialization: HESSIAN2, body: undefined }))[0]).toBe("too_large");
  });

  test("with another status, in the provider's words without its stack", () => {
    const words = hessian("No such method\n\tat Provider.java");
    expect(failure(() => read([words], 70))).toEqual([
      "refused",
      "the provider answered with status 70 (SERVICE_ERROR): No such method",
    ]);
    expect(failure(() => read([words], 31))[0]).toBe("timeout");
    expect(failure(() => read([], 7))).toEqual(["refused", "the provider answered with status 7 (unknown): "]);
  });

  test.each([0, 10, 47, 48, 300, 2000, 100_000])("with words of %d in the JSON of fastjson2", (length) => {
    const code = [
      0x79,
      ...(length < 48
        ? [length]
        : length < 2048
          ? [0x38 + (length >> 8), length & 255]
          : [0x44 + (length >> 16), (length >> 8) & 255, length & 255]),
    ];
    const words = "w".repeat(length);
    const body = [Uint8Array.of(0, 0, 0, 9), Uint8Array.from(code), new TextEncoder().encode(words)];
    expect(failure(() => read(body, 40, FASTJSON2))[1]).toBe(
      `the provider answered with status 40 (BAD_REQUEST): ${words}`,
    );
  });

  test("whatever comes, it is a result or a DubboError", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom(OK, 40),
        fc.constantFrom(HESSIAN2, FASTJSON2),
        (bytes, status, serialization) => {
          try {
            read([bytes], status, serialization);
          } catch (error) {
            expect(error).toBeInstanceOf(DubboError);
          }
        },
      ),
    );
  });
});

describe("an answer of Triple", () => {
  const message = (data: Uint8Array): Uint8Array => {
    const wrapping = joined([
      ...[1, 3].map((field) => joined([Uint8Array.of((field << 3) | 2, 1), Uint8Array.of(0x61)])),
      Uint8Array.of(0x12, data.length),
      data,
    ]);
    return joined([Uint8Array.of(0, 0, 0, 0, wrapping.length), wrapping]);
  };

  test("has a value, nothing, or what was thrown", () => {
    expect(tripleResult({ "grpc-status": "0" }, message(hessian("x")))).toEqual({ value: "x" });
    expect(tripleResult({ "grpc-status": "0" }, new Uint8Array(0))).toEqual({ value: null });
    expect(tripleResult({ "grpc-status": "0", "tri-exception-code": "3" }, message(hessian("x")))).toEqual({
      error: "x",
    });
  });

  test("that is none", () => {
    const none = new Uint8Array(0);
    expect(failure(() => tripleResult({}, none))).toEqual(["broken", "the connection has ended"]);
    expect(failure(() => tripleResult({ ":status": "404" }, none))).toEqual([
      "broken",
      "status 404 is no answer of gRPC",
    ]);
    expect(failure(() => tripleResult({ "grpc-status": "12", "grpc-message": "no%20such%0Aat" }, none))).toEqual([
      "refused",
      "the provider answered with gRPC status 12: no such",
    ]);
    expect(failure(() => tripleResult({ "grpc-status": "5", "grpc-message": "%" }, none))[1]).toEndWith("status 5: ");
    expect(failure(() => tripleResult({ "grpc-status": "4" }, none))[0]).toBe("timeout");
    const whole = message(hessian("x"));
    expect(failure(() => tripleResult({ "grpc-status": "0" }, whole.subarray(0, -1)))[0]).toBe("broken");
    expect(
      failure(() =>
        tripleResult(
          { "grpc-status": "0" },
          whole.map((byte, index) => (index === 0 ? 1 : byte)),
        ),
      )[0],
    ).toBe("broken");
  });

  test("no attachment takes the place of a header of its own", () => {
    const attachments = {
      "X-A": "1",
      ":path": "/",
      "content-type": "text/plain",
      "grpc-timeout": "1n",
      Host: "h",
      "tri-service-group": "g",
      generic: "no",
    };
    const headers = tripleHeaders({
      service: "a.B",
      version: "1",
      group: "",
      method: "m",
      types: [],
      values: [],
      attachments,
    });
    expect(headers).toEqual({
      "x-a": "1",
      ":method": "POST",
      ":path": "/a.B/$invoke",
      "content-type": "application/grpc+proto",
      te: "trailers",
      generic: "true",
      "tri-service-version": "1",
    });
  });
});

describe("Triple's wrappers", () => {
  test("are protocol buffers", () => {
    const bytes = wrapped({ serializeType: "h", args: [Uint8Array.of(1, 2), new Uint8Array(0)], argTypes: ["a.B"] });
    expect([...bytes]).toEqual([10, 1, 104, 18, 2, 1, 2, 18, 0, 26, 3, 97, 46, 66]);
  });

  test("any data is taken out again, and what is cut is an Error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70_000 }), fc.nat(), (data, at) => {
        // A request's only argument stands where a response's data does.
        const bytes = wrapped({ serializeType: "hessian4", args: [data], argTypes: [] });
        expect(unwrapped(bytes)).toEqual(data);
        const cut = 11 + (at % (bytes.length - 11));
        expect(() => unwrapped(bytes.subarray(0, cut))).toThrow("no message of Triple");
      }),
    );
  });

  test("whatever comes, it is data or an Error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          unwrapped(bytes);
        } catch (error) {
          expect((error as Error).message).toBe("it is no message of Triple");
        }
      }),
    );
  });
});

describe("an answer as JSON", () => {
  test("keeps digits, and shows what JSON lacks", () => {
    const value: JavaValue = {
      long: 9223372036854775807n,
      bytes: new Uint8Array(10_000),
      nan: Number.NaN,
      'a"': [true, null, "é"],
    };
    expect(answerJson({ value })).toBe(
      `{"result":{"long":9223372036854775807,"bytes":"${btoa("\0".repeat(10_000))}","nan":null,"a\\"":[true,null,"é"]}}`,
    );
    expect(answerJson({ value: null, attachment: { a: "b" } })).toBe('{"result":null,"attachment":{"a":"b"}}');
  });

  test("exceptions are without stacks, and without themselves as their cause", () => {
    const cause: Record<string, JavaValue> = {
      class: "a.Cause",
      detailMessage: "why\n\tat a.B\n\tat a.C",
      suppressedExceptions: [],
    };
    cause["cause"] = cause;
    const error = { class: "a.E", stackTrace: [{ fileName: "B.java" }], detailMessage: "E: out", cause };
    expect(answerJson({ error })).toBe(
      '{"error":{"class":"a.E","detailMessage":"E: out","cause":{"class":"a.Cause","detailMessage":"why","cause":null}}}',
    );
  });

  test("what is there twice is there twice, up to a length", () => {
    const shared = ["x"];
    expect(answerJson({ value: [shared, shared] })).toBe('{"result":[["x"],["x"]]}');
    let value: JavaValue = [];
    for (let level = 0; level < 40; level++) value = [value, value];
    expect(failure(() => answerJson({ value }, 100_000))[0]).toBe("too_large");
  });
});
