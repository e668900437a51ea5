import type { HttpRouteOptions } from "./http-options.ts";

/** Whether the next request is one of those that get an error in the place of a service. */
export function compileAbort(
  { abort, services }: Pick<HttpRouteOptions, "abort" | "services">,
  random: () => number,
): () => boolean {
  if (abort === undefined || abort.weight === 0) return () => false;
  const total = services.reduce((sum, { weight = 1 }) => sum + weight, abort.weight);
  return () => random() * total < abort.weight;
}
