"""Chromium without a screen: keys, pictures, and the accessibility check put into a page.

Never here: what the pages are about.
"""
import io
import json
import os
import shutil
import time

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.keys import Keys

# Axe's own sets: WCAG 2.2 to AA, and what is good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Failed(Exception):
    """One clear sentence about what did not happen."""


class Browser:
    def __init__(self, folder, axe):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for word in ("--headless=new", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en-US", "--hide-scrollbars",
                     "--force-prefers-reduced-motion", "--no-first-run", "--window-size=1600,1000"):
            options.add_argument(word)
        if os.getuid() == 0:
            options.add_argument("--no-sandbox")
        # With the driver named, nothing is looked for elsewhere.
        service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_script_timeout(60)
        self.folder, self.axe, self.worst = folder, axe, []

    def close(self):
        self.driver.quit()

    def open(self, url):
        self.driver.get(url)

    def size(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def prefer(self, scheme):
        """What the reader's system asks for: `light` or `dark`."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme},
                         {"name": "prefers-reduced-motion", "value": "reduce"}]})

    def js(self, code, *given):
        return self.driver.execute_script(code, *given)

    def until(self, what, code, *given, seconds=30):
        """Looks until the code gives something true; gives that."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.js(code, *given)
            if found:
                return found
            if time.monotonic() > deadline:
                self.picture("failed")
                raise Failed(f"{what}: not within {seconds} s; see failed.png")
            time.sleep(0.1)

    # The keyboard.

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def tab_to(self, what, code, *given, limit=150):
        """Presses Tab until the focused element, `at` in the code, is the one meant."""
        for _ in range(limit):
            self.press(Keys.TAB)
            if self.js("const at = document.activeElement; return Boolean(" + code + ")", *given):
                return
        self.picture("failed")
        raise Failed(f"Tab never came to {what}; see failed.png")

    # What is looked at.

    def picture(self, name, clip=None, colours=256):
        """What is shown now, in few colours: these pictures are mostly flat."""
        # The pointer hovers over nothing.
        pointer = ActionBuilder(self.driver)
        pointer.pointer_action.move_to_location(1, 1)
        pointer.perform()
        shot = Image.open(io.BytesIO(self.driver.get_screenshot_as_png())).convert("RGB")
        if clip:
            shot = shot.crop(clip)
        path = os.path.join(self.folder, f"{name}.png")
        shot.quantize(colours, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
        return path

    def accessible(self, where):
        """Fails on anything serious or critical; the rest is only told."""
        if not self.axe:
            return
        if not self.js("return Boolean(window.axe)"):
            with open(self.axe, encoding="utf-8") as file:
                self.js(file.read())
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, { runOnly: arguments[0], resultTypes: ['violations'] })"
            ".then((told) => done(JSON.stringify(told.violations)), (problem) => done(JSON.stringify(String(problem))))", RULES)
        found = json.loads(found)
        if isinstance(found, str):
            raise Failed(f"the accessibility check of {where} did not run: {found}")
        for one in found:
            nodes = "; ".join(node["html"][:160] for node in one["nodes"][:3])
            print(f"    {where}: {one['impact']}: {one['id']}: {one['help']} ({len(one['nodes'])}: {nodes})", flush=True)
        if any(one["impact"] in ("serious", "critical") for one in found):
            self.picture("failed")
            self.worst.append(where)
