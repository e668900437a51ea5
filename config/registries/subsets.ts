import type { ServiceConfig } from "../model.ts";
import { together } from "./together.ts";

/** Services with the endpoints of those that they are a part of; the same list where none is. */
export function withSubsets(services: readonly ServiceConfig[]): readonly ServiceConfig[] {
  if (!services.some(({ subsetOf }) => subsetOf !== undefined)) return services;
  const byName = new Map(services.map((service) => [service.name, service]));
  return services.map((service) => {
    const whole = service.subsetOf === undefined ? undefined : byName.get(service.subsetOf.service);
    return whole === undefined ? service : together(service, whole);
  });
}
