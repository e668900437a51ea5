/** The word a statement begins with, in capitals, behind blanks and comments; empty where there is none. */
export function firstWord(sql: string): string {
  const [, word = ""] = /^(?:\s|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*(?!!)[\s\S]*?\*\/|[;(])*([a-z]+)/i.exec(sql) ?? [];
  return word.toUpperCase();
}
