import { onBothPlanes } from "#tests/support/kubernetes-suite/both-planes.ts";

onBothPlanes(new URL("./gateway-api", import.meta.url));
