import { onAllPlanes } from "#tests/support/kubernetes-suite/all-planes.ts";

onAllPlanes(new URL("./istio", import.meta.url));
