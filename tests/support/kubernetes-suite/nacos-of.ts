import { FakeNacos } from "../registries/fake-nacos.ts";
import type { EchoBackends } from "./echo-backends.ts";

/** A fake of Nacos that knows each backend as a service of its name, in the group `DEFAULT_GROUP`. */
export async function nacosOf(names: Iterable<string>, backends: EchoBackends): Promise<FakeNacos> {
  const nacos = await FakeNacos.start();
  for (const name of names) nacos.put(name, [backends.addressOf(name)]);
  return nacos;
}
