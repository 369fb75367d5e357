import { UserError } from '../contract/errors.ts';
import type { Tool } from '../contract/tool.ts';
import { isTool } from '../tools/define-tool.ts';
import { importUserFile } from './import-user-file.ts';
import { withSource } from './with-source.ts';

/**
 * All tools that the given files export, each by itself or in a list, with the file as their source.
 *
 * @throws {UserError} if a file has none, or two tools share a name
 */
export async function loadTools(files: readonly string[]): Promise<readonly Tool[]> {
  const homes = new Map<string, { readonly tool: Tool; readonly file: string }>();
  for (const file of files) {
    const tools = new Set(
      Object.values(await importUserFile(file))
        .flat()
        .filter(isTool),
    );
    if (tools.size === 0) {
      throw new UserError(`Cannot use tools from ${file}: it exports none. Export what defineTool returns.`);
    }
    for (const tool of tools) {
      const { name } = tool.spec;
      const other = homes.get(name);
      if (other && other.tool !== tool) {
        const where = other.file === file ? `twice in ${file}` : `in ${other.file} and in ${file}`;
        throw new UserError(`Cannot use tool "${name}": it is defined ${where}. Rename one.`);
      }
      homes.set(name, { tool, file });
    }
  }
  return [...homes.values()].map(({ tool, file }) => withSource(tool, file));
}
