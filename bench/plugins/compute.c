// Work that a guest does by itself, without its host.

typedef unsigned char u8;
typedef unsigned int u32;

#define EXPORT(name) __attribute__((export_name(#name)))

static u8 bytes[65536];
static u32 words[65536];
static double a[64][64], b[64][64], c[64][64];

// A byte at a time, as hashes and scanners work: the loop is as short as loops get.
EXPORT(hash) u32 hash(void) {
  u32 hash = 2166136261u;
  for (u32 i = 0; i < sizeof bytes; i++) hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

// Branches in the loop, as in parsers.
EXPORT(scan) u32 scan(void) {
  u32 depth = 0, strings = 0, in_string = 0;
  for (u32 i = 0; i < sizeof bytes; i++) {
    u8 byte = bytes[i] & 127;
    if (in_string) in_string = byte != '"';
    else if (byte == '"') in_string = 1, strings++;
    else if (byte == '{' || byte == '[') depth++;
    else if (byte == '}' || byte == ']') depth--;
  }
  return depth + strings;
}

EXPORT(sieve) u32 sieve(void) {
  u32 count = 0;
  for (u32 i = 0; i < 65536; i++) words[i] = 1;
  for (u32 n = 2; n < 65536; n++) {
    if (!words[n]) continue;
    count++;
    for (u32 m = 2 * n; m < 65536; m += n) words[m] = 0;
  }
  return count;
}

// Calls.
static u32 __attribute__((noinline)) fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
EXPORT(calls) u32 calls(void) { return fib(22); }

EXPORT(matrix) u32 matrix(void) {
  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 64; j++) {
      double sum = 0;
      for (int k = 0; k < 64; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum + i;
    }
  return (u32)c[63][63];
}

// Longer work in each turn, as in hashes of blocks.
EXPORT(blocks) u32 blocks(void) {
  u32 x = 1, y = 2, z = 3, w = 4;
  for (u32 i = 0; i < 16384; i++) {
    u32 m = words[i];
    x += m, y ^= x, y = y << 16 | y >> 16;
    z += y, w ^= z, w = w << 12 | w >> 20;
    x += w, y ^= x, y = y << 8 | y >> 24;
    z += y, w ^= z, w = w << 7 | w >> 25;
    x ^= w + 0x9e3779b9u, z = z << 3 | z >> 29;
  }
  return x ^ y ^ z ^ w;
}

EXPORT(prepare) void prepare(void) {
  u32 seed = 1;
  for (u32 i = 0; i < sizeof bytes; i++) bytes[i] = (seed = seed * 1664525u + 1013904223u) >> 24;
  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 64; j++) a[i][j] = i + j, b[i][j] = i - j;
}
