/**
 * Builds the tracker and refuses to build it over its weight. `node build.mjs` leaves in dist/:
 * sdk.js, sdk.core.js, add-ons, each with its sha384 in integrity.json, and npm/ with types.
 */
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** File in dist/: its source, what it leaves out, and the bytes it may have at brotli 11. */
const SCRIPTS = [
  { file: "sdk.js", source: "tag.ts", core: false, budget: 2350 },
  { file: "sdk.core.js", source: "tag.ts", core: true, budget: 1900 },
  { file: "vitals.js", source: "addons/vitals.ts", core: false, budget: 1125 },
  { file: "forms.js", source: "addons/forms.ts", core: false, budget: 500 },
  { file: "search.js", source: "addons/search.ts", core: false, budget: 600 },
  { file: "not_found.js", source: "addons/not_found.ts", core: false, budget: 400 },
];

/**
 * The order in which letters become names, found by trial on sdk.js: what stands beside what is
 * worth 1 % to brotli. Any order works.
 */
const LETTERS = "tpvlqfsNrdimoMSFVXCcgbkzhuWTZOIDJQnaAULEwexPRyGYBHKj";
const names = {
  get: (at) => {
    const longer = Math.floor(at / LETTERS.length);
    return LETTERS[at % LETTERS.length] + (longer ? names.get(longer - 1) : "");
  },
};

/** esbuild joins the modules; terser makes 5 % less of them than esbuild does. */
const bundle = async (source, core, format) => {
  const joined = await build({
    entryPoints: [at(`src/${source}`)],
    bundle: true,
    write: false,
    format,
    target: "es2021",
    define: { CORE: String(core) },
    minifySyntax: true,
    tsconfigRaw: { compilerOptions: { alwaysStrict: false } },
  });
  const rules = { ecma: 2020, module: format == "esm", toplevel: format == "esm" };
  const short = await minify(joined.outputFiles[0].text, {
    ...rules,
    mangle: false,
    compress: {
      passes: 3,
      keep_fargs: false,
      pure_getters: true,
      unsafe: true,
      unsafe_arrows: true,
      unsafe_methods: true,
    },
  });
  const { code } = await minify(short.code, {
    ...rules,
    compress: false,
    mangle: { nth_identifier: names },
    format: { quote_style: 1 },
  });
  // A block keeps names to itself like a function, in fewer bytes.
  return Buffer.from(code.replace(/^\(\(\)=>\{var (.*)\}\)\(\);$/s, "{let $1}"));
};

const weigh = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;

rmSync(at("dist"), { recursive: true, force: true });
mkdirSync(at("dist/npm"), { recursive: true });
const integrity = {};
let isOver = false;
for (const { file, source, core, budget } of SCRIPTS) {
  const bytes = await bundle(source, core, "iife");
  const weight = weigh(bytes);
  isOver ||= weight > budget;
  writeFileSync(at(`dist/${file}`), bytes);
  integrity[file] = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
  console.log(`sdk: ${file} ${weight} bytes brotli (${bytes.length} plain), budget ${budget}`);
}
writeFileSync(at("dist/integrity.json"), JSON.stringify(integrity, null, 2));
writeFileSync(at("dist/npm/index.js"), await bundle("index.ts", false, "esm"));
execFileSync(at("../node_modules/.bin/tsc"), ["-p", at("."), "--emitDeclarationOnly"]);
if (isOver) {
  console.error("sdk: over budget");
  process.exit(1);
}
