import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, integer, nat, property, tuple, uint8Array } from "fast-check";
import { Fuel } from "#src/plugin-host/wasm/fuel.ts";
import { FUEL_EXPORT, meter } from "#src/plugin-host/wasm/meter.ts";
import { isTrap } from "#src/plugin-host/wasm/trap.ts";
import { buildC, clangMissing } from "#tests/support/wasm/clang.ts";
import { EVERY_INSTRUCTION } from "#tests/support/wasm/every-instruction.ts";
import { wat } from "#tests/support/wasm/wat.ts";

const LIMITS = { memoryPages: 16, fuel: true };

type Exports = Readonly<Record<string, (...values: number[]) => number>>;

function run(module: Uint8Array, limits = LIMITS): { readonly exports: Exports; readonly fuel: Fuel } {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(meter(module, limits)), {});
  const fuel = new Fuel();
  fuel.attach(instance.exports);
  return { exports: instance.exports as unknown as Exports, fuel };
}

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("fuel", () => {
  test("ends an endless loop, and what is called later, until it is refuelled", () => {
    const { exports, fuel } = run(
      wat(`(module
        (func (export "spin") (loop (br 0)))
        (func (export "one") (result i32) (i32.const 1)))`),
    );
    fuel.refuel(1000);
    expect(isTrap(thrown(() => exports["spin"]?.()))).toBe(true);
    expect(fuel.exhausted).toBe(true);
    expect(isTrap(thrown(() => exports["one"]?.()))).toBe(true);
    fuel.refuel(1000);
    expect(exports["one"]?.()).toBe(1);
    expect(fuel.exhausted).toBe(false);
  });

  test("is spent on calls and turns of loops", () => {
    const { exports, fuel } = run(
      wat(`(module (func (export "count") (param i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`),
    );
    fuel.refuel(1000);
    exports["count"]?.(10);
    expect(fuel.spent).toBe(11);
    exports["count"]?.(10);
    expect(fuel.spent).toBe(22);
  });

  test.each([
    ["calls itself in tail position", `(func $f (export "run") (return_call $f))`],
    ["calls itself twice, to any depth", `(func $f (export "run") (call $f) (call $f))`],
    ["jumps back through a table", `(func (export "run") (loop (br_table 0 0 (i32.const 0))))`],
    ["catches what it can", `(tag $t) (func (export "run") (loop (try (do (throw $t)) (catch_all (br 1)))))`],
  ])("ends a guest that %s", (_, body) => {
    const { exports, fuel } = run(wat(`(module ${body})`));
    fuel.refuel(100_000);
    expect(isTrap(thrown(() => exports["run"]?.()))).toBe(true);
  });

  test("is spent on the bytes that are filled and copied", () => {
    const { exports, fuel } = run(
      wat(`(module (memory 16)
        (func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 7) (local.get 0)))
        (func (export "read") (result i32) (i32.load8_u (i32.const 99))))`),
    );
    fuel.refuel(1_000_000);
    exports["fill"]?.(640_000);
    expect(fuel.spent).toBe(1 + 10_000);
    expect(exports["read"]?.()).toBe(7);
    fuel.refuel(1000);
    expect(isTrap(thrown(() => exports["fill"]?.(640_000)))).toBe(true);
  });

  test("is spent on long code without loops, also when it is jumped through", () => {
    // Each block is left before its end, so that a check inside it alone would never be met.
    const piece = `(block (br_if 0 (local.get 0)) ${"(drop (i32.const 1))".repeat(600)})`;
    const straight = "(drop (i32.const 1))".repeat(40_000);
    const { exports, fuel } = run(
      wat(`(module
        (func (export "jump") (param i32) ${piece.repeat(50)})
        (func (export "straight") ${straight}))`),
    );
    fuel.refuel(1000);
    exports["straight"]?.();
    expect(fuel.spent).toBeGreaterThanOrEqual(29);
    fuel.refuel(1000);
    exports["jump"]?.(1);
    expect(fuel.spent).toBeGreaterThanOrEqual(16);
  });

  test("is taken for what the host does", () => {
    const { exports, fuel } = run(wat(`(module (func (export "one") (result i32) (i32.const 1)))`));
    fuel.refuel(1000);
    fuel.charge(400);
    expect(fuel.spent).toBe(400);
    fuel.charge(4000);
    expect(fuel.exhausted).toBe(true);
    expect(isTrap(thrown(() => exports["one"]?.()))).toBe(true);
  });

  test("bounds what runs while the module is instantiated", () => {
    const spin = wat(`(module (func $spin (loop (br 0))) (start $spin))`);
    const module = new WebAssembly.Module(meter(spin, { ...LIMITS, startUnits: 1000 }));
    expect(isTrap(thrown(() => new WebAssembly.Instance(module)))).toBe(true);
  });

  test("cannot be given by the guest to itself", () => {
    const imported = wat(`(module (import "env" "${FUEL_EXPORT}" (global (mut i32))))`);
    const exported = wat(`(module (global (mut i32) (i32.const 9)) (export "${FUEL_EXPORT}" (global 0)))`);
    expect(() => meter(imported, LIMITS)).toThrow("it imports __sluice_fuel, a name that is reserved");
    expect(() => meter(exported, LIMITS)).toThrow("it exports __sluice_fuel, a name that is reserved");
    // A global behind the last one would be the fuel; the opcode is written over a `global.set 0`.
    const setter = wat(`(module (global (mut i32) (i32.const 9)) (func (export "f") (global.set 0 (i32.const 77))))`);
    const at = setter.findLastIndex((byte, index) => byte === 0x24 && setter[index + 1] === 0);
    setter[at + 1] = 1;
    expect(() => meter(setter, LIMITS)).toThrow("The WebAssembly module is not valid");
  });

  test("is not there without being asked for", () => {
    const module = wat(`(module (func (export "one") (result i32) (i32.const 1)))`);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(meter(module, { ...LIMITS, fuel: false })));
    expect(Object.keys(instance.exports)).toEqual(["one"]);
    expect(() => new Fuel().attach(instance.exports)).toThrow("its module was not metered");
  });
});

describe("sizes", () => {
  test("a memory does not grow beyond its limit", () => {
    const { exports } = run(
      wat(`(module (memory 2) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`),
    );
    expect(exports["grow"]?.(14)).toBe(2);
    expect(exports["grow"]?.(1)).toBe(-1);
  });

  test("a lower maximum of the module's own stays", () => {
    const { exports } = run(
      wat(`(module (memory 2 3) (func (export "grow") (result i32) (memory.grow (i32.const 2))))`),
    );
    expect(exports["grow"]?.()).toBe(-1);
  });

  test("a table does not grow beyond its limit", () => {
    const { exports } = run(
      wat(`(module (table 1 funcref)
        (func (export "grow") (param i32) (result i32) (table.grow 0 (ref.null func) (local.get 0))))`),
    );
    expect(exports["grow"]?.(131_071)).toBe(1);
    expect(exports["grow"]?.(1)).toBe(-1);
  });

  test.each([
    ["begins too large", `(module (memory 17))`, "its memory begins with 17 pages of 64 KiB, and 16 are allowed"],
    ["has a memory of 64 bits", `(module (memory i64 1))`, "its memory is addressed with 64 bits"],
    ["has a shared memory", `(module (memory 1 2 shared))`, "its memory is shared between threads"],
    [
      "imports a shared memory",
      `(module (import "a" "b" (memory 1 2 shared)))`,
      "its memory is shared between threads",
    ],
    [
      "has a large table",
      `(module (table 200000 funcref))`,
      "its table begins with 200000 entries, and 131072 are allowed",
    ],
    ["has many tables", `(module ${"(table 1 funcref)".repeat(17)})`, "it has more than 16 tables"],
  ])("a module that %s is refused", (_, text, message) => {
    expect(() => meter(wat(text), LIMITS)).toThrow(message);
  });
});

describe("modules", () => {
  test("with every instruction can be read and run on", () => {
    expect(() => new WebAssembly.Module(meter(wat(EVERY_INSTRUCTION), LIMITS))).not.toThrow();
  });

  test("of the garbage collection proposal are refused", () => {
    // (type (array (mut i32))), which the text parser does not know.
    const array = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x5e, 0x7f, 1);
    expect(() => meter(array, LIMITS)).toThrow("it has types of the garbage collection proposal");
  });

  test("that are components, or nothing at all, are told apart", () => {
    for (const bytes of [[], [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0], [1, 2, 3]]) {
      expect(() => meter(Uint8Array.from(bytes), LIMITS)).toThrow("does not begin as a core module");
    }
  });

  test("lose hints for the compiler, and keep names", () => {
    const module = wat(`(module (func $named))`);
    const hints = [...new TextEncoder().encode("metadata.code.branch_hint")];
    const hinted = Uint8Array.from([...module, 0, hints.length + 2, hints.length, ...hints, 0]);
    const metered = new WebAssembly.Module(meter(hinted, LIMITS));
    expect(WebAssembly.Module.customSections(metered, "metadata.code.branch_hint")).toHaveLength(0);
  });

  test("that are broken anywhere give an Error or a module that still is valid", () => {
    const sound = wat(EVERY_INSTRUCTION);
    const change = tuple(nat(sound.length - 1), integer({ min: 0, max: 255 }));
    assert(
      property(array(change, { minLength: 1, maxLength: 4 }), nat(sound.length), (changes, length) => {
        const broken = sound.slice(0, length < 10 ? sound.length : length);
        for (const [at, byte] of changes) if (at < broken.length) broken[at] = byte;
        soundOrError(broken);
      }),
      { numRuns: 1000 },
    );
  });

  test("of bytes at random are refused", () => {
    assert(
      property(uint8Array({ maxLength: 200 }), (bytes) =>
        soundOrError(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...bytes])),
      ),
    );
  });
});

function soundOrError(bytes: Uint8Array): void {
  let metered: Uint8Array<ArrayBuffer>;
  try {
    metered = meter(bytes, LIMITS);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(RangeError);
    expect(error).not.toBeInstanceOf(TypeError);
    return;
  }
  expect(WebAssembly.validate(metered)).toBe(true);
}

const STATEMENTS = [
  "(local.set 0 (i32.add (local.get 0) (local.get 1)))",
  "(local.set 1 (i32.mul (local.get 1) (i32.const 1664525)))",
  "(i32.store offset=4 (i32.and (local.get 0) (i32.const 0xfff)) (local.get 1))",
  "(local.set 0 (i32.xor (local.get 0) (i32.load (i32.and (local.get 1) (i32.const 0xfff)))))",
  "(if (i32.and (local.get 0) (i32.const 1)) (then (local.set 1 (i32.rotl (local.get 1) (i32.const 5)))) (else (local.set 0 (i32.ctz (local.get 1)))))",
  "(block (br_if 0 (i32.lt_s (local.get 0) (local.get 1))) (local.set 0 (i32.const 77)))",
  "(local.set 2 (i32.const 9)) (loop (local.set 0 (i32.add (local.get 0) (i32.const 3))) (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))",
  "(block (block (block (br_table 0 1 2 (i32.and (local.get 0) (i32.const 3)))) (local.set 1 (i32.const 5))) (local.set 0 (local.get 1)))",
  "(memory.fill (i32.const 64) (local.get 0) (i32.const 300))",
  "(memory.copy (i32.const 0) (i32.const 100) (i32.const 1000))",
  "(local.set 1 (call $leaf (local.get 0)))",
] as const;

describe("a metered guest", () => {
  test("computes what the guest itself computes", () => {
    const statements = array(constantFrom(...STATEMENTS), { maxLength: 150 });
    assert(
      property(statements, integer(), integer(), (body, a, b) => {
        const module = wat(`(module (memory 1)
          (func $leaf (param i32) (result i32) (i32.popcnt (local.get 0)))
          (func (export "run") (param i32 i32) (result i32) (local i32) ${body.join("\n")}
            (i32.add (local.get 0) (i32.add (local.get 1) (i32.load (i32.const 8))))))`);
        const plain = new WebAssembly.Instance(new WebAssembly.Module(module)).exports as unknown as Exports;
        expect(run(module).exports["run"]?.(a, b)).toBe(plain["run"]?.(a, b) as number);
      }),
      { numRuns: 20 },
    );
  });

  test.skipIf(clangMissing !== undefined)("in C computes what it computes unmetered", async () => {
    const module = await buildC(SIEVE);
    const plain = new WebAssembly.Instance(new WebAssembly.Module(module)).exports as unknown as Exports;
    const { exports, fuel } = run(module);
    fuel.refuel(10_000_000);
    expect(exports["primes"]?.(50_000)).toBe(plain["primes"]?.(50_000) as number);
    expect(exports["primes"]?.(50_000)).toBe(5133);
    expect(fuel.spent).toBeGreaterThan(50_000);
  });
});

const SIEVE = `
static unsigned char composite[65536];
__attribute__((export_name("primes"))) int primes(int below) {
  int count = 0;
  __builtin_memset(composite, 0, below);
  for (int n = 2; n < below; n++) {
    if (composite[n]) continue;
    count++;
    for (int m = 2 * n; m < below; m += n) composite[m] = 1;
  }
  return count;
}`;

describe("a stack that overflows", () => {
  test("is a trap", () => {
    const { exports, fuel } = run(
      wat(`(module (func $f (export "run") (param i32) (result i32)
      (i32.add (call $f (local.get 0)) (i32.const 1))))`),
    );
    fuel.refuel(2_000_000_000);
    expect(isTrap(thrown(() => exports["run"]?.(1)))).toBe(true);
    expect(fuel.exhausted).toBe(false);
  });

  test("is told from other errors", () => {
    expect(isTrap(new RangeError("Invalid array length"))).toBe(false);
    expect(isTrap(new Error("a host function's"))).toBe(false);
    expect(isTrap("Maximum call stack size exceeded")).toBe(false);
  });
});
