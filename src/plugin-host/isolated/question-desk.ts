import type { Json } from "../../core/json.ts";
import type { Call } from "../../core/plugin.ts";
import type { PluginHost } from "../../core/plugin-host.ts";
import { applyEdits } from "./call-snapshot.ts";
import { answerQuestion } from "./host-services.ts";
import type { PluginProcess } from "./plugin-process.ts";
import { sendError, type Sent } from "./wire-values.ts";

/** Questions of a process that are being answered; more are refused. */
const MAX_QUESTIONS = 1000;

/** Whose questions there are. */
export interface Askers {
  host(config: number): PluginHost | undefined;
  /** A request that the process has not left. */
  call(request: number): Call | undefined;
}

/** In the gateway: takes a process's questions and sends it the answers. Fields are not trusted. */
export class QuestionDesk {
  readonly #process: PluginProcess;
  readonly #askers: Askers;
  #open = 0;

  constructor(process: PluginProcess, askers: Askers) {
    this.#process = process;
    this.#askers = askers;
  }

  async receive(fields: Fields, blobs: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    const { id, sync } = fields;
    const answer = await this.#answer(fields, blobs);
    if (id === undefined || !this.#process.running) return;
    try {
      if (sync === true) this.#process.answer({ kind: "answer", id, ...answer.message }, answer.blobs);
      else this.#process.send({ kind: "answer", id, ...answer.message }, answer.blobs);
    } catch (error) {
      this.#process.kill(error instanceof Error ? error.message : "it cannot be answered");
    }
  }

  async #answer(fields: Fields, blobs: readonly Uint8Array<ArrayBuffer>[]): Promise<Answer> {
    this.#open++;
    try {
      const { value, blobs: answered } = await this.#asked(fields, blobs);
      return { message: { value }, blobs: answered };
    } catch (error) {
      return { message: { error: sendError(error) }, blobs: [] };
    } finally {
      this.#open--;
    }
  }

  async #asked(
    { config, request, edits, method, args }: Fields,
    blobs: readonly Uint8Array<ArrayBuffer>[],
  ): Promise<Sent> {
    if (this.#open > MAX_QUESTIONS) throw new Error(`The plugin asks for ${MAX_QUESTIONS} things already.`);
    const host = this.#askers.host(Number(config));
    if (host === undefined) throw new Error("The plugin's configuration is gone.");
    const call = request === undefined ? undefined : this.#askers.call(Number(request));
    if (call !== undefined) applyEdits(call, edits);
    const question = { method: typeof method === "string" ? method : "", args: Array.isArray(args) ? args : [], blobs };
    return answerQuestion({ host, call, signal: call?.signal }, question);
  }
}

interface Answer {
  readonly message: object;
  readonly blobs: readonly Uint8Array[];
}

type Fields = Readonly<Record<string, Json | undefined>>;
