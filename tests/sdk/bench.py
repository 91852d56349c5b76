"""Bytes and start-up CPU of the tracker beside others' current npm builds: `make bench-sdk`.

The others are installed into a temporary folder and bundled as a site would. Every round opens each
tracker once in a fresh context, so that noise of the machine meets all of them; the figure is
thread CPU of the tracker's own script (trace events whose url is its), not wall time. OpenPanel's
package brings its session replay along, which a bundler that splits would load later.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Browser

from tests.harness.browser import chromium
from tests.sdk.collector import DIST, Collector, Json

ROOT = DIST.parents[1]
ROUNDS = 15
ENTRIES = {
    "plausible": (
        "@plausible-analytics/tracker",
        "import { init } from '@plausible-analytics/tracker';"
        "init({ domain: 'shop', endpoint: '/api/e', outboundLinks: true, fileDownloads: true,"
        "captureOnLocalhost: true });",
    ),
    "openpanel": (
        "@openpanel/web",
        "import { OpenPanel } from '@openpanel/web';"
        "new OpenPanel({ clientId: 'shop', apiUrl: location.origin, trackScreenViews: true,"
        "trackOutgoingLinks: true });",
    ),
    "web-vitals": (
        "web-vitals",
        "import { onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals';"
        "for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on(v => { window.last = v });",
    ),
}
WEIGH = """
const { brotliCompressSync, constants: c } = require("node:zlib");
const bytes = require("node:fs").readFileSync(process.argv[1]);
console.log(brotliCompressSync(bytes, { params: {
  [c.BROTLI_PARAM_QUALITY]: 11, [c.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length);
"""
PARTS_OF_A_SCRIPT = ("EvaluateScript", "FunctionCall", "v8.compile")


def _run(*command: str, folder: Path) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def _bundles(folder: Path) -> dict[str, Path]:
    """The others as one minified script each, by name with version."""
    (folder / "package.json").write_text('{"private": true}')
    packages = [package for package, _ in ENTRIES.values()]
    _run("npm", "install", "--silent", "--ignore-scripts", *packages, folder=folder)
    bundles = {}
    for name, (package, source) in ENTRIES.items():
        manifest = json.loads((folder / "node_modules" / package / "package.json").read_text())
        entry = folder / f"{name}.entry.js"
        entry.write_text(source)
        bundle = folder / f"{name}.js"
        esbuild = str(ROOT / "node_modules" / ".bin" / "esbuild")
        flags = ("--bundle", "--minify", "--format=iife", "--target=es2021")
        _run(esbuild, str(entry), *flags, f"--outfile={bundle}", folder=folder)
        bundles[f"{name} {manifest['version']}"] = bundle
    return bundles


def _start_up_ms(browser: Browser, collector: Collector, address: str, script: str) -> float:
    """Thread CPU of one start in a new context, in milliseconds."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(collector.site + "/blank")
    cdp = browser.new_browser_cdp_session()
    events: list[Json] = []
    cdp.on("Tracing.dataCollected", lambda data: events.extend(data["value"]))
    cdp.send(
        "Tracing.start", {"categories": "devtools.timeline,v8", "transferMode": "ReportEvents"}
    )
    page.goto(address)
    page.wait_for_timeout(600)
    done = threading.Event()
    cdp.once("Tracing.tracingComplete", lambda _data: done.set())
    cdp.send("Tracing.end")
    while not done.is_set():
        page.wait_for_timeout(20)
    context.close()
    mine = [e for e in events if e.get("name") in PARTS_OF_A_SCRIPT and script in json.dumps(e)]
    return sum(e["tdur"] for e in _outermost(mine)) / 1000


def _outermost(events: list[Json]) -> list[Json]:
    """Complete events that lie within no other of their thread."""
    complete = sorted((e for e in events if "tdur" in e), key=lambda e: (e["ts"], -e["dur"]))
    kept: list[Json] = []
    for event in complete:
        if not kept or event["ts"] >= kept[-1]["ts"] + kept[-1]["dur"]:
            kept.append(event)
    return kept


def main(rounds: int = ROUNDS) -> None:
    """Prints a table: bytes, median and range of CPU, and both as ratios to ours."""
    collector = Collector()
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    collector.page("/blank")
    with tempfile.TemporaryDirectory() as made, chromium() as browser:
        scripts = {"footfall": DIST / "sdk.js", "footfall core": DIST / "sdk.core.js"}
        scripts |= _bundles(Path(made))
        addresses = {}
        for number, (name, file) in enumerate(scripts.items()):
            collector.scripts[f"/t{number}.js"] = file.read_bytes()
            tag = collector.tag(f"t{number}.js")
            addresses[name] = (collector.page(f"/p{number}", "<p>text</p>", tag), f"/t{number}.js")
        samples: dict[str, list[float]] = {name: [] for name in scripts}
        for _ in range(rounds):
            for name, (address, script) in addresses.items():
                samples[name].append(_start_up_ms(browser, collector, address, script))
        weights = {
            n: int(_run("node", "-e", WEIGH, str(f), folder=ROOT)) for n, f in scripts.items()
        }
    ours, our_ms = weights["footfall"], statistics.median(samples["footfall"])
    print(f"{'tracker':28}{'brotli B':>9}{'ratio':>7}{'CPU ms':>8}{'min-max':>14}{'ratio':>7}")
    for name, taken in samples.items():
        ms = statistics.median(taken)
        spread = f"{min(taken):.1f}-{max(taken):.1f}"
        print(
            f"{name:28}{weights[name]:9}{weights[name] / ours:7.2f}"
            f"{ms:8.2f}{spread:>14}{ms / our_ms:7.2f}"
        )


if __name__ == "__main__":
    main(*(int(rounds) for rounds in sys.argv[1:]))
