/** A server's answer that is a no. */
export class NacosRefusal extends Error {
  readonly code: number;

  constructor(what: string, code: number, said: unknown) {
    super(`${what} was refused with ${code}${typeof said === "string" ? `: ${said.slice(0, 200).trim()}` : ""}`);
    this.name = "NacosRefusal";
    this.code = code;
  }

  /** The credentials are wrong, or no longer good. */
  get forbidden(): boolean {
    return this.code === 401 || this.code === 403;
  }
}
