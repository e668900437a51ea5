import type { Config } from "#config/model.ts";
import type { ReloadResult } from "../control/admin.ts";
import type { Clock } from "../core/clock.ts";
import { Debounce } from "../core/debounce.ts";
import type { Log } from "../core/log.ts";
import type { Gateway } from "../gateway.ts";
import type { ConfigSource, Loaded } from "./config-source.ts";
import { bindingsOf, type Listeners, type ShownBy } from "./listeners.ts";
import { type FileTexts, textsNow, watchFiles } from "./watch.ts";

type Good = Extract<Loaded, { ok: true }>;

/** What listeners show: prepared for a configuration, which is then moved to or not. */
export interface CertificateSource {
  prepare(config: Config): Promise<void>;
  readonly shownBy: ShownBy;
  commit(): void;
  rollBack(): void;
}

/** What a reloader works on. */
export interface ReloaderOptions {
  readonly source: ConfigSource;
  /** What is running at the begin. */
  readonly loaded: Good;
  /** What else a configuration is made of, put over that of the source: what it is may change by itself. */
  readonly over: (config: Config) => Config;
  /** What `over` made last is in use. */
  readonly settled?: (config: Config) => void;
  readonly gateway: Gateway;
  readonly listeners: Listeners;
  readonly certificates: CertificateSource;
  readonly log: Log;
  readonly clock: Clock;
  readonly reloaded: (ok: boolean) => void;
}

/** Brings a changed configuration in, one at a time; one that cannot be used changes nothing. */
export class Reloader {
  readonly #options: ReloaderOptions;
  /** What the source said last that could be used. */
  #base: Good;
  #running: Config;
  readonly #changes: Debounce;
  #files: FileTexts;
  #stale = false;
  #begun = false;
  #showing = false;
  #turn: Promise<unknown> = Promise.resolve();
  #unwatch: () => void = () => {};

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#base = options.loaded;
    this.#running = options.loaded.config;
    this.#files = options.loaded.files;
    this.#changes = new Debounce(() => this.#refresh(), { clock: options.clock });
  }

  /** The configuration that is in use. */
  get running(): Config {
    return this.#running;
  }

  /** The last reload failed. */
  get stale(): boolean {
    return this.#stale;
  }

  /** The running configuration's admin token. */
  get token(): string | undefined {
    const { admin } = this.#running;
    return admin === false ? undefined : admin.token;
  }

  /** Reloads whenever one of the configuration's files changes. */
  watch(): void {
    this.#unwatch();
    const { files } = this.#options.gateway;
    // After a reload that failed the servers' files are others than those in use: what counts is a change from now on.
    const made = this.#stale ? textsNow(files.keys()) : files;
    this.#unwatch = watchFiles(
      new Map([...made, ...this.#files]),
      this.#options.clock,
      () => void this.reload("a changed file"),
    );
  }

  /** Reads the source anew and moves to it. `cause` is for the log. */
  reload(cause: string): Promise<ReloadResult> {
    const result = this.#turn.then(() => this.#reload(cause));
    this.#turn = result;
    return result;
  }

  /** Moves to the configuration as it is at the begin. Throws when it cannot be used. */
  start(): Promise<void> {
    const started = this.#start();
    this.#turn = started.catch(() => {});
    return started;
  }

  async #start(): Promise<void> {
    this.#begun = true;
    const { gateway, listeners, over, settled, certificates } = this.#options;
    const config = over(this.#base.config);
    await gateway.apply(config);
    await certificates.prepare(config);
    await listeners.update(bindingsOf(config, certificates.shownBy));
    this.#running = config;
    settled?.(config);
    certificates.commit();
  }

  /** What is put over the source's configuration has changed. Changes that follow each other closely are brought in together. */
  refresh(): void {
    this.#changes.touch();
  }

  /** Shows the certificates there are now. Changes that come while others are shown are shown together. */
  showCertificates(): void {
    if (this.#showing) return;
    this.#showing = true;
    const { listeners, certificates, log } = this.#options;
    this.#turn = this.#turn.then(async () => {
      this.#showing = false;
      try {
        await listeners.update(bindingsOf(this.#running, certificates.shownBy));
      } catch (error) {
        log.error("A certificate cannot be shown: those before go on.", {
          problem: error instanceof Error ? error.message : String(error),
        });
      }
    });
  }

  /** Brings no more changes in. */
  close(): void {
    this.#unwatch();
    this.#changes.close();
  }

  #refresh(): Promise<void> {
    const moved = this.#turn.then(async () => {
      // Not begun: the begin takes what there is then.
      if (!this.#begun) return;
      try {
        await this.#moveTo(this.#base.config);
      } catch (error) {
        this.#options.log.error("A change cannot be used: the configuration before goes on.", {
          problem: error instanceof Error ? error.message : String(error),
        });
      }
    });
    this.#turn = moved;
    return moved;
  }

  async #reload(cause: string): Promise<ReloadResult> {
    const { source, log, reloaded } = this.#options;
    const problems = await this.#move(source());
    this.#stale = problems.length > 0;
    reloaded(!this.#stale);
    this.watch();
    if (this.#stale) {
      log.error("The new configuration is not used: the one before goes on.", { cause, problems });
      return { ok: false, problems };
    }
    log.info("The configuration was reloaded.", { cause });
    return { ok: true };
  }

  /** Why the move failed; nothing when it did not. */
  async #move(loaded: Loaded): Promise<readonly string[]> {
    const { log } = this.#options;
    this.#files = loaded.files;
    if (!loaded.ok) return loaded.problems;
    if (loaded.config.store !== this.#running.store) {
      log.warn("The store has changed: that takes a restart, until then the one before goes on.");
    }
    try {
      await this.#moveTo(loaded.config);
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
    this.#base = loaded;
    return [];
  }

  async #moveTo(base: Config): Promise<void> {
    const { gateway, listeners, over, settled, certificates } = this.#options;
    const config = over(base);
    try {
      await certificates.prepare(config);
      await listeners.update(bindingsOf(config, certificates.shownBy));
      await gateway.apply(config);
    } catch (error) {
      certificates.rollBack();
      await listeners.update(bindingsOf(this.#running, certificates.shownBy)).catch(() => {});
      throw error;
    }
    this.#running = config;
    settled?.(config);
    certificates.commit();
  }
}
