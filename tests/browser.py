"""A headless Chromium that tests drive through its debugging pipe: no driver, no port, no network."""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""Path of an installed Chromium, or None."""


class Browser:
    """One page in a browser; ``messages`` has what its console said, and what went wrong in it."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="browser-")
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        command = [BROWSER, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"]
        command += ["--no-first-run", "--disable-dev-shm-usage", f"--user-data-dir={self.home}", "about:blank"]

        def place_pipes():  # the browser reads commands from 3 and writes to 4
            os.dup2(to_browser, 100)
            os.dup2(from_browser, 101)
            os.dup2(100, 3)
            os.dup2(101, 4)

        self.process = subprocess.Popen(
            command, preexec_fn=place_pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._number = 0
        self.messages = []
        self.requests = []
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = None
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self(f"{domain}.enable")

    _session = None

    def __call__(self, method, **params):
        """Send a command and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self, seconds=30):
        end = time.monotonic() + seconds
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0, end - time.monotonic()))
            assert ready, "the browser does not answer"
            self._buffer += os.read(self._in, 1 << 20)
        line, self._buffer = self._buffer.split(b"\0", 1)
        message = json.loads(line)
        method, params = message.get("method", ""), message.get("params", {})
        if method == "Runtime.consoleAPICalled":
            self.messages.append(str([arg.get("value") for arg in params["args"]]))
        elif method == "Runtime.exceptionThrown":
            self.messages.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif method == "Log.entryAdded":
            self.messages.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        return message

    def open(self, path):
        """Open a file and wait until it has loaded."""
        self("Page.navigate", url=path.resolve().as_uri())
        while self.run("document.readyState + location.protocol") != "completefile:":
            time.sleep(0.05)

    def run(self, expression):
        """Evaluate JavaScript in the page and return its value."""
        result = self("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def size(self, width, height=900, scale=1):
        """Set the size of the window in CSS pixels."""
        self(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=width < 600,
        )

    def scheme(self, name):
        """Prefer a colour scheme: ``light`` or ``dark``."""
        self("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def press(self, key, text=""):
        """Press a key on what has the focus."""
        codes = {"Tab": 9, "Enter": 13, "ArrowDown": 40, "/": 191, " ": 32}
        event = {"key": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper()))}
        event["code"] = {"/": "Slash", " ": "Space"}.get(key, key)
        if text:
            event["text"] = text
        self("Input.dispatchKeyEvent", type="keyDown", **event)
        self("Input.dispatchKeyEvent", type="keyUp", **{k: v for k, v in event.items() if k != "text"})

    def close(self):
        """End the browser."""
        self.process.terminate()
        self.process.wait(timeout=20)
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self.home, ignore_errors=True)
