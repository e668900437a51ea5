import type { Readable } from "node:stream";
import { joined } from "../../core/collect-bytes.ts";

/** The longest head of an answer, in bytes. */
const MAX_HEAD = 16 * 1024;

const BLANK_LINE = [13, 10, 13, 10];

/** The head of an HTTP/1.1 answer without its blank line, and what came with it. */
export interface ReadHead {
  readonly head: string;
  readonly rest: Uint8Array<ArrayBuffer>;
}

/** Reads a head off a connection, which is paused then. Rejects when the connection ends before, or the head does not. */
export function readHead(connection: Readable): Promise<ReadHead> {
  const { promise, resolve, reject } = Promise.withResolvers<ReadHead>();
  let bytes = new Uint8Array(0);
  const settle = (run: () => void): void => {
    connection.off("data", heard);
    connection.off("close", gone);
    connection.pause();
    run();
  };
  const gone = (): void => settle(() => reject(new Error("the connection ended")));
  const heard = (chunk: Uint8Array): void => {
    bytes = joined([bytes, chunk]);
    const end = endOf(bytes);
    if (end === undefined) {
      if (bytes.length > MAX_HEAD) settle(() => reject(new Error("the head of the answer has no end")));
      return;
    }
    const head = new TextDecoder("latin1").decode(bytes.subarray(0, end - BLANK_LINE.length));
    settle(() => resolve({ head, rest: bytes.slice(end) }));
  };
  connection.on("data", heard);
  connection.once("close", gone);
  return promise;
}

/** Where the head ends, behind its blank line. */
function endOf(bytes: Uint8Array): number | undefined {
  for (let at = 3; at < bytes.length; at++) {
    if (BLANK_LINE.every((byte, index) => bytes[at - 3 + index] === byte)) return at + 1;
  }
  return undefined;
}
