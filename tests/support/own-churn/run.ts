import { seededRandom } from "../seeded-random.ts";
import { startGateway } from "../gateway.ts";
import { Client, type Told } from "./clients.ts";
import { History } from "./history.ts";
import { hostOf, ingressOf, pluginOf, serviceOf, SHARED, sliceOf } from "./objects.ts";
import { ChurnOrigin } from "./origin.ts";
import { type Sink, type SinkName, sinkOf } from "./sinks.ts";

/** A churn. */
export interface ChurnOptions {
  readonly source: SinkName;
  readonly routes: number;
  readonly changes: number;
  /** Clients that ask one request after the other throughout. */
  readonly clients: number;
  /** Streams that are open throughout. */
  readonly streams: number;
  readonly seed: number;
  /** Called with the gateway's process before the first change, and after the last. */
  readonly measured?: (pid: number, when: "begin" | "end") => Promise<void>;
}

/** What came of it. */
export interface ChurnOutcome {
  readonly requests: number;
  /** Requests without an answer, or with one of the gateway's own errors; the first of them are told. */
  readonly failed: readonly string[];
  /** Requests answered by a configuration that was neither the old nor the new one; the first of them are told. */
  readonly wrong: readonly string[];
  readonly cut: number;
  readonly events: number;
  /** Milliseconds from each change to the end of the first answer by it. */
  readonly delays: readonly number[];
  /** Milliseconds from the gateway's start to its first good answer. */
  readonly cold: number;
}

const TOLD = 20;

/** Changes the objects of a gateway under load, one after the other, and looks at every answer. */
export async function churn(options: ChurnOptions): Promise<ChurnOutcome> {
  await using first = new ChurnOrigin(100);
  await using second = new ChurnOrigin(100);
  await using sink = sinkOf(options.source);
  const site = new Sites(options, sink, [first.port, second.port]);
  const begin = performance.now();
  const gateway = await startGateway({ args: sink.args });
  try {
    using client = new Client(gateway.origin);
    const load = new Load(client, site);
    await load.seen(site.probe(0));
    const cold = performance.now() - begin;
    const streams = await Promise.all(
      Array.from({ length: options.streams }, (_, index) =>
        client.stream(hostOf(index % options.routes), "/api/stream"),
      ),
    );
    await options.measured?.(gateway.pid, "begin");
    const running = Array.from({ length: options.clients }, () => load.run());
    const delays: number[] = [];
    for (let change = 0; change < options.changes; change++) {
      const written = performance.now();
      const end = await load.seen(site.change(written));
      delays.push(end - written);
    }
    load.stop();
    await Promise.all(running);
    await options.measured?.(gateway.pid, "end");
    const cut = streams.filter((stream) => stream.cut).length;
    const events = streams.reduce((sum, stream) => sum + stream.events, 0);
    for (const stream of streams) stream[Symbol.dispose]();
    return { ...load.outcome, cut, events, delays, cold };
  } finally {
    await gateway.stop();
  }
}

/** How it is seen that a change is in use: the site to ask, and the test of its answer; `confirm` notes it. */
interface Probe {
  readonly site: number;
  readonly holds: (told: Told) => boolean;
  readonly confirm: (now: number) => void;
}

/** All that is there, and what it was. */
class Sites {
  readonly #sink: Sink;
  readonly #ports: readonly [number, number];
  readonly #random: () => number;
  /** Of the load, so that the changes are the same however many requests there are between them. */
  readonly #asked: () => number;
  readonly #versions: History<string | undefined>[];
  readonly #backends: History<string>[];
  readonly #plugin = new History<string | undefined>(undefined);
  #next = 2;

  constructor({ routes, seed }: ChurnOptions, sink: Sink, ports: readonly [number, number]) {
    this.#sink = sink;
    this.#ports = ports;
    this.#random = seededRandom(seed);
    this.#asked = seededRandom(seed + 1);
    this.#versions = Array.from({ length: routes }, () => new History<string | undefined>("1"));
    const services = Math.ceil(routes / SHARED);
    this.#backends = Array.from({ length: services }, () => new History(String(ports[0])));
    for (let service = 0; service < services; service++) {
      sink.put(serviceOf(service));
      sink.put(sliceOf(service, ports[0]));
    }
    for (let site = 0; site < routes; site++) sink.put(ingressOf(site, 1));
  }

  /** Any site, for the load to ask. */
  any(): number {
    return Math.floor(this.#asked() * this.#versions.length);
  }

  /** Makes a random change. */
  change(now: number): Probe {
    const kind = this.#random();
    const site = Math.floor(this.#random() * this.#versions.length);
    if (kind < 0.1) return this.#changePlugin(site, now);
    return kind < 0.25 ? this.#moveBackend(site, now) : this.#changeIngress(site, now);
  }

  /** A site as it is now. */
  probe(site: number): Probe {
    const version = this.#versions[site] as History<string | undefined>;
    const { value } = version;
    return {
      site,
      holds: ({ status, header }) => (value === undefined ? status === 404 : header("x-version") === value),
      confirm: (now) => version.confirm(now),
    };
  }

  /** What is wrong with an answer; undefined when it is by the configuration of before or of now. */
  complaint(site: number, told: Told): string | undefined {
    const { status, header, begin, end } = told;
    const version = this.#versions[site] as History<string | undefined>;
    const backend = this.#backends[Math.floor(site / SHARED)] as History<string>;
    const plugin = header("x-plugin");
    const shown = header("x-version");
    if (status === 404 && shown === undefined)
      return version.allows(undefined, begin, end) ? undefined : `${hostOf(site)} was not there`;
    if (shown === undefined || !version.allows(shown, begin, end)) return `${hostOf(site)} is of version ${shown}`;
    if (!backend.allows(header("x-backend") ?? "", begin, end)) return `${hostOf(site)} is behind another backend`;
    return this.#plugin.allows(plugin, begin, end)
      ? undefined
      : `the plugin of ${hostOf(site)} is of version ${plugin}`;
  }

  /** One that is there goes, or is changed; one that is not there comes. */
  #changeIngress(site: number, now: number): Probe {
    const version = this.#versions[site] as History<string | undefined>;
    const number = this.#next++;
    const goes = version.value !== undefined && this.#random() < 0.2;
    version.write(goes ? undefined : String(number), now);
    if (goes) this.#sink.delete(ingressOf(site, number));
    else this.#sink.put(ingressOf(site, number));
    return this.probe(site);
  }

  #moveBackend(site: number, now: number): Probe {
    const service = Math.floor(site / SHARED);
    const backend = this.#backends[service] as History<string>;
    const port = this.#ports[backend.value === String(this.#ports[0]) ? 1 : 0];
    backend.write(String(port), now);
    this.#sink.put(sliceOf(service, port));
    const there = Array.from({ length: SHARED }, (_, index) => service * SHARED + index);
    const shown = there.find((one) => this.#versions[one]?.value !== undefined);
    // With all of its sites gone nobody sees it.
    if (shown === undefined) return this.#changeIngress(site, now);
    return {
      site: shown,
      holds: ({ header }) => header("x-backend") === String(port),
      confirm: (time) => backend.confirm(time),
    };
  }

  #changePlugin(site: number, now: number): Probe {
    const version = String(this.#next++);
    this.#plugin.write(version, now);
    this.#sink.put(pluginOf(Number(version)));
    const shown = this.#versions.findIndex((one, index) => index >= site && one.value !== undefined);
    return {
      site: Math.max(shown, 0),
      holds: ({ header }) => header("x-plugin") === version,
      confirm: (time) => this.#plugin.confirm(time),
    };
  }
}

/** Requests throughout, and what came of them. */
class Load {
  readonly #client: Client;
  readonly #sites: Sites;
  #running = true;
  #requests = 0;
  readonly #failed: string[] = [];
  readonly #wrong: string[] = [];

  constructor(client: Client, sites: Sites) {
    this.#client = client;
    this.#sites = sites;
  }

  get outcome(): Pick<ChurnOutcome, "requests" | "failed" | "wrong"> {
    return { requests: this.#requests, failed: this.#failed, wrong: this.#wrong };
  }

  async run(): Promise<void> {
    while (this.#running) await this.#ask(this.#sites.any());
  }

  stop(): void {
    this.#running = false;
  }

  /** Asks until a change is seen to be in use. Answers when that was. */
  async seen({ site, holds, confirm }: Probe): Promise<number> {
    for (const limit = performance.now() + 20_000; ;) {
      const told = await this.#ask(site);
      if (told !== undefined && holds(told)) {
        confirm(told.end);
        return told.end;
      }
      if (performance.now() > limit) throw new Error(`a change of ${hostOf(site)} did not come into use`);
    }
  }

  async #ask(site: number): Promise<Told | undefined> {
    this.#requests++;
    try {
      const told = await this.#client.ask(hostOf(site), "/api/item");
      if (told.status !== 200 && told.status !== 404) note(this.#failed, `${hostOf(site)}: ${told.status}`);
      else {
        const complaint = this.#sites.complaint(site, told);
        if (complaint !== undefined) note(this.#wrong, complaint);
      }
      return told;
    } catch (error) {
      note(this.#failed, `${hostOf(site)}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}

function note(list: string[], what: string): void {
  list.push(list.length < TOLD ? what : "");
}
