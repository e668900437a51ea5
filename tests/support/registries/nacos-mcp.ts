/** What is said of an MCP server in Nacos. */
export interface McpServerSpec {
  readonly id: string;
  readonly name: string;
  readonly protocol: string;
  readonly version?: string;
  readonly frontProtocol?: string;
  readonly service?: { readonly serviceName: string; readonly groupName?: string; readonly namespaceId?: string };
  readonly exportPath?: string;
  readonly enabled?: boolean;
  readonly tools?: object | string;
}

/** The configurations that Nacos 3 keeps of an MCP server: its versions last, as Nacos writes them. */
export function mcpConfigs(
  server: McpServerSpec,
): readonly (readonly [group: string, dataId: string, content: object])[] {
  const { id, name, protocol, version = "1.0.0", frontProtocol = "mcp-sse", service, tools } = server;
  const { exportPath = "", enabled = true } = server;
  const serviceRef = { namespaceId: "public", groupName: "DEFAULT_GROUP", serviceName: name, ...service };
  const described = { name, protocol, description: `about ${name}`, enabled };
  return [
    ...(tools === undefined ? [] : ([["mcp-tools", `${id}-${version}-mcp-tools.json`, tools as object]] as const)),
    [
      "mcp-server",
      `${id}-${version}-mcp-server.json`,
      { ...described, versionDetail: { version }, remoteServerConfig: { serviceRef, exportPath } },
    ],
    [
      "mcp-server-versions",
      `${id}-mcp-versions.json`,
      {
        ...described,
        id,
        frontProtocol,
        latestPublishedVersion: version,
        versionDetails: [{ version, is_latest: true }],
      },
    ],
  ];
}

/** Tools of a REST API: `echo`, which gets `text` and answers with what the API says. */
export const ECHO_TOOLS: object = {
  tools: [
    {
      name: "echo",
      description: "says it again",
      inputSchema: {
        type: "object",
        properties: { text: { type: "string", description: "what" }, loud: { type: ["boolean", "null"] } },
        required: ["text"],
      },
    },
    { name: "off", description: "is not shown", inputSchema: { type: "object", properties: {} } },
    { name: "bare", description: "has no template", inputSchema: { type: "object", properties: {} } },
  ],
  toolsMeta: {
    echo: {
      enabled: true,
      templates: {
        "json-go-template": {
          requestTemplate: { url: "/echo/{{.args.text}}", method: "GET", body: null },
          responseTemplate: { prependBody: "It said: " },
          argsPosition: { loud: "query" },
        },
      },
    },
    off: { enabled: false, templates: { "json-go-template": { requestTemplate: { url: "/off", method: "GET" } } } },
  },
};
