/** Segments of an address that do not name the plugin: the file of a build, and a version's folder. */
const NAMELESS = /^(?:plugin|main|v?\d+(?:\.\d+)*(?:-[\w.]+)?|latest)$/;

/**
 * The name of the plugin in an address: `key-auth` of `oci://registry/plugins/key-auth:1.0.0`,
 * `file:///opt/plugins/key-auth/1.0.0/plugin.wasm` and `https://server/key_auth.wasm`.
 */
export function pluginNameOf(url: string): string | undefined {
  const [path = ""] = url.replace(/^[a-z]+:\/\//, "").split(/[?#]/);
  const segments = path.split("/").map((segment) =>
    segment
      .replace(/@sha256:[0-9a-f]+$/i, "")
      .replace(/:[\w.-]+$/, "")
      .replace(/\.wasm$/, ""),
  );
  return segments.findLast((segment) => segment !== "" && !NAMELESS.test(segment))?.replaceAll("_", "-");
}

/** An address as Istio reads it: without a scheme it is an OCI image's. */
export function withScheme(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `oci://${url}`;
}
