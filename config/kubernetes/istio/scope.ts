import { formatPath, type Path } from "../../report.ts";
import type { Resource } from "../resource.ts";
import type { Finding, Lookup, TranslatorOptions } from "../translator.ts";

/** Who asks for a destination, what it is looked up with, and who is told of it. */
export interface DestinationScope {
  readonly namespace: string;
  readonly lookup: Lookup;
  readonly options: TranslatorOptions;
  /** What stands there is left out. */
  error(path: Path, message: string, hint?: string): void;
  /** What stands there does nothing, or not what it says. */
  warn(path: Path, message: string, hint?: string): void;
}

/** What an object is read with, and what there is to say of it. */
export class IstioScope implements DestinationScope {
  readonly findings: Finding[] = [];
  readonly resource: Resource;
  readonly lookup: Lookup;
  readonly options: TranslatorOptions;

  constructor(resource: Resource, lookup: Lookup, options: TranslatorOptions) {
    this.resource = resource;
    this.lookup = lookup;
    this.options = options;
  }

  get namespace(): string {
    return this.resource.metadata.namespace;
  }

  error(path: Path, message: string, hint?: string): void {
    this.#add("error", path, message, hint);
  }

  warn(path: Path, message: string, hint?: string): void {
    this.#add("warning", path, message, hint);
  }

  #add(severity: Finding["severity"], path: Path, message: string, hint: string | undefined): void {
    const field = formatPath(path);
    // The same rule may be met at several hosts.
    if (this.findings.some((one) => one.field === field && one.message === message)) return;
    this.findings.push({ field, message, severity, ...(hint === undefined ? {} : { hint }) });
  }
}
