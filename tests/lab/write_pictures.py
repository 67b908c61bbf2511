"""Write the pictures that stand for the laboratories in print: each photographed at work.

`make lab-pictures` runs it, with Chromium.
"""

import importlib.util
import io
import sys
import tempfile
from pathlib import Path

from ae_course._output import say

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
LAB = ROOT / "book/_static/lab"
sys.path.insert(0, str(ROOT / "tests/book"))
STEPS = {
    **{"training": 600, "bottleneck": 900, "variational": 900, "superposition": 400},
    **{"overcomplete": 300, "regularized": 900, "score": 1500, "signal": 500, "alarm": 900},
}
THEME = """<style>:root { --pst-color-border: #ccc; --pst-color-background: white;
  --pst-color-surface: #f5f5f5; --pst-color-text-base: #222; --pst-color-text-muted: #555;
  --pst-color-primary: #0072b2; } body { width: 720px; margin: 8px;
  font: 16px/1.5 system-ui, sans-serif } .lab-live { border: 0 }</style>"""
THREE = [(70, 60), (110, 35), (165, 50), (170, 85), (115, 115), (170, 135), (175, 185), (120, 210)]


def extension():
    """Return the module of the directive, which knows what each laboratory needs."""
    spec = importlib.util.spec_from_file_location("lab_extension", ROOT / "book/_ext/lab.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bare_page(name: str, scripts: list[str]) -> str:
    """Return a page with one laboratory and nothing else."""
    tags = "".join(f'<script defer src="{(LAB / s).as_uri()}.js"></script>' for s in scripts)
    style = f'<link rel="stylesheet" href="{(LAB / "lab.css").as_uri()}">'
    mount = f'<figure id="lab-{name}" style="margin:0"><div class="lab" data-lab="{name}" '
    body = f'{mount} data-title="{name}"></div></figure>'
    head = f"<meta charset='utf-8'>{THEME}{style}{tags}"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{body}</body></html>"


def photograph(tab, name: str) -> bytes:
    """Run a laboratory and return a picture of what it shows."""
    tab.locator(".lab-open").click()
    if name in ("draw", "search"):
        corner = tab.locator(".lab-paper").bounding_box()
        places = [(corner["x"] + x, corner["y"] + y) for x, y in THREE]
        tab.mouse.move(*places[0])
        tab.mouse.down()
        for place in places[1:]:
            tab.mouse.move(*place, steps=4)
        tab.mouse.up()
    if name in STEPS:
        reached = "n => Number(document.querySelector('.lab-readings output').value) >= n"
        tab.wait_for_function(reached, arg=STEPS[name], timeout=600_000)
        if tab.locator(".lab-buttons button").first.inner_text() == "Pause":
            tab.locator(".lab-buttons button").first.click()
        tab.wait_for_selector(".lab-status:has-text('Stopped')")
    if name in ("codebook", "diffusion"):
        tab.wait_for_selector(".lab-buttons button:has-text('Play')")
    if name == "codebook":
        tab.get_by_role("checkbox", name="revive").check()
    if name == "diffusion":
        tab.get_by_role("slider", name="levels done").fill("82")
    tab.wait_for_timeout(300)
    return tab.locator(".lab-stage").screenshot()


def write(names: list[str]) -> None:
    """Write the pictures of these laboratories."""

    from browsers import find, launch

    lab = extension()
    (LAB / "pictures").mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright, find())
        page = browser.new_page(viewport={"width": 740, "height": 900}, device_scale_factor=2)
        for name in names or lab.NEEDS:
            path = Path(folder, f"{name}.html")
            path.write_text(bare_page(name, lab.scripts([name])), "utf-8")
            page.goto(path.as_uri())
            image = Image.open(io.BytesIO(photograph(page, name))).convert("RGB")
            target = LAB / "pictures" / f"{name}.png"
            image.quantize(64).save(target, optimize=True)
            say(f"{target.name}: {target.stat().st_size:,} bytes")
        browser.close()


if __name__ == "__main__":
    write(sys.argv[1:])
