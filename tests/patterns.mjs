// Prints the regular expressions of scripts as JSON: `node patterns.mjs FILE...`. Fails where one is
// put together while the script runs: nobody can say beforehand how long such a one takes.
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { parse } from "acorn";
import { transform } from "esbuild";

function* nodesOf(tree) {
  if (typeof tree?.type === "string") yield tree;
  for (const part of Object.values(tree ?? {})) {
    if (part && typeof part === "object") yield* nodesOf(part);
  }
}

const found = [];
for (const file of process.argv.slice(2)) {
  const loader = extname(file).slice(1);
  const { code } = await transform(await readFile(file, "utf8"), { loader, jsx: "automatic" });
  for (const node of nodesOf(parse(code, { ecmaVersion: "latest", sourceType: "module" }))) {
    if (node.callee?.name === "RegExp") throw new Error(`${file} makes a pattern as it runs`);
    if (node.regex) found.push({ file, source: node.regex.pattern, flags: node.regex.flags });
  }
}
console.log(JSON.stringify(found));
