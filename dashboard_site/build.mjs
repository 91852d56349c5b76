// Builds dist/: one page with its style and first script inside, and hashed chunks: the application (one a language),
// the charts, and what comes later.
// The build fails when a chunk outgrows its budget (bytes after brotli, as the edge sends them).
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { brotliCompressSync } from "node:zlib";
import { basename, resolve } from "node:path";
import { build } from "esbuild";
import { minify } from "terser";

const BUDGETS = { first: 20 * 1024 - 1500, charts: 180 * 1024, page: 210 * 1024 };
const DATA_ALLOWANCE = 6 * 1024; // three answers of a busy site after brotli
const HOME = new URL(".", import.meta.url).pathname;
const OUT = resolve(process.argv[2] ?? new URL("dist", import.meta.url).pathname);
const options = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
  define: { "process.env.NODE_ENV": '"production"' },
  absWorkingDir: HOME,
};

const inline = async (entry, more) =>
  (await build({ ...options, ...more, entryPoints: [entry], write: false })).outputFiles[0].text.trim();
const source = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const weigh = (bytes) => brotliCompressSync(bytes).length;

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const outputs = { outdir: `${OUT}/assets`, metafile: true, splitting: true };
/** Name in assets/ of the file that holds a module. */
const holding = ({ metafile }, module) =>
  basename(Object.entries(metafile.outputs).find(([, { inputs }]) => inputs[module]?.bytesInOutput)[0]);

const charts = holding(
  await build({ ...options, ...outputs, entryPoints: { charts: "src/charts/draw.ts" }, entryNames: "[name]-[hash]" }),
  "src/charts/draw.ts",
);
/** The charts are a build of their own, so that the application shares no file with them. */
const apart = {
  name: "apart",
  setup: ({ onResolve }) =>
    onResolve({ filter: /charts\/draw\.ts$/ }, () => ({ path: `./${charts}`, external: true })),
};

/** A style that a script brings along is a text in it. */
const styles = {
  name: "styles",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => ({ contents: await inline(path, {}), loader: "text" })),
};

/** Builds the application in one language: all that the first numbers need in one file. */
async function application(language) {
  const made = await build({
    ...options,
    ...outputs,
    entryPoints: { app: "src/main.tsx" },
    alias: { "#language": `./src/language/${language}` },
    plugins: [apart, styles],
    chunkNames: "[name]-[hash]",
  });
  await rm(`${OUT}/assets/app.js`); // an empty door to the file; the page goes in directly
  return { first: holding(made, "src/main.tsx"), later: holding(made, "src/later.tsx") };
}

const apps = { en: await application("en"), zh: await application("zh") };

/** terser makes 3 % less of a file than esbuild does, of the charts in 8 s. Names are hashes of what esbuild made. */
const rules = { module: true, ecma: 2022, compress: { pure_getters: true, keep_fargs: false } };
for (const name of (await readdir(`${OUT}/assets`)).filter((name) => name !== charts)) {
  const { code } = await minify(await readFile(`${OUT}/assets/${name}`, "utf8"), rules);
  await writeFile(`${OUT}/assets/${name}`, code);
}

const style = await inline("src/style.css", {});
const addresses = Object.fromEntries(
  Object.entries(apps).map(([language, { first }]) => [language, `/assets/${first}`]),
);
const boot = await inline("src/boot.ts", {
  format: "iife",
  define: { ...options.define, APPLICATIONS: JSON.stringify(addresses) },
});
const policy = [
  "default-src 'none'",
  `script-src 'self' ${source(boot)}`,
  `style-src 'self' ${source(style)}`,
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types default",
].join("; ");
const page = (await readFile(new URL("index.html", import.meta.url), "utf8")).replace(
  /%(\w+)%/g,
  (_, name) => ({ policy, style, boot, charts })[name],
);
await writeFile(`${OUT}/index.html`, page);

const read = (name) => readFile(`${OUT}/assets/${name}`);
/** The heaviest of its languages' files. */
const weighHeaviest = async (names) => Math.max(...(await Promise.all(names.map(read))).map(weigh));
const first = await weighHeaviest(Object.values(apps).map((app) => app.first));
const later = await weighHeaviest(Object.values(apps).map((app) => app.later));
const sizes = { page: weigh(page), first: first + weigh(boot), later, charts: weigh(await read(charts)) };
const visit = sizes.page + first + later + sizes.charts + DATA_ALLOWANCE;
const failures = [
  sizes.first > BUDGETS.first && `JavaScript before the first numbers: ${sizes.first} bytes, at most ${BUDGETS.first}`,
  sizes.charts > BUDGETS.charts && `chart chunk: ${sizes.charts} bytes, at most ${BUDGETS.charts}`,
  visit > BUDGETS.page && `first visit with data: ${visit} bytes, at most ${BUDGETS.page}`,
].filter(Boolean);
console.log(
  `dashboard: before numbers ${sizes.first} B, later ${sizes.later} B, charts ${sizes.charts} B, first visit ${visit} B (brotli)`,
);
if (failures.length) {
  console.error(failures.join("\n"));
  process.exit(1);
}
