import { readStaticAddresses } from "../model/registry-addresses.ts";
import type { Instance } from "./instances.ts";
import { KnownServices } from "./known-services.ts";
import type { RegistryKind } from "./registry.ts";

/** One service, `NAME.static`, at the addresses that `domain` lists. */
export const fixed: RegistryKind = {
  types: ["static"],
  watch(config, world, listener) {
    const known = new KnownServices(config, world, listener);
    const stop = world.clock.after(0, () => {
      const addresses = readStaticAddresses(config.domain);
      if (!("length" in addresses)) return known.failed(config.domain, addresses.message);
      known.answered(config.domain);
      const service = `${config.name}.static`;
      known.tell(addresses.map(({ host, port }): Instance => ({ service, host, port })));
    });
    return {
      get status() {
        return known.status;
      },
      close() {
        stop();
        known.close();
        return Promise.resolve();
      },
    };
  },
};
