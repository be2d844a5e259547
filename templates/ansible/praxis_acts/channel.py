"""Lines of JSON from a run's workers to the process that forks them."""
from __future__ import annotations

import fcntl
import json
import os


class Channel:
    def __init__(self, name):
        # No path, so that nothing else can write to it, and closed in all that a worker starts.
        self.file = os.memfd_create(name, os.MFD_CLOEXEC)
        fcntl.fcntl(self.file, fcntl.F_SETFL, os.O_APPEND)
        self.read = 0

    def tell(self, value):
        """Whether it was told whole."""
        text = (json.dumps(value, ensure_ascii=True) + "\n").encode()
        return os.write(self.file, text) == len(text)

    def news(self):
        """What has been told since the last call."""
        size = os.fstat(self.file).st_size
        text = os.pread(self.file, size - self.read, self.read)
        whole = text[:text.rfind(b"\n") + 1]
        self.read += len(whole)
        return [json.loads(line) for line in whole.splitlines()]
