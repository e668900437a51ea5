import { onBothPlanes } from "#tests/support/kubernetes-suite/both-planes.ts";

onBothPlanes(new URL("./ingress", import.meta.url));
