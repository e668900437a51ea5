/** A service as Higress names it, for a call-out: a configured service of that name, or the host itself. */
export function serviceAddress(name: string, port: number): string {
  return `outbound|${port}||${name}`;
}
