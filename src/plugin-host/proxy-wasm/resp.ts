import type { RedisReply } from "../../core/plugin-host.ts";
import { RedisError } from "../../core/plugin-host.ts";
import { joined } from "./body-buffer.ts";
import { utf8Bytes } from "./guest-memory.ts";

const CR = 13;
const LF = 10;
const MAX_DEPTH = 16;

/** One command, as its arguments. */
export type RedisCommand = readonly Uint8Array[];

/** Reads commands as clients of a Redis write them: arrays of bulk strings, one after the other. Undefined for anything else, and for none. */
export function decodeCommands(bytes: Uint8Array): readonly RedisCommand[] | undefined {
  const reader = new CommandReader(bytes);
  const commands: RedisCommand[] = [];
  while (!reader.done) {
    const command = reader.command();
    if (command === undefined) return undefined;
    commands.push(command);
  }
  return commands.length > 0 ? commands : undefined;
}

/** An answer as a Redis writes it (RESP2). */
export function encodeReply(reply: RedisReply, depth = 0): Uint8Array<ArrayBuffer> {
  if (reply === null) return utf8Bytes("$-1\r\n");
  if (typeof reply === "number") {
    return Number.isInteger(reply) ? utf8Bytes(`:${reply}\r\n`) : bulk(utf8Bytes(String(reply)));
  }
  if (typeof reply === "string") return bulk(utf8Bytes(reply));
  if (reply instanceof Uint8Array) return bulk(reply);
  if (reply instanceof RedisError) return utf8Bytes(`-${reply.message.replaceAll(/[\r\n]+/g, " ")}\r\n`);
  if (depth >= MAX_DEPTH) return utf8Bytes("-ERR the answer is nested too deeply\r\n");
  return joined([utf8Bytes(`*${reply.length}\r\n`), ...reply.map((item) => encodeReply(item, depth + 1))]);
}

function bulk(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return joined([utf8Bytes(`$${bytes.length}\r\n`), bytes, utf8Bytes("\r\n")]);
}

class CommandReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  command(): RedisCommand | undefined {
    const count = this.#number("*");
    if (count === undefined || count < 1) return undefined;
    const command: Uint8Array[] = [];
    for (let index = 0; index < count; index++) {
      const argument = this.#bulk();
      if (argument === undefined) return undefined;
      command.push(argument);
    }
    return command;
  }

  #bulk(): Uint8Array | undefined {
    const size = this.#number("$");
    if (size === undefined || this.#at + size + 2 > this.#bytes.length) return undefined;
    const argument = this.#bytes.subarray(this.#at, this.#at + size);
    this.#at += size;
    return this.#lineEnd() ? argument : undefined;
  }

  #number(kind: string): number | undefined {
    if (this.#bytes[this.#at++] !== kind.charCodeAt(0)) return undefined;
    let digits = "";
    while (this.#at < this.#bytes.length && this.#bytes[this.#at] !== CR) {
      digits += String.fromCharCode(this.#bytes[this.#at++] ?? 0);
    }
    return /^\d{1,9}$/.test(digits) && this.#lineEnd() ? Number(digits) : undefined;
  }

  #lineEnd(): boolean {
    return this.#bytes[this.#at++] === CR && this.#bytes[this.#at++] === LF;
  }
}
