import { onAllPlanes } from "#tests/support/kubernetes-suite/all-planes.ts";

onAllPlanes(new URL("./gateway-api", import.meta.url));
