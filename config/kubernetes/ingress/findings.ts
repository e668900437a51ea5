import type { Finding } from "../translator.ts";

/** Collects what there is to say of an object; the same thing is said once, however often it is found. */
export class Findings {
  readonly #found = new Map<string, Finding>();

  get list(): readonly Finding[] {
    return [...this.#found.values()];
  }

  /** What the field stands for is left out. */
  error(field: string, message: string, hint?: string): void {
    this.#add({ field, message, severity: "error", ...(hint === undefined ? {} : { hint }) });
  }

  /** It is not left out, or does nothing here. */
  warning(field: string, message: string, hint?: string): void {
    this.#add({ field, message, severity: "warning", ...(hint === undefined ? {} : { hint }) });
  }

  #add(finding: Finding): void {
    this.#found.set(`${finding.field} ${finding.message}`, finding);
  }
}
