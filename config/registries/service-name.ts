/** Whether a service's name is one that a registry gives: then it may be unknown for the moment. */
export function isOfRegistry(name: string): boolean {
  return /\.(?:static|dns|nacos|consul|zookeeper|eureka)$/.test(name);
}
