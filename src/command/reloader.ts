import type { Config } from "#config/model.ts";
import type { ReloadResult } from "../control/admin.ts";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Gateway } from "../gateway.ts";
import type { ConfigSource, Loaded } from "./config-source.ts";
import { bindingsOf, type Listeners } from "./listeners.ts";
import { type FileTexts, textsNow, watchFiles } from "./watch.ts";

type Good = Extract<Loaded, { ok: true }>;

/** What a reloader works on. */
export interface ReloaderOptions {
  readonly source: ConfigSource;
  /** What is running at the begin. */
  readonly loaded: Good;
  readonly gateway: Gateway;
  readonly listeners: Listeners;
  readonly log: Log;
  readonly clock: Clock;
  readonly reloaded: (ok: boolean) => void;
}

/** Brings a changed configuration in, one at a time; one that cannot be used changes nothing. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #running: Good;
  #files: FileTexts;
  #stale = false;
  #turn: Promise<unknown> = Promise.resolve();
  #unwatch: () => void = () => {};

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#running = options.loaded;
    this.#files = options.loaded.files;
  }

  /** The configuration that is in use. */
  get running(): Config {
    return this.#running.config;
  }

  /** The last reload failed. */
  get stale(): boolean {
    return this.#stale;
  }

  /** The running configuration's admin token. */
  get token(): string | undefined {
    const { admin } = this.#running.config;
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
    const { gateway, listeners, log } = this.#options;
    this.#files = loaded.files;
    if (!loaded.ok) return loaded.problems;
    if (loaded.config.store !== this.#running.config.store) {
      log.warn("The store has changed: that takes a restart, until then the one before goes on.");
    }
    try {
      await listeners.update(bindingsOf(loaded.config));
      await gateway.apply(loaded.config);
    } catch (error) {
      await listeners.update(bindingsOf(this.#running.config)).catch(() => {});
      return [error instanceof Error ? error.message : String(error)];
    }
    this.#running = loaded;
    return [];
  }
}
