import { describe, expect, test } from "bun:test";
import { generic } from "#providers/generic.ts";
import { Fault } from "#src/core/fault.ts";
import { Catalog, type CatalogSource } from "#src/traffic/ai/catalog.ts";
import { CredentialPool } from "#src/traffic/credential-pool.ts";
import { CredentialHealth } from "#src/traffic/health.ts";
import { LiveExchange } from "#src/traffic/live-exchange.ts";
import { configure } from "#tests/contracts/provider.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { gate } from "#tests/support/gate.ts";

const connection = { secure: false };
const watcher = { held() {}, over() {} };

/** A clock that tells when somebody waits for `delay` milliseconds. */
class ToldClock extends FakeClock {
  readonly #gates = new Map<number, ReturnType<typeof gate>>();

  waiting(delay: number): Promise<void> {
    return this.#gateOf(delay).opened;
  }

  override after(delay: number, run: () => void): () => void {
    const stop = super.after(delay, run);
    this.#gateOf(delay).open();
    return stop;
  }

  #gateOf(delay: number): ReturnType<typeof gate> {
    const known = this.#gates.get(delay) ?? gate();
    this.#gates.set(delay, known);
    return known;
  }
}

/** Two providers; the second one's list comes when `open` is called. */
function setUp() {
  const clock = new ToldClock();
  const health = new CredentialHealth({ clock });
  const late = gate();
  const sourceOf = (id: string): CatalogSource => ({
    provider: configure(generic, { id, baseUrl: `https://${id}.test/v1` }),
    pool: new CredentialPool({ provider: id, apiTokens: [], keyless: true, health, clock, random: () => 0 }),
    names: [],
    nameOf: (model) => model,
    modelFor: (asked) => asked,
    contextWindow: () => undefined,
  });
  const catalog = new Catalog([sourceOf("quick"), sourceOf("slow")], {
    clock,
    async fetch(url, { signal }) {
      const { hostname } = new URL(url);
      if (hostname === "slow.test") {
        const aborted = Promise.withResolvers<never>();
        signal?.addEventListener("abort", () => aborted.reject(signal.reason));
        await Promise.race([late.opened, aborted.promise]);
      }
      return Response.json({ data: [{ id: `of-${hostname}` }] });
    },
  });
  const ask = (path: string): Promise<Response> =>
    catalog.handle(new LiveExchange(new Request(`http://gateway${path}`), connection, clock, watcher));
  const ids = async (asked: Promise<Response>): Promise<unknown> => {
    const { data } = (await (await asked).json()) as { data: { id: string }[] };
    return data.map(({ id }) => id);
  };
  return { clock, ask, ids, open: () => late.open() };
}

describe("a provider that does not list its models", () => {
  test("is waited for a second once another has, and is there when it has come", async () => {
    const { clock, ask, ids, open } = setUp();
    const first = ask("/v1/models");
    await clock.waiting(1000);
    clock.advance(1000);
    expect(await ids(first)).toEqual(["of-quick.test"]);
    const second = ask("/v1/models");
    open();
    expect(await ids(second)).toEqual(["of-quick.test", "of-slow.test"]);
    expect(await ids(ask("/v1/models"))).toEqual(["of-quick.test", "of-slow.test"]);
    expect(clock.pending).toBe(0);
  });

  test("is waited for to the end where one model is asked for, which may be its own", async () => {
    const { clock, ask, open } = setUp();
    const asked = ask("/v1/models/of-slow.test");
    await clock.waiting(5000);
    clock.advance(4000);
    open();
    expect(await (await asked).json()).toMatchObject({ id: "of-slow.test" });
    const other = setUp();
    const unknown = other.ask("/v1/models/none").catch((thrown: unknown) => thrown);
    await other.clock.waiting(5000);
    other.clock.advance(5000);
    expect(await unknown).toBeInstanceOf(Fault);
  });
});
