import { onAllPlanes } from "#tests/support/kubernetes-suite/all-planes.ts";

onAllPlanes(new URL("./ingress", import.meta.url));
