import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RedisError, type RedisReply } from "#src/core/plugin-host.ts";
import { joined } from "#src/plugin-host/proxy-wasm/body-buffer.ts";
import { decodeCommands, encodeReply } from "#src/plugin-host/proxy-wasm/resp.ts";

const utf8 = new TextEncoder();
const command = fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 8 });

/** A command as a client writes it. */
function written(args: readonly Uint8Array[]): Uint8Array {
  const parts = args.flatMap((arg) => [utf8.encode(`$${arg.length}\r\n`), arg, utf8.encode("\r\n")]);
  return joined([utf8.encode(`*${args.length}\r\n`), ...parts]);
}

describe("commands", () => {
  test("are read with any bytes in them, one after the other", () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 5 }), (commands) => {
        expect(decodeCommands(joined(commands.map(written)))).toEqual(commands);
      }),
    );
  });

  test("that are cut off are none", () => {
    fc.assert(
      fc.property(command, fc.nat(), (args, cut) => {
        const bytes = written(args);
        expect(decodeCommands(bytes.subarray(0, cut % bytes.length))).toBeUndefined();
      }),
    );
  });

  test.each(["", "GET k\r\n", "*0\r\n", "*1\r\n$3\r\nGET", "*1\r\n+OK\r\n", "*1\r\n$-1\r\n", "*1\r\n$3\r\nGETT\r\n"])(
    "are not read from %j",
    (text) => expect(decodeCommands(utf8.encode(text))).toBeUndefined(),
  );
});

test.each<[RedisReply, string]>([
  [null, "$-1\r\n"],
  [42, ":42\r\n"],
  ["OK", "$2\r\nOK\r\n"],
  ["ü", "$2\r\nü\r\n"],
  [new Uint8Array([65]), "$1\r\nA\r\n"],
  [new RedisError("WRONGTYPE no\r\nlist"), "-WRONGTYPE no list\r\n"],
  [[1, ["a", null], []], "*3\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n*0\r\n"],
])("an answer is written as Redis does: %#", (reply, text) => {
  expect(new TextDecoder().decode(encodeReply(reply))).toBe(text);
});

test("an answer that is nested without end has one", () => {
  let reply: RedisReply = [];
  for (let depth = 0; depth < 1000; depth++) reply = [reply];
  expect(new TextDecoder().decode(encodeReply(reply))).toEndWith("-ERR the answer is nested too deeply\r\n");
});
