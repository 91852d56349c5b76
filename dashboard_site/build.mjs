// Builds dist/: one page with its style and first script inside, and hashed chunks: the application (one a language),
// the charts, and what comes later.
// The build fails when a chunk outgrows its budget (bytes after brotli, as the edge sends them).
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

const BUDGETS = { first: 20 * 1024, charts: 180 * 1024, page: 210 * 1024 };
const DATA_ALLOWANCE = 6 * 1024; // three answers of a busy site after brotli
const OUT = new URL("dist/", import.meta.url).pathname;
const options = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
  define: { "process.env.NODE_ENV": '"production"' },
  absWorkingDir: new URL(".", import.meta.url).pathname,
};

const inline = async (entry, more) =>
  (await build({ ...options, ...more, entryPoints: [entry], write: false })).outputFiles[0].text.trim();
const source = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const weigh = (bytes) => brotliCompressSync(bytes).length;

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
/** Builds the application in one language; its chunk holds all but the charts and what comes later. */
async function application(language) {
  const { metafile } = await build({
    ...options,
    entryPoints: { app: "src/main.tsx" },
    alias: { "#language": `./src/language/${language}` },
    outdir: "dist/assets",
    chunkNames: "[name]-[hash]",
    splitting: true,
    metafile: true,
  });
  const holding = (module) => Object.entries(metafile.outputs).find(([, { inputs }]) => inputs[module]?.bytesInOutput)[0];
  await rm(new URL("dist/assets/app.js", import.meta.url)); // an empty door to the chunk; the page goes in directly
  const app = holding("src/main.tsx");
  const needed = metafile.outputs[app].imports.filter((one) => one.kind === "import-statement");
  if (needed.length) throw new Error(`the application must be one file; it imports ${needed.map((one) => one.path)}`);
  return { app: app.slice(5), charts: holding("src/charts/draw.ts").slice(5) };
}

const languages = { en: await application("en"), zh: await application("zh") };
const charts = languages.en.charts;
const style = await inline("src/style.css", {});
const addresses = Object.fromEntries(Object.entries(languages).map(([name, { app }]) => [name, `/${app}`]));
const boot = await inline("src/boot.ts", { format: "iife", define: { ...options.define, APPLICATIONS: JSON.stringify(addresses) } });
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
await writeFile(`${OUT}index.html`, page);

const read = (path) => readFile(`${OUT}${path}`);
const apps = await Promise.all(Object.values(languages).map(async ({ app }) => weigh(await read(app))));
const sizes = { page: weigh(page), first: Math.max(...apps) + weigh(boot), charts: weigh(await read(charts)) };
const visit = sizes.page + Math.max(...apps) + sizes.charts + DATA_ALLOWANCE;
const failures = [
  sizes.first > BUDGETS.first && `JavaScript before the first numbers: ${sizes.first} bytes, at most ${BUDGETS.first}`,
  sizes.charts > BUDGETS.charts && `chart chunk: ${sizes.charts} bytes, at most ${BUDGETS.charts}`,
  visit > BUDGETS.page && `first visit with data: ${visit} bytes, at most ${BUDGETS.page}`,
].filter(Boolean);
console.log(`dashboard: before numbers ${sizes.first} B, charts ${sizes.charts} B, first visit ${visit} B (brotli)`);
if (failures.length) {
  console.error(failures.join("\n"));
  process.exit(1);
}
