import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { TemplateError } from "../value.ts";
import { asText, fixed, type Functions } from "./signature.ts";

const decoder = new TextDecoder();
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Sprig's encodings and checksums. */
export const encodings: Functions = {
  b64enc: fixed(1, (text) => utf8ToBytes(asText(text).toWellFormed()).toBase64()),
  b64dec: fixed(1, (text) => decoder.decode(fromBase64(asText(text)))),
  b32enc: fixed(1, (text) => base32(utf8ToBytes(asText(text).toWellFormed()))),
  b32dec: fixed(1, (text) => decoder.decode(fromBase32(asText(text)))),
  sha1sum: fixed(1, (text) => bytesToHex(sha1(utf8ToBytes(asText(text))))),
  sha256sum: fixed(1, (text) => bytesToHex(sha256(utf8ToBytes(asText(text))))),
  sha512sum: fixed(1, (text) => bytesToHex(sha512(utf8ToBytes(asText(text))))),
  adler32sum: fixed(1, (text) => String(adler32(utf8ToBytes(asText(text))))),
};

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    throw new TemplateError("b64dec got what is not base64");
  }
}

function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const chars = bits.match(/.{1,5}/g)?.map((five) => BASE32.charAt(Number.parseInt(five.padEnd(5, "0"), 2))) ?? [];
  return chars.join("").padEnd(Math.ceil(chars.length / 8) * 8, "=");
}

function fromBase32(text: string): Uint8Array {
  const chars = text.replace(/=+$/, "");
  if (!/^[A-Z2-7]*$/.test(chars)) throw new TemplateError("b32dec got what is not base32");
  const bits = Array.from(chars, (char) => BASE32.indexOf(char).toString(2).padStart(5, "0")).join("");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (eight) => Number.parseInt(eight, 2));
}

function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return high * 65_536 + low;
}
