import { expect, test } from "bun:test";
import { normalizeHost } from "#src/traffic/host-index.ts";

test.each([
  ["example.com", "example.com"],
  ["EXAMPLE.com:8080", "example.com"],
  ["example.com.", "example.com"],
  ["example.com.:80", "example.com"],
  ["[::1]:8080", "[::1]"],
  ["[FE80::1]", "[fe80::1]"],
  ["127.0.0.1:1", "127.0.0.1"],
  ["", ""],
  [".", "."],
])("%p becomes %p", (raw, host) => {
  expect(normalizeHost(raw)).toBe(host);
});
