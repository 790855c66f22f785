"""A headless Chromium, driven by ChromeDriver's HTTP interface (https://www.w3.org/TR/webdriver2/)."""

import base64
import json
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
]


class Browser:
    """One window; a context manager. It has a profile of its own, and nothing stays of it."""

    def __init__(self, width=1280, height=900, arguments=()):
        self._profile = tempfile.TemporaryDirectory(prefix="inkling-browser-", ignore_cleanup_errors=True)
        self._driver = subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            for line in self._driver.stdout:
                if started := re.search(r"started successfully on port (\d+)", line):
                    break
            else:
                raise RuntimeError("chromedriver ended without starting")
            self._session = f"http://127.0.0.1:{started.group(1)}/session"
            options = {"binary": CHROMIUM,
                       "args": [*ARGUMENTS, f"--user-data-dir={self._profile.name}", f"--window-size={width},{height}",
                                *arguments]}
            answer = self._post("", {"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
            self._session += "/" + answer["sessionId"]
        except BaseException:
            self._stop()
            raise
        self.resize(width, height)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self._call("DELETE", "")
        finally:
            self._stop()

    def _stop(self):
        self._driver.terminate()
        self._driver.wait()
        self._driver.stdout.close()
        self._profile.cleanup()

    def _call(self, method, path, body=None):
        request = urllib.request.Request(self._session + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            # The driver is on this machine; a proxy has no part in it.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {json.load(error)['value']['message']}") from None

    def _post(self, path, body):
        return self._call("POST", path, body)

    def open(self, address):
        self._post("/url", {"url": address})

    def run(self, script, *arguments):
        """What `return` in the script gives."""
        return self._post("/execute/sync", {"script": script, "args": list(arguments)})

    def devtools(self, command, **parameters):
        return self._post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def resize(self, width, height):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme):
        """scheme: "light" or "dark"."""
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def point_at(self, x, y):
        """Moves the mouse to a place in the window."""
        self.devtools("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            self.devtools("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def log(self):
        """What the console has heard since the last call."""
        return self._post("/se/log", {"type": "browser"})

    def screenshot(self, path):
        """The whole page as a PNG file."""
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.devtools("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def print(self, path):
        """The page as a PDF file."""
        with open(path, "wb") as file:
            file.write(base64.b64decode(self._post("/print", {"page": {"width": 21.0, "height": 29.7}, "background": True})))
