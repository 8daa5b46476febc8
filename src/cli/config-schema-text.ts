/** The configuration's JSON Schema as a file. Loaded when it is asked for: the other commands do without the parser. */
export async function configSchemaText(): Promise<string> {
  const { configJsonSchema } = await import("../chain/config-file/config-reference.js");
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}
