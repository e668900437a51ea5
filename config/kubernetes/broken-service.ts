import { certificateProblems } from "../certificate-checks.ts";
import { pemChecks } from "../pem.ts";
import type { Problem } from "../report.ts";
import type { Written } from "./translator.ts";

/** What is wrong with a service's certificates: no client can be opened with them. */
export function serviceProblems(service: Written): readonly Problem[] {
  return certificateProblems({ services: [service] }, pemChecks, (pem) => pem).map(({ path, ...problem }) =>
    Object.assign(problem, { path: path.slice(2) }),
  );
}

/** A service whose certificates cannot be used is nowhere: its routes answer 503, and nothing else takes their requests. */
export function brokenService(service: Written): Written {
  const { tls: _, ...others } = service;
  return { ...others, endpoints: [] };
}
