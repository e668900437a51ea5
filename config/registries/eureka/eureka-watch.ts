import { pause } from "#src/core/pause.ts";
import { Retry } from "#src/core/retry.ts";
import type { RegistryConfig } from "../../model/registries.ts";
import { hostAndPort } from "../host-port.ts";
import { type JsonAnswer, reasonOf, requestJson } from "../json-request.ts";
import { KnownServices } from "../known-services.ts";
import type { RegistryListener, RegistryWatcher, RegistryWorld } from "../registry.ts";
import { watchUntilClosed } from "../watch-until-closed.ts";
import { type EurekaAnswer, type EurekaRecord, hashCodeOf, readApplications, withDelta } from "./applications.ts";

/** Between two questions, in milliseconds. The server itself makes its answers anew each 30 s. */
const INTERVAL = 10_000;

/** An answer that takes longer has failed. */
const LIMIT = 10_000;

const WHAT = "applications";

/** See {@link EurekaWatch}. */
export function watchEureka(config: RegistryConfig, world: RegistryWorld, listener: RegistryListener): RegistryWatcher {
  const known = new KnownServices(config, world, listener, { forgetful: true });
  return watchUntilClosed(known, (closing) => new EurekaWatch(config, world, known, closing).run());
}

/** Asks for all instances, then for those that have changed; for all again when what is known and what the server counts differ. */
class EurekaWatch {
  readonly #world: RegistryWorld;
  readonly #known: KnownServices;
  readonly #base: string;
  /** Undefined when all have to be asked for. */
  #records: ReadonlyMap<string, EurekaRecord> | undefined;
  /** False with a server that has them turned off. */
  #deltas = true;
  readonly #closing: AbortSignal;

  constructor(config: RegistryConfig, world: RegistryWorld, known: KnownServices, closing: AbortSignal) {
    this.#world = world;
    this.#known = known;
    this.#base = `http://${hostAndPort(config)}/eureka/apps`;
    this.#closing = closing;
  }

  async run(): Promise<void> {
    const retry = new Retry(this.#world);
    while (!this.#closing.aborted) {
      let rest = INTERVAL;
      try {
        this.#tell(await this.#refresh());
        retry.reset();
      } catch (error) {
        // What has changed meanwhile may be in no delta any more.
        this.#records = undefined;
        this.#known.failed(WHAT, reasonOf(error));
        rest = retry.next();
      }
      await pause(this.#world.clock, rest, this.#closing);
    }
  }

  async #refresh(): Promise<ReadonlyMap<string, EurekaRecord>> {
    const known = this.#records;
    const changed = known === undefined || !this.#deltas ? undefined : await this.#changed(known);
    if (changed !== undefined) return changed;
    const { records } = readAnswer(await this.#ask(""));
    return new Map(records.map((record) => [record.key, record]));
  }

  /** What has changed, where that adds up; else undefined. */
  async #changed(known: ReadonlyMap<string, EurekaRecord>): Promise<ReadonlyMap<string, EurekaRecord> | undefined> {
    const answer = await this.#ask("/delta");
    if (answer.status === 404 || answer.status === 403) {
      this.#deltas = false;
      return undefined;
    }
    const { hashCode, records } = readAnswer(answer);
    const now = withDelta(known, records);
    return hashCodeOf(now.values()) === hashCode ? now : undefined;
  }

  #ask(path: string): Promise<JsonAnswer> {
    return requestJson(this.#world, { url: this.#base + path, timeout: LIMIT, signal: this.#closing });
  }

  #tell(records: ReadonlyMap<string, EurekaRecord>): void {
    this.#records = records;
    this.#known.answered(WHAT);
    this.#known.tell([...records.values()].filter(({ status }) => status === "UP").map(({ instance }) => instance));
  }
}

function readAnswer({ status, body }: JsonAnswer): EurekaAnswer {
  if (status !== 200) throw new Error(`it answered with ${status}`);
  return readApplications(body);
}
