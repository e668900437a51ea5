import { onAllPlanes } from "#tests/support/kubernetes-suite/all-planes.ts";

onAllPlanes(new URL("./higress", import.meta.url));
